"""A duration (ISO 8601: ``P1Y6M``, ``P1W``, ``PT1H``) and where its periods begin: months by the calendar in UTC."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

import msgspec

from huicheng.city import Instant, from_micros, micros
from huicheng.context.faults import BadTimeRange

_WRITTEN = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
DAY: Instant = 86_400_000_000
#: The last moment that a date can tell: periods end there.
_LAST = datetime.max.replace(tzinfo=UTC)


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    """How long a period is. Of no length: all of the time is one."""

    months: int = 0
    #: Weeks and what is shorter, µs.
    rest: Instant = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.rest)

    @property
    def stride(self) -> Instant:
        """µs: a length of which each period has a whole number of, from the same moment on; 0: there is none."""
        if not self.months:
            return self.rest
        return 0 if self.rest % DAY else DAY

    def start(self, first: Instant, number: int) -> Instant:
        """Where a period begins (0: the first). Reckoned from the first, so that a short month shortens no other."""
        if not self.months:
            return min(first + number * self.rest, micros(_LAST))
        years, month = divmod(self._month(first) + number * self.months, 12)
        if years > _LAST.year:
            return micros(_LAST)
        began = from_micros(first)
        day = min(began.day, monthrange(years, month + 1)[1])
        return min(micros(began.replace(year=years, month=month + 1, day=day)) + number * self.rest, micros(_LAST))

    def number(self, first: Instant, moment: Instant) -> int:
        """In which period a moment lies."""
        if not self.months:
            return (moment - first) // self.rest
        found = (self._month(moment) - self._month(first)) // self.months
        while self.start(first, found) > moment:
            found -= 1
        return found

    @staticmethod
    def _month(moment: Instant) -> int:
        at = from_micros(moment)
        return at.year * 12 + at.month - 1


def parse_duration(held: Any, *, place: str) -> Duration:
    """Nothing and ``PT0S`` are no length."""
    if held is None or held in ("", "PT0S"):
        return Duration()
    found = _WRITTEN.fullmatch(held) if isinstance(held, str) else None
    years, months, *parts = (int(part or 0) for part in found.groups()) if found else (0, 0)
    seconds = sum(part * factor for part, factor in zip(parts, _SECONDS, strict=False))
    duration = Duration(months=years * 12 + months, rest=seconds * 1_000_000)
    if not duration:
        raise BadTimeRange(place=place, why="%(name)s must be like PT1H, P1D, P1W, P1M or P1Y", name=place)
    return duration
