"""The published examples of Smart Data Models come in as they are, but for four whose faults are told (Q2, N1)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from packed import known

from huicheng.city import Entity, fold
from huicheng.ingest import Ingest
from huicheng.packs import entity_types
from huicheng.packs.values import refuses
from huicheng.stores import EntityQuery, open_store

#: Example → where it is wrong. “string” is no kind of attribute; two times have no zone, a pressure is 1.1 hPa; our
#: Alert refers to the thing it is about.
REFUSED = {
    "FloodMonitoring": ["/type"],
    "Alert": ["/alertSource/type", "/severity/value"],
    "AirQualityObserved": ["/dateObserved/value", "/pressure/value"],
    "TrafficFlowObserved": ["/dateObserved/value"],
}
MEMBERS = ("id", "type", "@context")


def examples(folder: Path) -> dict[str, dict[str, Any]]:
    """The NGSI-LD example of each model."""
    files = sorted((folder / "smart_data_models").rglob("example-normalized.jsonld"))
    return {file.parent.parent.name: json.loads(file.read_text("utf-8")) for file in files}


def entity(document: dict[str, Any]) -> Entity:
    attributes = {name: fold(said) for name, said in document.items() if name not in MEMBERS}
    return Entity(id=document["id"], type=document["type"], attributes=attributes)


def test_each_example_is_taken_or_told_where_it_is_wrong(tmp_path: Path, test_data: Path) -> None:
    known = examples(test_data)
    assert len(known) == 32
    broken = known.pop("FloodMonitoring")
    assert "string" in {said["type"] for said in broken.values() if isinstance(said, dict)}
    entities = {name: entity(document) for name, document in known.items()}
    problems, stored = asyncio.run(_store(tmp_path, list(entities.values())))
    names = list(entities)
    wrong: dict[str, list[str]] = {}
    for index, place in problems:
        wrong.setdefault(names[index], []).append(place)
    assert wrong == {name: places for name, places in REFUSED.items() if name in entities}
    assert stored == {one.id for name, one in entities.items() if name not in REFUSED}


def test_a_device_in_the_words_of_its_maker_is_kept_as_it_says_them(tmp_path: Path, test_data: Path) -> None:
    device = entity(examples(test_data)["Device"])
    problems, stored = asyncio.run(_store(tmp_path, [device]))
    assert (problems, stored) == ([], {device.id})
    declared = entity_types(known())["Device"].attributes
    assert refuses(declared["deviceState"], "wird gewartet") == ""
    assert "is none of" in refuses(declared["category"], "telepathy")


async def _store(folder: Path, entities: list[Entity]) -> tuple[list[tuple[int, str]], set[str]]:
    store = open_store(folder, writer=True)
    try:
        receipt = await Ingest(store, entity_types(known())).accept(entities)
        page = await store.query(EntityQuery(ids=[one.id for one in entities], limit=100))
        return [(one.index, one.place) for one in receipt.problems], {one.entity.id for one in page.entities}
    finally:
        await store.close()
