"""What judging remembers between windows: kept here, and in the store for the next start.

The newest values of an entity change with every one of its observations, and follow from the feed
alone. So they are written down now and then, a part at a time, with a position of their own:
up to there the store has them, and from there a judge that begins reads the feed once more.
Episodes and what waits for schedules are written with the position of the judge itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Instant
from huicheng.rules.episode import Episode
from huicheng.rules.newest import Known, Table
from huicheng.rules.outcome import Outcome
from huicheng.rules.program import Program
from huicheng.rules.schedule import Waiting
from huicheng.rules.waits import Waits
from huicheng.stores import IntArray, Rows, Store

#: The consumer under whose position the newest values are in the store; the feed is kept for it.
CONSUMER = "judge-memory"

#: Rule and entity → the episode that is open.
Open = dict[tuple[str, str], Episode]

#: So many silent episodes or due schedules at a time.
_BATCH = 500
#: A round of writing takes about so many transactions, of at least so many entities: none may hold the writer long.
_PARTS = 25
_PART = 2_000

_encode = msgspec.json.Encoder().encode
_known = msgspec.json.Decoder(Known).decode
_episode = msgspec.json.Decoder(Episode).decode
_waiting = msgspec.json.Decoder(Waiting).decode


class Memory:
    """Reads from the store what it does not remember. Nobody else may write what it remembers."""

    def __init__(self, store: Store, programs: Sequence[Program], zone: ZoneInfo, every: float) -> None:
        """``every``: seconds from one round of writing down to the next."""
        self._store = store
        self._zone = zone
        self._every = every
        self._programs = {one.id: one for one in programs}
        self.forget(0)

    def forget(self, written: int) -> None:
        """Drop everything: it may not be as the store has it. Up to ``written`` the store has the newest values."""
        self._tables = {one.rule.entity_type: Table(self.attributes(one.rule.entity_type)) for one in self._arrivals()}
        self._waits = {key: Waits(on.period, self._zone) for key, one in self._programs.items() if (on := one.schedule)}
        self._opened: set[tuple[str, str]] | None = None
        self._written = written
        self._round: _Round | None = None
        self._began = time.monotonic()

    def attributes(self, type: str) -> list[str]:
        """What rules on arrival read of a type."""
        return sorted({name for one in self._arrivals() if one.rule.entity_type == type for name in one.attributes})

    def _arrivals(self) -> list[Program]:
        return [one for one in self._programs.values() if one.schedule is None]

    # -- what is remembered

    async def newest(self, type: str, entities: Sequence[str]) -> tuple[Table, IntArray]:
        """Where the newest judged values of these entities stand."""
        table = self._tables[type]
        missing = table.missing(entities)
        if missing:
            rows = await self._store.rows("episodes.known", (type, _ids(missing)))
            table.load({**{one: {} for one in missing}, **{row["entity"]: _known(row["body"]) for row in rows}})
        return table, table.places(entities)

    async def open(self, entities: Iterable[str]) -> Open:
        """Open episodes of these entities, of every rule."""
        if self._opened is None:
            self._opened = {(row["rule"], row["entity"]) for row in await self._store.rows("episodes.all_open")}
        concerned = {entity for _, entity in self._opened}.intersection(entities)
        if not concerned:
            return {}
        rows = await self._store.rows("episodes.open", (_ids(concerned),))
        found = [_episode(row["body"]) for row in rows]
        return {(one.rule, one.entity): one for one in found}

    async def waits(self, rule: str, entities: Sequence[str]) -> Waits:
        """What waits for a scheduled rule; these entities are among it."""
        waits = self._waits[rule]
        waits.shrink()
        missing = waits.missing(entities)
        if missing:
            rows = await self._store.rows("episodes.schedules", (rule, _ids(missing)))
            stored = {row["entity"]: _waiting(row["body"]) for row in rows}
            waits.put({one: stored.get(one, Waiting()) for one in missing})
        return waits

    def note(self, outcome: Outcome) -> None:
        """What has been committed; where that is not certain, :meth:`forget`."""
        for rule, waiting in outcome.waiting().items():
            self._waits[rule].put(waiting)
        if self._opened is not None:
            self._opened.difference_update(outcome.closed())
            self._opened.update(outcome.opened())

    # -- what only the store knows

    async def due(self, clock: Instant, rules: Iterable[str]) -> dict[str, dict[str, Waiting]]:
        """Rule → entity → what waits there and is due."""
        found: dict[str, dict[str, Waiting]] = {}
        for row in await self._store.rows("episodes.due", (clock, _ids(rules), _BATCH)):
            found.setdefault(row["rule"], {})[row["entity"]] = _waiting(row["body"])
        return found

    async def silent(self, clock: Instant, rules: Iterable[str]) -> list[Episode]:
        """Active episodes for which nothing has come for longer than their rule allows."""
        rows = await self._store.rows("episodes.silent", (clock, _ids(rules), _BATCH))
        return [_episode(row["body"]) for row in rows]

    # -- writing down

    def due_rows(self, seq: int) -> list[Rows]:
        """The next part of the newest values, when it is time."""
        if self._round is None:
            if self._written >= seq or time.monotonic() - self._began < self._every:
                return []
            self._began = time.monotonic()
            self._round = _Round(seq, self._tables)
        rows = self._round.part()
        if self._round.is_over:
            self._written, self._round = self._round.seq, None
            for table in self._tables.values():
                table.shrink()
            rows.append(_position(self._written))
        return rows


class _Round:
    """Writing down what has changed up to a commit of the feed.

    What has become newer meanwhile goes with it: who reads the feed again from that commit comes to the same.
    """

    def __init__(self, seq: int, tables: dict[str, Table]) -> None:
        self.seq = seq
        self._tables = tables
        self._left = {name: table.changed() for name, table in tables.items()}
        self._size = max(_PART, sum(map(len, self._left.values())) // _PARTS)

    @property
    def is_over(self) -> bool:
        return not self._left

    def part(self) -> list[Rows]:
        """The next part, of one type."""
        while self._left:
            name, places = self._left.popitem()
            if len(places) > self._size:
                places, self._left[name] = places[: self._size], places[self._size :]
            if len(places):
                return [_learned(name, self._tables[name].written(places))]
        return []


def _learned(type: str, known: dict[str, Known]) -> Rows:
    return Rows(statement="episodes.learn", parameters=[(type, _encode(known).decode())])


def _position(seq: int) -> Rows:
    return Rows(statement="feed.advance", parameters=[(CONSUMER, seq)])


def _ids(names: Iterable[str]) -> str:
    return _encode(list(names)).decode()
