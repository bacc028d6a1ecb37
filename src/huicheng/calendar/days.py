"""Which days are worked: weekends, public holidays, and the working weekends that make up for them (调休)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import msgspec

_SATURDAY = 5


class DayKind(StrEnum):
    """Why a day is worked or not; each is also the English message id shown for it."""

    WORKING = "working day"
    MAKE_UP = "working day in exchange for a holiday"
    WEEKEND = "weekend"
    HOLIDAY = "public holiday"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the editable table: it overrides what its weekday says."""

    day: date
    working: bool
    #: Of the holiday, in Chinese, e.g. 春节.
    name: str = ""
    source: str = ""


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """The table: overrides, and the years whose arrangement has been published and entered."""

    overrides: Mapping[date, Day]
    years: frozenset[int]

    @classmethod
    def of(cls, days: Iterable[Day], years: Iterable[int]) -> Days:
        return cls(overrides={day.day: day for day in days}, years=frozenset(years))

    @classmethod
    def from_rows(cls, days: Iterable[Mapping[str, Any]], years: Iterable[Mapping[str, Any]]) -> Days:
        """From the store's ``calendar.days`` and ``calendar.years``."""
        read = (
            Day(day=date.fromisoformat(r["day"]), working=bool(r["working"]), name=r["name"], source=r["source"])
            for r in days
        )
        return cls.of(read, (row["year"] for row in years))

    def kind(self, day: date) -> DayKind:
        """What sort of day it is; on a year not known, its weekday decides."""
        override = self.overrides.get(day)
        weekend = day.weekday() >= _SATURDAY
        if override is None:
            return DayKind.WEEKEND if weekend else DayKind.WORKING
        if override.working:
            return DayKind.MAKE_UP if weekend else DayKind.WORKING
        return DayKind.HOLIDAY

    def works(self, day: date) -> bool:
        return self.kind(day) in {DayKind.WORKING, DayKind.MAKE_UP}

    def name(self, day: date) -> str:
        """Of the holiday; "" on other days."""
        override = self.overrides.get(day)
        return override.name if override else ""

    def assumed(self, day: date) -> bool:
        """True when the year's arrangement is not in the table: only weekends are assumed."""
        return day.year not in self.years and day not in self.overrides

    def known_until(self, today: date) -> date | None:
        """The last day of the run of known years that holds ``today``; ``None`` when its year is not known."""
        year = today.year
        if year not in self.years:
            return None
        while year + 1 in self.years:
            year += 1
        return date(year, 12, 31)

    def ends_soon(self, today: date, within: timedelta = timedelta(days=92)) -> bool:
        """True when the table ends within a quarter: somebody should enter the next year now.

        The State Council publishes a year's arrangement in the November before it.
        """
        until = self.known_until(today)
        return until is None or until - today <= within
