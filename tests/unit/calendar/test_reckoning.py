"""Many cases at once are reckoned as one by one (W4.1)."""

from __future__ import annotations

import random
from datetime import date, time
from typing import get_args

import pytest

from huicheng.calendar import Calendar, Day, Days, Pause, Reckoning, WorkingHours
from huicheng.calendar.calendar import LimitType
from huicheng.city import parse_instant
from huicheng.packs import ClockLimit

HOUR = 3_600_000_000
FIRST = parse_instant("2025-12-20T00:00:00+08:00")
LAST = parse_instant("2026-03-20T00:00:00+08:00")


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """A long holiday, a Saturday that is worked, and a year that is not known."""
    holiday = [Day(day=date(2026, 2, day), working=False, name="春节") for day in range(15, 24)]
    saturday = Day(day=date(2026, 2, 28), working=True)
    hours = WorkingHours(spans=((time(9), time(12)), (time(14), time(18))))
    return Calendar(hours=hours, days=Days.of([*holiday, saturday], [2026]))


def stretches(seed: int) -> list[tuple[int, int, list[Pause]]]:
    """Openings, closings and pauses that overlap, reach over the ends, or are empty."""
    dice = random.Random(seed)  # noqa: S311 - samples, not secrets
    found = []
    for _ in range(200):
        opened = dice.randrange(FIRST, LAST)
        until = min(LAST, opened + dice.randrange(40 * 24) * HOUR + dice.randrange(HOUR))
        starts = [dice.randrange(opened - HOUR, until + HOUR) for _ in range(dice.randrange(4))]
        found.append((opened, until, [Pause(start=at, end=at + dice.randrange(200) * HOUR) for at in starts]))
    return found


@pytest.mark.parametrize("type", get_args(LimitType))
def test_bulk_and_single_arithmetic_agree_to_the_microsecond(calendar: Calendar, type: LimitType) -> None:
    bulk = Reckoning(calendar, FIRST - HOUR, LAST + HOUR)
    limit = ClockLimit(value=1, type=type, source="test")
    for opened, until, pauses in stretches(7):
        one_by_one = calendar.elapsed(opened, until, limit, pauses)
        assert bulk.counted(opened, until, type, pauses) == one_by_one.counted


def test_a_year_whose_holidays_are_not_known_is_told(calendar: Calendar) -> None:
    bulk = Reckoning(calendar, FIRST, LAST)
    assert bulk.assumed(FIRST, FIRST + HOUR)
    assert not bulk.assumed(parse_instant("2026-01-05T09:00:00+08:00"), LAST)
    assert bulk.local_day(FIRST) == date(2025, 12, 20)
