"""Stretches of time that a limit counts or does not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from huicheng.calendar.days import DayKind, Days
from huicheng.calendar.hours import WorkingHours
from huicheng.city import Instant, from_micros


class Reason(StrEnum):
    """Why a span counts or not; each is also the English message id shown for it."""

    COUNTED = "counted"
    OFF_HOURS = "outside working hours"
    WEEKEND = "weekend"
    HOLIDAY = "public holiday"
    OPENING_DAY = "the day of opening does not count"
    PAUSED = "the clock is paused"
    RESTARTED = "before the clock was started anew"


_NOT_WORKED = {DayKind.WEEKEND: Reason.WEEKEND, DayKind.HOLIDAY: Reason.HOLIDAY}


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Half-open ``start <= t < end``."""

    start: Instant
    end: Instant
    counted: bool
    reason: Reason
    #: Name of the holiday in Chinese, "" where there is none.
    name: str = ""
    #: It rests on a weekday only: the year's holidays are not in the table yet.
    assumed: bool = False

    def clipped(self, start: Instant, end: Instant) -> Span:
        return msgspec.structs.replace(self, start=max(self.start, start), end=min(self.end, end))


def local_day(at: Instant, hours: WorkingHours) -> date:
    """The local calendar day of an instant."""
    return from_micros(at).astimezone(hours.tz).date()


def round_the_clock(start: Instant, hours: WorkingHours) -> Iterator[Span]:
    """Every day whole, without end."""
    day = local_day(start, hours)
    while True:
        after = day + timedelta(days=1)
        span = Span(start=hours.midnight(day), end=hours.midnight(after), counted=True, reason=Reason.COUNTED)
        yield span.clipped(start, span.end)
        day = after


def working_time(start: Instant, hours: WorkingHours, days: Days) -> Iterator[Span]:
    """Working hours of working days, and what lies between them, without end."""
    day = local_day(start, hours)
    while True:
        for span in _of_day(day, hours, days):
            if span.end > start:
                yield span.clipped(start, span.end)
        day += timedelta(days=1)


def worked(start: Instant, end: Instant, hours: WorkingHours, days: Days) -> Instant:
    """Working time between two instants, in µs: whole days are counted, not walked through."""
    first, last = local_day(start, hours), local_day(end, hours)
    if first == last:
        return _worked_on(first, start, end, hours, days)
    whole = sum(days.works(first + timedelta(days=n)) for n in range(1, (last - first).days)) * hours.length
    return _worked_on(first, start, end, hours, days) + whole + _worked_on(last, start, end, hours, days)


def _worked_on(day: date, start: Instant, end: Instant, hours: WorkingHours, days: Days) -> Instant:
    if not days.works(day):
        return 0
    return sum(max(0, min(end, closes) - max(start, opens)) for opens, closes in hours.on(day))


def _of_day(day: date, hours: WorkingHours, days: Days) -> Iterator[Span]:
    begin, end = hours.midnight(day), hours.midnight(day + timedelta(days=1))
    assumed = days.assumed(day)
    reason = _NOT_WORKED.get(days.kind(day))
    if reason is not None:
        yield Span(start=begin, end=end, counted=False, reason=reason, name=days.name(day), assumed=assumed)
        return
    for opens, closes in hours.on(day):
        if begin < opens:
            yield Span(start=begin, end=opens, counted=False, reason=Reason.OFF_HOURS, assumed=assumed)
        yield Span(start=opens, end=closes, counted=True, reason=Reason.COUNTED, assumed=assumed)
        begin = closes
    if begin < end:
        yield Span(start=begin, end=end, counted=False, reason=Reason.OFF_HOURS, assumed=assumed)
