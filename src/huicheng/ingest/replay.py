"""The time of a live ingest: the data directory's case clock, and the pace of rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from huicheng.calendar import CaseClock
from huicheng.city import Instant, rfc3339
from huicheng.errors import HuichengError
from huicheng.stores import EntityQuery, Rows, Store

#: Rows younger than this belong to today: the wall clock stays.
YOUNG = timedelta(days=1)
_MICROS = 1_000_000


class CasesUnderWallClock(HuichengError):
    """Problem: cases already run by the wall clock. Remedy: a replay takes a data directory of its own."""

    status = 409
    slug = "cases-under-wall-clock"
    problem = "This data directory has cases that run by the wall clock, and these rows begin in the past (%(first)s)."
    remedy = "Replay them in a directory of their own (--data DIR), or store them as history."


def wall() -> Instant:
    """Now, by the machine's clock."""
    return time.time_ns() // 1000


class Replay:
    """The case clock while rows arrive "as then".

    With a speed the clock runs at it; without, it is set to the time of each batch. After the last
    row it goes on at the pace of the wall.
    """

    def __init__(self, store: Store, clock: CaseClock, speed: float | None, *, sets_clock: bool) -> None:
        self._store = store
        self._clock = clock
        self._speed = speed
        self._sets_clock = sets_clock
        self._started = False

    @classmethod
    async def begin(cls, store: Store, first: Instant, speed: float | None) -> Replay:
        """Decide what becomes of the clock; raises :class:`CasesUnderWallClock`."""
        clock = CaseClock.from_row((await store.rows("clock.get"))[0])
        if clock.kind == "replay":
            return cls(store, clock, speed, sets_clock=True)
        young = first >= wall() - YOUNG // timedelta(microseconds=1)
        if not young and (await store.query(EntityQuery(types=("Case",), limit=1))).entities:
            raise CasesUnderWallClock(first=rfc3339(first))
        return cls(store, clock, speed, sets_clock=not young)

    def set_to(self, event: Instant) -> list[Rows]:
        """The statement to commit with rows of this event time; with a speed, once."""
        if not self._sets_clock or (self._speed is not None and self._started):
            return []
        self._started = True
        return self._put(event, self._speed or 1.0)

    def end(self, event: Instant) -> list[Rows]:
        """After the last row the clock goes on at the pace of the wall."""
        return self._put(event, 1.0) if self._sets_clock else []

    def _put(self, event: Instant, speed: float) -> list[Rows]:
        self._clock = self._clock.replayed_from(event, wall(), speed)
        return [Rows(statement="clock.put", parameters=[self._clock.row()])]


class Pace:
    """When an event's time has come at a speed; at once without one."""

    def __init__(self, speed: float | None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._now = now
        self._first: tuple[Instant, float] | None = None

    def delay(self, event: Instant) -> float:
        """Seconds to wait for an event time; the first one asked for is now."""
        if self._speed is None:
            return 0.0
        if self._first is None:
            self._first = (event, self._now())
        first, began = self._first
        return began + (event - first) / _MICROS / self._speed - self._now()
