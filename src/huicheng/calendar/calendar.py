"""When a limit is due, how much of it has passed, and every minute of why.

Five types of limit (数字城管 and administrative law; docs/reference/calendar.md):

* ``urgent_hour`` 紧急工作时: runs round the clock (a local parameter: some cities count 08:00–20:00)
* ``work_hour`` 工作时: runs in working hours
* ``work_day`` 工作日: the day of opening does not count; due at the close of the nth working day after
* ``natural_day`` 自然日: the day of opening does not count; due at the end of the nth day after
* ``second`` 秒: runs round the clock; for machines, who answer in seconds or not at all
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Literal, Protocol

import msgspec

from huicheng.calendar.days import Days
from huicheng.calendar.hours import WorkingHours
from huicheng.calendar.spans import Reason, Span, local_day, round_the_clock, worked, working_time
from huicheng.city import Instant
from huicheng.errors import Invalid

LimitType = Literal["urgent_hour", "work_hour", "work_day", "natural_day", "second"]

#: Types whose limits may be parts of a whole, in µs.
_LENGTHS: dict[LimitType, Instant] = {"urgent_hour": 3_600_000_000, "work_hour": 3_600_000_000, "second": 1_000_000}
#: Types that count nights, weekends and holidays.
ROUND_THE_CLOCK: frozenset[LimitType] = frozenset({"urgent_hour", "natural_day", "second"})
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
#: A limit that is not reached in this long is a slip of the pen.
_LONGEST = 20 * 366 * _DAY


class Limit(Protocol):
    """What ``packs.ClockLimit`` is."""

    @property
    def value(self) -> float: ...
    @property
    def type(self) -> LimitType: ...


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which the clock stood still; ``end`` is ``None`` while it lasts."""

    start: Instant
    end: Instant | None = None


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """``at`` is ``None`` while an open pause holds it up."""

    at: Instant | None
    #: It rests on days whose holidays are not known yet.
    assumed: bool


class Elapsed(msgspec.Struct, frozen=True, kw_only=True):
    """Counted time in µs."""

    counted: Instant
    total: Instant
    assumed: bool

    @property
    def remaining(self) -> Instant:
        """Negative when it is overdue."""
        return self.total - self.counted


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Working hours and days of one installation."""

    hours: WorkingHours
    days: Days

    @classmethod
    def from_rows(
        cls, hours: Mapping[str, Any], days: Iterable[Mapping[str, Any]], years: Iterable[Mapping[str, Any]]
    ) -> Calendar:
        """From the store's ``calendar.hours``, ``calendar.days`` and ``calendar.years``."""
        return cls(hours=WorkingHours.from_row(hours), days=Days.from_rows(days, years))

    def total(self, limit: Limit) -> Instant:
        """The limit as counted time in µs; a working day counts as its working hours."""
        if limit.value <= 0:
            raise Invalid(place="limit", why="A limit of %(limit)s is not above zero.", limit=f"{limit.value:g}")
        if limit.type in _LENGTHS:
            return round(limit.value * _LENGTHS[limit.type])
        if limit.value != int(limit.value):
            raise Invalid(place="limit", why="A limit of %(limit)s days is not whole.", limit=f"{limit.value:g}")
        return int(limit.value) * (self.hours.length if limit.type == "work_day" else _DAY)

    def due(self, opened: Instant, limit: Limit, pauses: Sequence[Pause] = ()) -> Due:
        """The first instant at which nothing of the limit is left."""
        return self.reached(opened, limit, (1.0,), pauses)[0]

    def reached(
        self, opened: Instant, limit: Limit, shares: Sequence[float], pauses: Sequence[Pause] = ()
    ) -> list[Due]:
        """For each share of the limit (1 = all of it, in rising order) the first instant at which it has passed."""
        total = self.total(limit)
        marks = [round(total * share) for share in shares]
        held = min((pause.start for pause in pauses if pause.end is None), default=opened + _LONGEST)
        found: list[Due] = []
        counted, assumed = 0, False
        for span in self._spans(opened, limit, pauses):
            assumed = assumed or span.assumed
            passed = counted + (span.end - span.start if span.counted else 0)
            while span.counted and len(found) < len(marks) and marks[len(found)] <= passed:
                found.append(Due(at=span.start + marks[len(found)] - counted, assumed=assumed))
            if len(found) == len(marks):
                return found
            if span.reason is Reason.PAUSED and span.start >= held:
                return found + [Due(at=None, assumed=assumed)] * (len(marks) - len(found))
            counted = passed
        raise Invalid(place="limit", why="The limit is longer than twenty years.")

    def elapsed(self, opened: Instant, until: Instant, limit: Limit, pauses: Sequence[Pause] = ()) -> Elapsed:
        """How much of the limit has passed at ``until``, and how much there is."""
        spans = self.explain(opened, until, limit, pauses)
        return Elapsed(
            counted=sum(span.end - span.start for span in spans if span.counted),
            total=self.total(limit),
            assumed=any(span.assumed for span in spans),
        )

    def remaining(self, opened: Instant, until: Instant, limit: Limit, pauses: Sequence[Pause] = ()) -> Instant:
        """Counted µs left at ``until``; negative when overdue."""
        return self.elapsed(opened, until, limit, pauses).remaining

    def left(self, opened: Instant, at: Instant, due: Instant, limit: Limit) -> Instant:
        """Counted µs from ``at`` to a due time that :meth:`due` gave and no pause follows; negative when overdue.

        The same as :meth:`remaining`, in the time that the way to the due time takes.
        """
        if at > due:
            return -self._counted(opened, due, at, limit)
        return self._counted(opened, at, due, limit)

    def _counted(self, opened: Instant, start: Instant, end: Instant, limit: Limit) -> Instant:
        if limit.type in {"work_day", "natural_day"}:
            start = max(start, self.hours.midnight(local_day(opened, self.hours) + timedelta(days=1)))
        if start >= end:
            return 0
        if limit.type in ROUND_THE_CLOCK:
            return end - start
        return worked(start, end, self.hours, self.days)

    def explain(self, opened: Instant, until: Instant, limit: Limit, pauses: Sequence[Pause] = ()) -> list[Span]:
        """The stretches from opening to ``until``, without a gap, neighbours of one reason joined."""
        joined: list[Span] = []
        for span in self._spans(opened, limit, pauses):
            if span.start >= until:
                break
            piece = span.clipped(opened, until)
            if joined and _alike(joined[-1], piece):
                piece = msgspec.structs.replace(joined.pop(), end=piece.end)
            joined.append(piece)
        return joined

    def _spans(self, opened: Instant, limit: Limit, pauses: Sequence[Pause]) -> Iterator[Span]:
        """All stretches after opening, paused ones cut out, to the longest that a limit may last."""
        end = opened + _LONGEST
        for span in _paused(self._counting(opened, limit), pauses, end):
            if span.start >= end:
                return
            yield span

    def _counting(self, opened: Instant, limit: Limit) -> Iterator[Span]:
        working = limit.type in {"work_hour", "work_day"}
        start, lead = opened, tuple[Span, ...]()
        if limit.type in {"work_day", "natural_day"}:
            start = self.hours.midnight(local_day(opened, self.hours) + timedelta(days=1))
            lead = (Span(start=opened, end=start, counted=False, reason=Reason.OPENING_DAY),)
        body = working_time(start, self.hours, self.days) if working else round_the_clock(start, self.hours)
        return chain(lead, body)


def _paused(spans: Iterator[Span], pauses: Sequence[Pause], end: Instant) -> Iterator[Span]:
    """The same stretches with paused time marked."""
    still = sorted((pause.start, end if pause.end is None else pause.end) for pause in pauses)
    for span in spans:
        yield from _cut(span, still)


def _cut(span: Span, still: list[tuple[Instant, Instant]]) -> Iterator[Span]:
    at = span.start
    for start, stop in still:
        if stop <= at or start >= span.end:
            continue
        if start > at:
            yield span.clipped(at, start)
        at = max(at, start)
        yield Span(start=at, end=min(stop, span.end), counted=False, reason=Reason.PAUSED)
        at = min(stop, span.end)
    if at < span.end:
        yield span.clipped(at, span.end)


def _alike(one: Span, other: Span) -> bool:
    return (one.reason, one.name, one.assumed) == (other.reason, other.name, other.assumed)
