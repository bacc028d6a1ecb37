"""Reads at the doors of NGSI-LD and SensorThings, over a small city and a large one, beside a bare ASGI answer.

The load generator has one of the machine's cores, the platform the other. Of each kind of request one answer is
looked at before it is measured: it holds what was asked for.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.load import Request, Tally, load, request
from bench.server import bare, huicheng
from bench.stations import EAST, NORTH, SOUTH, TYPE, WEST, attributes, reading, urn

_SMALL = 1_000
_BATCH = 1_000
_PAGE = 20
#: Different requests of one kind; the next time the first comes round, others have been there.
_VARIETY = 500
_POINTS = 10_000
#: A kind of request is measured for so long at least: the slowest take half a second.
_SECONDS = 3.0
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_ENTITIES = "/ngsi-ld/v1/entities"
_DATASTREAMS = "/sta/v1.1/Datastreams"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request, what its answer has to hold, and how many a second are asked for."""

    name: str
    target: float
    paths: Sequence[str]
    #: Of the answer to the first path: whether it is right.
    right: Callable[[Any], bool]
    connections: int = 8


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """A figure for each kind of request at each size."""
    with bare(folder) as running:
        answers = [_endless([request("GET", "/")]) for _ in range(8)]
        limit = asyncio.run(load(running.port, answers, scale.raw_seconds))
    limit.check()
    found = []
    for size in (_SMALL, scale.read_entities):
        with huicheng(folder / f"reads-{size}") as running:
            _fill(running.port, size)
            kinds = [*_of_entities(size, large=size > _SMALL)]
            if size == _SMALL:
                kinds += [_means(running.port), *_of_sensing(running.port)]
            found += [_figure(running.port, kind, limit, scale) for kind in kinds]
    return found


# -- what is there


def _fill(port: int, size: int) -> None:
    dice = random.Random(size)  # noqa: S311 - made-up readings
    for first in range(0, size, _BATCH):
        batch = [_station(number, dice) for number in range(first, min(size, first + _BATCH))]
        _send(port, "/ngsi-ld/v1/entityOperations/upsert", batch)


def _station(number: int, dice: random.Random) -> dict[str, Any]:
    place = [round(dice.uniform(WEST, EAST), 6), round(dice.uniform(SOUTH, NORTH), 6)]
    location = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}}
    return {"id": urn(number), "type": TYPE, "location": location, **attributes(dice)}


def _send(port: int, path: str, body: object) -> None:
    head = {"Content-Type": "application/json"}
    sent = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), head)
    with urllib.request.urlopen(sent, timeout=120) as answer:  # noqa: S310 - our own server
        if answer.status not in {201, 204}:
            raise RuntimeError(f"{path} answered {answer.status}.")


def _got(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as answer:
        return json.loads(answer.read())


# -- what is asked for


def _of_entities(size: int, *, large: bool) -> Iterator[Kind]:
    among = f" of {size:,}"
    dice = random.Random(7)  # noqa: S311 - made-up questions
    wanted = [urn(dice.randrange(size)) for _ in range(_VARIETY)]
    paths = [f"{_ENTITIES}/{one}" for one in wanted]
    by_id = 9_000.0 if large else 13_000.0
    yield Kind(name=f"one entity by id{among}", target=by_id, paths=paths, right=lambda it: it["id"] == wanted[0])
    for name, asked, target in (
        ("q", lambda: {"q": f"pm25>{dice.uniform(5, 40):.1f}"}, 2_500),
        (
            "near",
            lambda: {"georel": "near;maxDistance==20000", "geometry": "Point", "coordinates": _point(dice)},
            1_500,
        ),
        ("bbox", lambda: {"georel": "within", "geometry": "Polygon", "coordinates": _box(dice)}, 1_500),
    ):
        paths = [_query(asked()) for _ in range(_VARIETY)]
        rate = 500.0 if large else float(target)
        yield Kind(name=f"page of {_PAGE} by {name}{among}", target=rate, paths=paths, right=_full_page)


def _full_page(page: Any) -> bool:
    return len({one["id"] for one in page}) == _PAGE


def _query(asked: dict[str, str]) -> str:
    return f"{_ENTITIES}?" + urllib.parse.urlencode({"type": TYPE, "limit": str(_PAGE), **asked})


def _point(dice: random.Random) -> str:
    return json.dumps(
        [round(dice.uniform(WEST + 0.2, EAST - 0.2), 4), round(dice.uniform(SOUTH + 0.2, NORTH - 0.2), 4)]
    )


def _box(dice: random.Random) -> str:
    """A quarter of the district's width and height, so a page is always full."""
    west, south = round(dice.uniform(WEST, EAST - 0.3), 4), round(dice.uniform(SOUTH, NORTH - 0.3), 4)
    east, north = west + 0.3, south + 0.3
    return json.dumps([[[west, south], [east, south], [east, north], [west, north], [west, south]]])


def _means(port: int) -> Kind:
    """The hourly means of ten thousand readings of one station."""
    station = f"urn:ngsi-ld:{TYPE}:bench-history"
    values = [reading(float(n % 50), (_FIRST + timedelta(minutes=n)).isoformat()) for n in range(_POINTS)]
    _send(port, "/ngsi-ld/v1/temporal/entities", {"id": station, "type": TYPE, "pm25": values})
    asked = {"attrs": "pm25", "options": "aggregatedValues", "aggrMethods": "avg", "aggrPeriodDuration": "PT1H"}
    asked |= {"timerel": "after", "timeAt": "2025-12-31T00:00:00Z"}
    path = f"/ngsi-ld/v1/temporal/entities/{station}?{urllib.parse.urlencode(asked)}"
    hours = -(-_POINTS // 60)
    return Kind(
        name=f"hourly means of {_POINTS:,} readings",
        target=100,
        paths=[path],
        right=lambda it: len(it["pm25"]["avg"]) == hours and it["pm25"]["avg"][0][0] == sum(_hour()) / 60,
    )


def _hour() -> list[int]:
    return [n % 50 for n in range(60)]


def _of_sensing(port: int) -> Iterator[Kind]:
    streams = _got(port, f"{_DATASTREAMS}?$top=100")["value"]
    links = [urllib.parse.urlsplit(one["@iot.selfLink"]).path for one in streams]
    first = streams[0]["@iot.id"]
    yield Kind(name="Datastream by id", target=3_000, paths=links, right=lambda it: it["@iot.id"] == first)
    asked = [f"{_DATASTREAMS}?$top={_PAGE}&$skip={n}&$expand=Thing,ObservedProperty" for n in range(100)]
    yield Kind(
        name=f"page of {_PAGE} Datastreams with $expand",
        target=500,
        paths=asked,
        connections=4,
        right=lambda it: len(it["value"]) == _PAGE and all("name" in one["Thing"] for one in it["value"]),
    )
    newest = "?$expand=Observations($top=1;$orderby=phenomenonTime%20desc)"
    yield Kind(
        name="newest Observation of a Datastream",
        target=800,
        paths=[link + newest for link in links],
        right=lambda it: len(it["Observations"]) == 1,
    )


# -- measuring


def _figure(port: int, kind: Kind, limit: Tally, scale: Scale) -> Figure:
    if not kind.right(_got(port, kind.paths[0])):
        raise RuntimeError(f"{kind.name}: {kind.paths[0]} does not answer what was asked for.")
    every = [request("GET", path) for path in kind.paths]
    sources = [_endless(every[number:] + every[:number]) for number in range(kind.connections)]
    asyncio.run(load(port, [_endless(every)], scale.raw_seconds / 10))
    tally = asyncio.run(load(port, sources, max(scale.raw_seconds, _SECONDS)))
    try:
        tally.check()
    except AssertionError as fault:
        raise AssertionError(f"{kind.name}: {fault}") from None
    return Figure(
        name=kind.name,
        value=tally.rate,
        unit="answers/s",
        target=f"≥ {kind.target:,.0f}/s",
        met=tally.rate >= kind.target,
        raw=limit.rate,
        raw_is="bare ASGI answer under the same HTTP server",
        ratio=tally.rate / limit.rate,
        details={"p50 ms": percentile(tally.latencies, 0.5) * 1000, "p99 ms": percentile(tally.latencies, 0.99) * 1000},
    )


def _endless(requests: Sequence[bytes]) -> Iterator[Request]:
    return ((one, lambda: None) for one in itertools.cycle(requests))
