"""Type, bounding box and a numeric filter over a million entities, beside the same by plain SQL."""

from __future__ import annotations

import asyncio
import json
import random
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.engine import city_of, on_postgres
from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.load import Request, load, request
from bench.plain import plain
from bench.server import huicheng
from bench.stations import EAST, NORTH, SOUTH, TYPE, WEST, urn
from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write

_BATCH = 5_000
_ABOVE = 150.0
#: Side of a box, as a share of the district's.
_SIDE = 0.05

_PLAIN = """
SELECT entity.iri FROM place CROSS JOIN entity ON entity.id = place.id
WHERE place.west <= ?3 AND place.east >= ?1 AND place.south <= ?4 AND place.north >= ?2
  AND +entity.type = ?5 AND json_extract(entity.doc, '$.pm25.value') > ?6
ORDER BY entity.iri LIMIT 100
"""
_PLAIN_POSTGRES = """
SELECT iri FROM entity
WHERE place && ST_MakeEnvelope($1, $2, $3, $4) AND type = $5 AND CAST(doc -> 'pm25' ->> 'value' AS float8) > $6
ORDER BY iri LIMIT 100
"""

#: Presence writes its place down together with what it writes, so that it stands before that.
_BEHIND = "SELECT (SELECT max(seq) FROM feed) > (SELECT min(seq) FROM position WHERE consumer <> 'presence')"
_PATIENCE = 120.0

Box = tuple[float, float, float, float]


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """p95 over random boxes; each answer is compared with the plain SQL's."""
    data = folder / "query"
    fill(data, scale.entities)
    dice = np.random.default_rng(7)
    boxes = [box_of(dice) for _ in range(scale.queries)]
    expected, plain = _plainly(data, boxes)
    with huicheng(data) as running:
        _compare(running.port, boxes[:50], expected[:50])
        await_consumers(data)
        tally = asyncio.run(load(running.port, [_asked(boxes)], 600.0))
    p95 = percentile(tally.latencies, 0.95) * 1000
    return [
        Figure(
            name=f"query by type, box and value over {scale.entities:,} entities, p95",
            value=p95,
            unit="ms",
            target="< 20 ms",
            met=p95 < 20,
            raw=percentile(plain, 0.95) * 1000,
            raw_is="the same in plain SQL by the index of places",
            ratio=p95 / (percentile(plain, 0.95) * 1000),
            details={
                "p50 ms": percentile(tally.latencies, 0.5) * 1000,
                "entities found, mean": float(np.mean([len(one) for one in expected])),
                "answers": len(tally.latencies),
            },
        )
    ]


def fill(data: Path, count: int) -> None:
    """Stations all over the district, through the store itself."""
    dice = random.Random(11)  # noqa: S311 - made-up places
    with city_of(data, writer=True) as city:
        for first in range(0, count, _BATCH):
            numbers = range(first, min(first + _BATCH, count))
            city.commit(Transaction(writes=[Write(entity=_station(number, dice)) for number in numbers], judged=False))


def _station(number: int, dice: random.Random) -> Entity:
    place = {"type": "Point", "coordinates": [dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH)]}
    return Entity(
        id=urn(number),
        type=TYPE,
        attributes={
            "location": Attribute(type="GeoProperty", value=place),
            "pm25": Attribute(type="Property", value=round(dice.uniform(0, 200), 1), unit_code="GQ"),
        },
    )


def box_of(dice: np.random.Generator) -> Box:
    width, height = (EAST - WEST) * _SIDE, (NORTH - SOUTH) * _SIDE
    west, south = dice.uniform(WEST, EAST - width), dice.uniform(SOUTH, NORTH - height)
    return round(west, 5), round(south, 5), round(west + width, 5), round(south + height, 5)


def _plainly(data: Path, boxes: list[Box]) -> tuple[list[list[str]], list[float]]:
    found, seconds = [], []
    statement = _PLAIN_POSTGRES if on_postgres() else _PLAIN
    with plain(data) as ask:
        for box in boxes:
            began = time.perf_counter()
            found.append([iri for (iri,) in ask(statement, (*box, TYPE, _ABOVE))])
            seconds.append(time.perf_counter() - began)
    return found, seconds


def await_consumers(data: Path) -> None:
    """Wait until the consumers have passed what the filling left in the feed: the figure is of a system at rest."""
    deadline = time.monotonic() + _PATIENCE
    with plain(data) as ask:
        while ask(_BEHIND, ()) == [(True,)]:
            if time.monotonic() > deadline:
                raise AssertionError(f"The consumers did not catch up in {_PATIENCE:.0f} s.")
            time.sleep(0.2)


def path_of(box: Box) -> str:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    asked = {
        "type": TYPE,
        "georel": "within",
        "geometry": "Polygon",
        "coordinates": json.dumps([ring]),
        "q": f"pm25>{_ABOVE:g}",
        "limit": "100",
    }
    return f"/ngsi-ld/v1/entities?{urllib.parse.urlencode(asked)}"


def _compare(port: int, boxes: list[Box], expected: list[list[str]]) -> None:
    for box, ids in zip(boxes, expected, strict=True):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path_of(box)}", timeout=60) as answer:
            found = [entity["id"] for entity in json.load(answer)]
        if found != ids:
            raise AssertionError(f"{box}: {len(found)} entities by HTTP, {len(ids)} by plain SQL.")


def _asked(boxes: list[Box]) -> Iterator[Request]:
    for box in boxes:
        yield request("GET", path_of(box)), lambda: None
