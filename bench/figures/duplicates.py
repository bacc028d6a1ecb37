"""Open cases that may say the same, found for an officer who writes, among a hundred thousand that are open."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import urllib.parse
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import msgspec

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.load import Request, load, request
from bench.server import Running, huicheng
from bench.town.making import make_town
from bench.town.squares import SQUARES
from bench.town.visitor import Visitor

_MOST = 200
_PATH = "/desk/hints/"
_FORM = "application/x-www-form-urlencoded"
#: So far from the planted case the second caller stands: some 35 m east.
_ASIDE = 0.00035

#: Open cases of the last days, from the squares and from elsewhere.
_PLANTED = """
SELECT number, kind, category, title, description, longitude, latitude FROM cases_case
WHERE closed_at IS NULL AND opened_at > ? AND (abs(longitude - ?) < 0.0015 AND abs(latitude - ?) < 0.0015) = ?
ORDER BY number DESC LIMIT ?
"""
#: What every way of doing it has to read: the texts of open cases near by.
_NEAR = """
SELECT id, title, description, longitude, latitude FROM cases_case
WHERE closed_at IS NULL AND latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ? ORDER BY opened_at DESC
"""
_DAYS = 10 * 86_400_000_000


class _Planted(msgspec.Struct, frozen=True, kw_only=True):
    """An open case, and what somebody else says of the same thing."""

    number: str
    place: tuple[float, float]
    body: bytes


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """p95 of the hints that a dispatcher sees while writing; every planted case must be the first that is named."""
    data, packs = make_town(folder, scale.open_cases)
    people = sqlite3.connect(data / "people.db")
    planted = _planted(people, max(2, scale.pages // 4))
    with huicheng(data, packs) as running:
        visitor = Visitor(running.port, data, "dispatcher")
        crowds = [_found(visitor, one) for one in planted]
        p95, p50 = _timed(running, visitor, planted, max(scale.pages, len(planted)))
    raw = _raw(people, planted)
    return [
        Figure(
            name=f"duplicates suggested among {scale.open_cases:,} open cases, with category, p95",
            value=p95,
            unit="ms",
            target=f"< {_MOST} ms",
            met=p95 < _MOST,
            raw=raw,
            raw_is="reading the texts of the open cases near by in plain SQL",
            ratio=p95 / raw,
            details={"p50 ms": p50, "planted, each named first": len(planted), "shown beside it, at most": max(crowds)},
        )
    ]


def _planted(people: sqlite3.Connection, count: int) -> list[_Planted]:
    """Half of them at a square where hundreds of other cases are open."""
    since, square = round(time.time() * 1e6) - _DAYS, SQUARES[0]
    rows = [
        row for at_square in (1, 0) for row in people.execute(_PLANTED, (since, *square, at_square, count)).fetchall()
    ]
    if not rows:
        raise AssertionError("The town has no case that could be reported again.")
    return list(map(_told_again, rows))


def _told_again(row: tuple[str, str, str, str, str, float, float]) -> _Planted:
    """Other words around the same place and thing, from some steps further on."""
    number, kind, category, title, description, longitude, latitude = row
    thing = description.split("，", maxsplit=1)[-1].rsplit("。", maxsplit=2)[0]
    sent = {
        "kind": kind,
        "category": category,
        "text": f"您好，{title}，就是{thing}，麻烦看一下",
        "longitude": longitude + _ASIDE,
        "latitude": latitude,
    }
    return _Planted(number=number, place=(longitude + _ASIDE, latitude), body=urllib.parse.urlencode(sent).encode())


def _found(visitor: Visitor, planted: _Planted) -> int:
    """How many cases are named; the planted one is the first of them."""
    named = [one["name"].split()[0] for one in json.loads(visitor.send(_PATH, planted.body))["similar"]]
    if named[:1] != [planted.number]:
        raise AssertionError(f"{planted.number} was told again, and {named or 'nothing'} was suggested.")
    return len(named)


def _timed(running: Running, visitor: Visitor, planted: list[_Planted], count: int) -> tuple[float, float]:
    """p95 and p50 in ms, one request after the other."""
    tally = asyncio.run(load(running.port, [_requests(visitor, islice(cycle(planted), count))], 600.0))
    tally.check()
    return percentile(tally.latencies, 0.95) * 1000, percentile(tally.latencies, 0.5) * 1000


def _requests(visitor: Visitor, asked: Iterator[_Planted]) -> Iterator[Request]:
    for one in asked:
        sent = request("POST", _PATH, one.body, content=_FORM, cookie=visitor.cookie, token=visitor.token)
        yield sent, lambda: None


def _raw(people: sqlite3.Connection, planted: list[_Planted]) -> float:
    seconds = []
    for _ in range(3):
        for longitude, latitude in (one.place for one in planted):
            box = (latitude - 0.0027, latitude + 0.0027, longitude - 0.003, longitude + 0.003)
            began = time.perf_counter()
            people.execute(_NEAR, box).fetchall()
            seconds.append(time.perf_counter() - began)
    return percentile(seconds, 0.95) * 1000
