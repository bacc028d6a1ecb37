"""Who sees nothing of a change is not asked of the store, and whoever it shows something to always is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from huicheng.access import Grant, Guard, Subject
from huicheng.city import Attribute, Entity
from huicheng.context.seeing import hidden, seen_by
from huicheng.stores import (
    Blocking,
    EntityQuery,
    OpenedStore,
    Page,
    Store,
    Stored,
    Transaction,
    Write,
    drive,
    open_store,
)

LAMP = "urn:ngsi-ld:Device:lamp-1"
ROWS = (
    "refDevice = subject_id",
    "refDevice = subject_id AND status = 'out'",
    "refDevice <> subject_id",
    "NOT (refDevice = subject_id)",
    "refDevice IS NULL",
    "refDevice IN (subject_units)",
    "status IN ('out', 'done') OR level > 3",
    "level >= 3 AND level < 3.5",
    "level = '3'",
    "status > 'open'",
    "level.unitCode = 'C62'",
    "scope = '/a'",
    "id = subject_id OR type = 'Case'",
    "FALSE",
    "TRUE",
)
#: What ``refDevice``, ``status`` and ``level`` hold; ``None`` = it is not there.
HELD: tuple[tuple[Any, Any, Any], ...] = (
    (LAMP, "out", 3),
    (LAMP, "open", 3.25),
    (LAMP, None, 7),
    ("urn:ngsi-ld:Device:lamp-2", "done", None),
    (None, "out", "3"),
    (LAMP, ["out"], True),
    (None, {"out": 1}, [3, 4]),
    ([LAMP], "区", -1),
)


def case(number: int, held: tuple[Any, Any, Any]) -> Entity:
    device, status, level = held
    found: dict[str, Any] = {
        "refDevice": None if device is None else Attribute(type="Relationship", object=device),
        "status": None if status is None else Attribute(type="Property", value=status),
        "level": None if level is None else Attribute(type="Property", value=level, unit_code="C62"),
    }
    attributes = {name: one for name, one in found.items() if one is not None}
    return Entity(id=f"urn:ngsi-ld:Case:{number}", type="Case", attributes=attributes)


def guard(rows: str, subject: str = LAMP) -> Guard:
    asker = Subject(id=subject, roles=("device",), units=("eeb", LAMP))
    return Guard(subject=asker, grants={"Case": (Grant(policy="p", rows=rows, columns=("*",)),)})


class Counting:
    """A store that counts the queries put to it under an owner's guard."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked_for: list[str] = []

    async def query(self, query: EntityQuery) -> Page:
        if not query.guard.unlimited:
            self.asked_for.append(query.guard.subject.id)
        return await self._store.query(query)


@pytest.fixture
def store(data_dir: Path, database: Callable[[], str]) -> Iterator[OpenedStore]:
    """A store with a case of every sort."""
    del database
    opened = open_store(data_dir, writer=True)
    cases = [Write(entity=case(number, held)) for number, held in enumerate(HELD)]
    Blocking(opened).commit(Transaction(writes=cases))
    yield opened
    Blocking(opened).close()


def test_what_is_called_hidden_no_store_shows(store: OpenedStore) -> None:
    """N4, on every engine: for each policy and each sort of content."""
    city = Blocking(store)
    told = shown = 0
    for rows in ROWS:
        for number, held in enumerate(HELD):
            entity = case(number, held)
            seen = city.get(entity.id, guard(rows)) is not None
            shown += seen
            if hidden(guard(rows), entity):
                told += 1
                assert not seen, (rows, held)
    assert shown > 20
    assert told > 20  # it is of use, too


def test_a_hundred_devices_cost_the_store_one_query_each_way(store: OpenedStore) -> None:
    counting = Counting(store)
    mine = {"urn:ngsi-ld:Case:0": "Case", "urn:ngsi-ld:Case:3": "Case", "urn:ngsi-ld:Case:none": "Case"}
    guards = {one.subject: one for one in (guard(ROWS[0], f"urn:ngsi-ld:Device:lamp-{n}") for n in range(100))}
    seen = drive(seen_by(counting, guards, dict.fromkeys(guards, mine)))  # type: ignore[arg-type] # only queries are put
    assert counting.asked_for == [LAMP, "urn:ngsi-ld:Device:lamp-2"]
    told = {owner.id: list(found) for owner, found in seen.items() if found}
    assert told == {LAMP: ["urn:ngsi-ld:Case:0"], "urn:ngsi-ld:Device:lamp-2": ["urn:ngsi-ld:Case:3"]}
    assert seen.keys() == guards.keys()


def test_an_owner_sees_the_same_among_many_as_alone(store: OpenedStore) -> None:
    wanted = {case(number, held).id: "Case" for number, held in enumerate(HELD)}
    guards = {Subject(id=f"{LAMP} {rows}", roles=()): guard(rows) for rows in ROWS}
    together = drive(seen_by(store, guards, dict.fromkeys(guards, wanted)))
    alone: dict[Subject, dict[str, Stored]] = {}
    for owner in guards:
        alone.update(drive(seen_by(store, guards, {owner: wanted})))
    assert together == alone
