"""Lists of a hundred thousand open cases of ten kinds, at the server, for people who have signed in."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
import urllib.parse
from collections.abc import Iterator
from itertools import cycle, islice
from operator import itemgetter
from pathlib import Path

import msgspec

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.load import Request, load, request
from bench.server import Running, huicheng
from bench.town.making import make_town
from bench.town.pack import KINDS, UNITS
from bench.town.visitor import Visitor
from bench.town.words import ROADS, THINGS

_PEOPLE = ("dispatcher", "handler")
_COLUMN = re.compile(r'id="column-(\w+)">.*?class="count">(\d+)<', re.DOTALL)

#: What a dispatcher may see: every kind, so the guard leaves the order to the index.
_FIRST = """
SELECT number FROM cases_case WHERE closed_at IS NULL ORDER BY turn, number LIMIT 25 OFFSET ?
"""
_FOUND = """
SELECT number FROM cases_case WHERE closed_at IS NULL
AND id IN (SELECT rowid FROM cases_text WHERE cases_text MATCH ?) ORDER BY turn, number LIMIT 25
"""
_COUNTS = "SELECT state, count(*) FROM cases_case WHERE closed_at IS NULL AND kind = ? GROUP BY state"
_CARDS = """
SELECT number FROM cases_case WHERE closed_at IS NULL AND kind = ? AND state = ? ORDER BY turn, number LIMIT 12
"""
_OTHERS = """
SELECT count(*) FROM cases_case WHERE number IN (SELECT value FROM json_each(?))
AND owner_unit <> ? AND handling_unit <> ?
"""


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """p95 of each sort of page; contents are compared with plain SQL first."""
    data, packs = make_town(folder, scale.open_cases)
    people = sqlite3.connect(data / "people.db")
    with huicheng(data, packs) as running:
        visitors = {name: Visitor(running.port, data, name) for name in _PEOPLE}
        _compare(visitors["dispatcher"], people)
        _hidden(visitors["handler"], people)
        return [list_.measured(running, visitors, scale) for list_ in _lists(people)]


class _List(msgspec.Struct, frozen=True, kw_only=True):
    """One sort of page."""

    name: str
    paths: list[str]
    #: p95 in ms that it must keep, and that the bare statement takes.
    most: int
    raw: float

    def measured(self, running: Running, visitors: dict[str, Visitor], scale: Scale) -> Figure:
        """Each person asks for each page in turn, one request after the other."""
        turns = [(path, name) for path in self.paths for name in visitors]
        for path, name in turns:
            visitors[name].read(path)
        asked = list(islice(cycle(turns), max(scale.pages, len(turns))))
        tally = asyncio.run(load(running.port, [_requests(asked, visitors)], 600.0))
        tally.check()
        p95 = percentile(tally.latencies, 0.95) * 1000
        slowest, latency = max(enumerate(tally.latencies), key=itemgetter(1))
        return Figure(
            name=f"{self.name} over {scale.open_cases:,} open cases of 10 kinds, p95",
            value=p95,
            unit="ms",
            target=f"< {self.most} ms",
            met=p95 < self.most,
            raw=self.raw,
            raw_is="the bare SQL statement of the list",
            ratio=p95 / self.raw,
            details={
                "p50 ms": percentile(tally.latencies, 0.5) * 1000,
                "answers": len(tally.latencies),
                "slowest": f"{latency * 1000:.0f} ms, {asked[slowest][1]}: {urllib.parse.unquote(asked[slowest][0])}",
            },
        )


def _lists(people: sqlite3.Connection) -> list[_List]:
    kinds: list[tuple[object, ...]] = [(f"town/{kind}",) for kind in KINDS]
    pages: list[tuple[object, ...]] = [(25 * page,) for page in range(20)]
    return [
        _List(name="inbox", paths=_inboxes(), most=100, raw=_raw(people, _FIRST, pages)),
        _List(name="search", paths=_searches(), most=150, raw=_raw(people, _FOUND, _words())),
        _List(name="board", paths=_boards(), most=200, raw=_raw(people, _COUNTS, kinds)),
    ]


def _requests(asked: list[tuple[str, str]], visitors: dict[str, Visitor]) -> Iterator[Request]:
    for path, name in asked:
        yield request("GET", path, cookie=visitors[name].cookie), lambda: None


def _inboxes() -> list[str]:
    """What people look at: everything, their unit, late ones, filters, and some pages on."""
    unit = next(iter(UNITS))
    queries = ["", "scope=unit", "scope=late", "kind=town/call", f"unit={unit}", "state=checking", "category=flood",
               "kind=town/event&state=handling", "source=portal", "page=2", "page=5"]  # fmt: skip
    return [f"/desk/?{query}" if query else "/desk/" for query in queries]


def _searches() -> list[str]:
    texts = ["积水", "路灯", "水", "A-117", "消火栓", "噪声扰民", *(f"{r} {t}" for r in ROADS[:5] for t in THINGS[:3])]
    return [f"/desk/?{urllib.parse.urlencode({'q': text})}" for text in texts]


def _words() -> list[tuple[object, ...]]:
    return [('"积水"',), ('"路灯"',), ('"消火 火栓"',), ('"噪声 声扰 扰民"',), ('"北门 门路" AND "井盖"',)]


def _boards() -> list[str]:
    return [f"/desk/board/town/{kind}/{by}" for kind in KINDS for by in ("", "?by=stage")]


def _compare(dispatcher: Visitor, people: sqlite3.Connection) -> None:
    """Order, search and counts are those of plain SQL."""
    for page in (1, 2, 7):
        _same(f"page {page}", dispatcher.numbers(f"/desk/?page={page}"), _plain(people, _FIRST, (25 * (page - 1),)))
    for text, match in (("积水", '"积水"'), ("消火栓", '"消火 火栓"'), ("北门路 井盖", '"北门 门路" AND "井盖"')):
        shown = dispatcher.numbers(f"/desk/?{urllib.parse.urlencode({'q': text})}")
        _same(text, shown, _plain(people, _FOUND, (match,)))
    for kind in list(KINDS)[:3]:
        page = dispatcher.read(f"/desk/board/town/{kind}/")
        counted = {state: int(count) for state, count in _COLUMN.findall(page) if int(count)}
        _same(kind, counted, dict(people.execute(_COUNTS, (f"town/{kind}",))))
        cards = [number for state in counted for number in _plain(people, _CARDS, (f"town/{kind}", state))]
        _same(f"{kind} cards", sorted(dispatcher.numbers(f"/desk/board/town/{kind}/")), sorted(cards))


def _hidden(handler: Visitor, people: sqlite3.Connection) -> None:
    """A handler finds by free text only what is the unit's own: of others the policies show no text."""
    unit = next(iter(UNITS))
    for text in ("积水", "路灯"):
        for page in (1, 2, 3):
            numbers = handler.numbers(f"/desk/?{urllib.parse.urlencode({'q': text, 'page': page})}")
            [[others]] = people.execute(_OTHERS, (str(list(numbers)).replace("'", '"'), unit, unit))
            if others or (page == 1 and not numbers):
                raise AssertionError(f"“{text}” shows a handler {others} cases of others, {len(numbers)} in all.")


def _plain(people: sqlite3.Connection, statement: str, parameters: tuple[object, ...]) -> list[str]:
    return [number for (number,) in people.execute(statement, parameters)]


def _same(what: str, shown: object, stored: object) -> None:
    if shown != stored:
        raise AssertionError(f"{what}: the page shows {shown!r:.300}, plain SQL {stored!r:.300}.")


def _raw(people: sqlite3.Connection, statement: str, parameters: list[tuple[object, ...]]) -> float:
    """p95 in ms of the bare statement, warm."""
    seconds = []
    for _ in range(4):
        for one in parameters:
            began = time.perf_counter()
            people.execute(statement, one).fetchall()
            seconds.append(time.perf_counter() - began)
    return percentile(seconds, 0.95) * 1000
