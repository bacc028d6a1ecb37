"""Observations through SensorThings: one a request, arrays of them, and counted. What was acknowledged is there."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from bench.figure import Figure, percentile
from bench.figures import Scale, history
from bench.load import Request, Tally, load, request
from bench.server import bare, huicheng

_ROOT = "/sta/v1.1"
_POSTING, _FILLING = 8, 4
#: Datastreams of each connection; in arrays of several they are shared by all.
_STREAMS = 10
_ROWS = 1_000
_MOST_SECONDS = 8.0
_COUNTED = 5_000_000
_COUNTS, _PAGES = 50, 5
#: What the platform itself observes while it starts, at most.
_BESIDE = 1_000
_EVERY = timedelta(milliseconds=1)
#: Stands where a time begins.
_HERE = "\0"


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Writing, each on a city of its own; then counting in a lake."""
    with bare(folder) as running:
        body = request("POST", f"{_ROOT}/Observations", _observation("urn:ngsi-ld:Thing:0!x", _START, 1.0))
        limit = asyncio.run(load(running.port, [_always(body) for _ in range(_POSTING)], min(scale.raw_seconds, 5.0)))
    limit.check()
    works = [
        _Work(name="POST of one Observation, 8 connections", target=3_000, sources=_posts),
        _Work(name=f"dataArray of {_ROWS:,}, 1 connection, 1 Datastream", target=100_000, sources=_one),
        _Work(
            name=f"dataArrays of {_ROWS:,}, {_FILLING} connections on the same {_STREAMS} Datastreams",
            target=100_000,
            sources=_several,
        ),
    ]
    seconds = min(scale.seconds, _MOST_SECONDS)
    written = [_written(folder / f"written-{number}", work, seconds, limit) for number, work in enumerate(works)]
    return [*written, _counting(folder / "count", scale)]


# -- writing

_START = datetime(2026, 1, 1, tzinfo=UTC)

#: Of Datastreams: sources of requests, and how many observations each request holds.
_Sources = Callable[[list[str], Callable[[int], Callable[[], None]]], tuple[list[Iterator[Request]], int]]


class _Work(msgspec.Struct, frozen=True, kw_only=True):
    """A way of writing, and how many observations a second are asked for."""

    name: str
    target: int
    sources: _Sources


def _written(data: Path, work: _Work, seconds: float, limit: Tally) -> Figure:
    acknowledged = [0]

    def note(count: int) -> Callable[[], None]:
        return lambda: acknowledged.__setitem__(0, acknowledged[0] + count)

    with huicheng(data) as running:
        streams = [_stream(running.port, number) for number in range(_STREAMS)]
        sources, each = work.sources(streams, note)
        tally = asyncio.run(load(running.port, sources, seconds))
        running.kill()
    tally.check()
    with huicheng(data) as running:
        found = sum(_counted(running.port, stream) for stream in streams)
    if found != acknowledged[0]:
        raise AssertionError(f"{work.name}: {acknowledged[0]} observations were acknowledged, {found} are there.")
    rate = tally.rate * each
    return Figure(
        name=work.name,
        value=rate,
        unit="observations/s",
        target=f"≥ {work.target:,}/s",
        met=rate >= work.target,
        raw=limit.rate if each == 1 else None,
        raw_is="bare ASGI answer to a POST under the same HTTP server",
        ratio=rate / limit.rate if each == 1 else None,
        details={
            "p50 ms": percentile(tally.latencies, 0.5) * 1000,
            "p99 ms": percentile(tally.latencies, 0.99) * 1000,
            "rate × latency": tally.occupied,
            "acknowledged, all found after kill -9": float(found),
        },
    )


def _posts(streams: list[str], note: Callable[[int], Callable[[], None]]) -> tuple[list[Iterator[Request]], int]:
    """Every connection has a Datastream of its own."""

    def source(stream: str) -> Iterator[Request]:
        dice = random.Random(stream)  # noqa: S311 - made-up readings
        for turn in itertools.count():
            body = _observation(stream, _START + turn * _EVERY, round(dice.uniform(1, 60), 1))
            yield request("POST", f"{_ROOT}/Observations", body), note(1)

    return [source(stream) for stream in streams[:_POSTING]], 1


def _one(streams: list[str], note: Callable[[int], Callable[[], None]]) -> tuple[list[Iterator[Request]], int]:
    return [_arrays(streams[:1], 0, note)], _ROWS


def _several(streams: list[str], note: Callable[[int], Callable[[], None]]) -> tuple[list[Iterator[Request]], int]:
    """All write to all, each in an order of its own: who locks one after the other gets stuck."""
    orders = [streams[shift:] + streams[:shift] for shift in range(_FILLING)]
    return [_arrays(order, number, note) for number, order in enumerate(orders)], _ROWS


def _arrays(streams: list[str], lane: int, note: Callable[[int], Callable[[], None]]) -> Iterator[Request]:
    """Arrays whose times no other lane has; only the times differ from one to the next.

    All but the beginning of the times is made before: whoever sends must not be waited for.
    """
    dice = random.Random(lane)  # noqa: S311 - made-up readings
    rows = _ROWS // len(streams)
    # A thousand rows are a second, a hundred a tenth of one.
    digits = len(str(rows)) - 1
    body = f"[{','.join(_array(stream, rows, digits, dice) for stream in streams)}]".split(_HERE)
    for turn in itertools.count():
        first = _START + (turn * _FILLING + lane) * rows * _EVERY
        moment = first.isoformat(timespec="milliseconds")[: -len("+00:00") - digits]
        yield request("POST", f"{_ROOT}/CreateObservations", moment.join(body).encode()), note(_ROWS)


def _array(stream: str, rows: int, digits: int, dice: random.Random) -> str:
    lines = ",".join(f'["{_HERE}{row:0{digits}}Z",{dice.uniform(1, 60):.1f}]' for row in range(rows))
    head = f'{{"Datastream":{{"@iot.id":"{stream}"}},"components":["phenomenonTime","result"],'
    return f'{head}"dataArray@iot.count":{rows},"dataArray":[{lines}]}}'


def _observation(stream: str, at: datetime, result: float) -> bytes:
    said = {"phenomenonTime": at.isoformat(timespec="microseconds"), "result": result}
    return json.dumps({**said, "Datastream": {"@iot.id": stream}}).encode()


def _stream(port: int, number: int) -> str:
    """The id of a new Datastream of a new Thing."""
    made = {
        "name": f"Air {number}",
        "description": "Temperature of the air",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "degree Celsius", "symbol": "°C", "definition": "ucum:Cel"},
        "Thing": {"name": f"Mast {number}", "description": "A mast"},
        "Sensor": {"name": "S", "description": "S", "encodingType": "application/pdf", "metadata": "s"},
        "ObservedProperty": {"name": "temperature", "definition": "http://x.org/t", "description": "t"},
    }
    return str(_ask(port, "POST", f"{_ROOT}/Datastreams", made)["@iot.id"])


def _counted(port: int, stream: str) -> int:
    path = f"{_ROOT}/Datastreams('{quote(stream)}')/Observations?$count=true&$top=1"
    return int(_ask(port, "GET", path)["@iot.count"])


def _ask(port: int, method: str, path: str, body: object = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, sent, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if not 200 <= answer.status < 300:
        raise AssertionError(f"{method} {path} was answered with {answer.status}: {said[:300]!r}")
    return msgspec.json.decode(said)


def _always(one: bytes) -> Iterator[Request]:
    return ((one, lambda: None) for _ in itertools.count())


# -- counting


def _counting(data: Path, scale: Scale) -> Figure:
    observations = min(scale.observations, _COUNTED)
    history.fill(data, msgspec.structs.replace(scale, observations=observations))
    most = observations + 5 * scale.stations + _BESIDE
    with huicheng(data) as running:
        seconds = [_seconds(running.port, 0, observations, most) for _ in range(_COUNTS)]
        beside = [_seconds(running.port, 1, observations, most) for _ in range(_PAGES)]
    p95 = percentile(seconds, 0.95) * 1000
    return Figure(
        name=f"$count over {observations:,} observations, p95",
        value=p95,
        unit="ms",
        target="< 100 ms",
        met=p95 < 100,
        details={
            "p50 ms": percentile(seconds, 0.5) * 1000,
            "the first": seconds[0] * 1000,
            "p50 with the first of them all beside it": percentile(beside, 0.5) * 1000,
        },
    )


def _seconds(port: int, top: int, least: int, most: int) -> float:
    """How long one answer took; it counts all that were written."""
    began = time.perf_counter()
    found = _ask(port, "GET", f"{_ROOT}/Observations?$count=true&$top={top}")["@iot.count"]
    if not least <= found <= most:
        raise AssertionError(f"Of {least} observations {found} were counted.")
    return time.perf_counter() - began
