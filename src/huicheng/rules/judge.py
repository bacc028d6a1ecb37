"""Judging: one window of the feed → episodes → Alert entities, committed with the position."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from zoneinfo import ZoneInfo

import numpy as np

from huicheng.city import Instant
from huicheng.packs import Pack
from huicheng.rules.alert import place_of
from huicheng.rules.arrival import Arrival
from huicheng.rules.episode import Turn, fall_silent
from huicheng.rules.memory import CONSUMER as MEMORY
from huicheng.rules.memory import Memory
from huicheng.rules.observed import before
from huicheng.rules.outcome import Outcome
from huicheng.rules.program import Program, programs, terms
from huicheng.rules.scheduled import Scheduled
from huicheng.rules.verdicts import Bench
from huicheng.stores import Position, Store, Window

#: The consumer's name in the feed.
CONSUMER = "judge"
#: The clock and what is received go together when they are no further apart than this.
_TOGETHER: Instant = 3600 * 1_000_000

#: The case clock: wall or replay.
Now = Callable[[], Instant | Awaitable[Instant]]


class Judge:
    """Follows the feed and judges observations by the packs' rules, in event time.

    Exactly once in effect: what a window brings is committed in one transaction with the position,
    alert ids follow from rule, entity and start, and the outcome does not depend on where windows
    are cut (docs/explanation/rules-and-episodes.md).
    """

    def __init__(  # noqa: PLR0913 - two collaborators, the rest are settings with a default
        self,
        store: Store,
        packs: Sequence[Pack],
        zone: str = "Asia/Shanghai",
        *,
        now: Now | None = None,
        limit: int = 200_000,
        quiet: float = 5.0,
        note_every: float = 5.0,
    ) -> None:
        """``now`` is the case clock; without it the newest receipt is the clock. ``limit``: observations a window.

        ``quiet``: seconds without judged rows after which the clock is trusted though it runs far ahead of them.
        ``note_every``: seconds from one time that the newest values are written down to the next.
        """
        self._store = store
        self._zone = ZoneInfo(zone)
        self._now = now
        self._limit = limit
        self._quiet = quiet
        self._programs = {one.id: one for one in programs(packs)}
        self._types = {one.rule.entity_type for one in self._programs.values()}
        self._bench = Bench()
        self._memory = Memory(store, list(self._programs.values()), self._zone, note_every)
        #: What is remembered goes up to here; ``None`` while that is not certain.
        self._at: int | None = None
        self._arrival = Arrival(store, self._bench, self._memory, self._zone)
        self._scheduled = Scheduled(store, self._bench, self._memory, self._zone)
        self._heard: Instant | None = None
        self._heard_at = time.monotonic()

    async def step(self) -> bool:
        """Judge the next window, or, when there is none, what the clock has made due. False: nothing was done."""
        after = await self._store.position(CONSUMER)
        if after != self._at:
            await self._remember(after)
        self._at = None  # until what this step does is on the disk
        window = await self._store.window(after, self._limit, changes_of=())
        done = await (self._tick(after) if window.seq == after else self._judge_window(window))
        self._at = window.seq
        return done

    async def _remember(self, upto: int) -> None:
        """Come to know again what a judge at this position knows."""
        written = await self._store.position(MEMORY)
        self._memory.forget(written)
        while written < upto:
            window = await self._store.window(written, self._limit, changes_of=())
            if window.seq == written:
                return
            written = window.seq
            for name in self._types:
                await self._arrival.learn(name, before(window.observations, upto + 1))

    async def _judge_window(self, window: Window) -> bool:
        outcome = Outcome(self._zone)
        for name in sorted(self._types & window.observations.types().keys()):
            await self._judge(name, window, outcome)
        self._listen(window)
        position = Position(consumer=CONSUMER, seq=window.seq)
        await self._store.commit(outcome.transaction(position, self._memory.due_rows(window.seq)))
        self._memory.note(outcome)
        return True

    async def _judge(self, type: str, window: Window, outcome: Outcome) -> None:
        own = [one for one in self._programs.values() if one.rule.entity_type == type]
        on_arrival = [one for one in own if one.schedule is None]
        for program, turns in await self._arrival.judge(type, on_arrival, window.observations, outcome):
            await self._tell(program, turns, outcome)
        for program in own:
            if program.schedule is not None:
                for turns in await self._scheduled.judge(program, window.observations, outcome):
                    await self._tell(program, turns, outcome)

    async def _tell(self, program: Program, turns: list[Turn], outcome: Outcome) -> None:
        entity = turns[0].episode.entity
        told = any(turn.episode.issued is not None for turn in turns)
        stored = await self._store.get(entity) if told else None
        place = place_of(stored.entity if stored else None, entity) if told else None
        outcome.episode(program, turns, place)

    def _listen(self, window: Window) -> None:
        columns = window.observations
        ours = [code for name, code in columns.types().items() if name in self._types]
        received = columns.received_at[columns.judged & np.isin(columns.type, ours)]
        if len(received):
            self._heard = max(self._heard or 0, int(received.max()))
            self._heard_at = time.monotonic()

    # -- what the clock brings

    async def _tick(self, after: int) -> bool:
        outcome = Outcome(self._zone)
        clock = await self._clock()
        if clock is not None:
            await self._due(clock, outcome)
        if clock is not None and outcome.empty:
            await self._silent(clock, outcome)
        known = self._memory.due_rows(after)
        if outcome.empty and not known:
            return False
        await self._store.commit(outcome.transaction(None, known))
        self._memory.note(outcome)
        return True

    async def _clock(self) -> Instant | None:
        """The clock, unless rows are being received by another one that is far behind it."""
        if self._now is None:
            return self._heard
        found = self._now()
        clock = await found if isawaitable(found) else found
        together = self._heard is not None and clock - self._heard <= _TOGETHER
        still = time.monotonic() - self._heard_at >= self._quiet
        return clock if together or still else None

    async def _due(self, clock: Instant, outcome: Outcome) -> None:
        for rule, entities in (await self._memory.due(clock, self._programs)).items():
            for turns in await self._scheduled.tick(self._programs[rule], entities, clock, outcome):
                await self._tell(self._programs[rule], turns, outcome)

    async def _silent(self, clock: Instant, outcome: Outcome) -> None:
        for episode in await self._memory.silent(clock, self._programs):
            program = self._programs[episode.rule]
            await self._tell(program, [fall_silent(episode, terms(program))], outcome)

    def close(self) -> None:
        """Let go of the engine."""
        self._bench.close()
