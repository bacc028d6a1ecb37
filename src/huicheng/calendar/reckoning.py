"""Counted time of many cases at once: the days of a period are summed up once, then every stretch is two look-ups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import accumulate

from huicheng.calendar.calendar import ROUND_THE_CLOCK, Calendar, LimitType, Pause
from huicheng.calendar.spans import local_day
from huicheng.city import Instant


class Reckoning:
    """The same answers as :meth:`Calendar.elapsed`, for stretches that lie between two instants."""

    def __init__(self, calendar: Calendar, first: Instant, last: Instant) -> None:
        """``first`` and ``last`` bound everything that will be asked; one look at each day between."""
        hours, days = calendar.hours, calendar.days
        day, end = local_day(first, hours), local_day(last, hours) + timedelta(days=2)
        self._days = [day + timedelta(days=n) for n in range((end - day).days)]
        self._midnights = [hours.midnight(one) for one in self._days]
        self._open = [hours.on(one) if days.works(one) else [] for one in self._days]
        worked = (sum(closes - opens for opens, closes in spans) for spans in self._open)
        #: Working time before each midnight.
        self._before = [0, *accumulate(worked)]
        self._assumed = [0, *accumulate(int(days.assumed(one)) for one in self._days)]

    def counted(self, start: Instant, until: Instant, type: LimitType, pauses: Sequence[Pause] = ()) -> Instant:
        """Counted µs from the opening at ``start`` to ``until``."""
        begin = self._tomorrow(start) if type in {"work_day", "natural_day"} else start
        whole = self._between(begin, until, type)
        still = ((max(begin, pause.start), min(until, until if pause.end is None else pause.end)) for pause in pauses)
        return whole - sum(self._between(held, over, type) for held, over in _apart(still))

    def assumed(self, start: Instant, until: Instant) -> bool:
        """Whether a day between them is one whose holidays are not known."""
        return self._assumed[self._day(until) + 1] > self._assumed[self._day(start)]

    def local_day(self, at: Instant) -> date:
        """The local calendar day."""
        return self._days[self._day(at)]

    def _between(self, start: Instant, end: Instant, type: LimitType) -> Instant:
        if start >= end:
            return 0
        if type in ROUND_THE_CLOCK:
            return end - start
        return self._worked(end) - self._worked(start)

    def _worked(self, at: Instant) -> Instant:
        """Working time from the first day to ``at``."""
        day = self._day(at)
        return self._before[day] + sum(max(0, min(at, closes) - opens) for opens, closes in self._open[day])

    def _tomorrow(self, at: Instant) -> Instant:
        return self._midnights[self._day(at) + 1]

    def _day(self, at: Instant) -> int:
        return bisect_right(self._midnights, at) - 1


def _apart(stretches: Iterable[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    """Stretches that overlap are one."""
    found: list[tuple[Instant, Instant]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found
