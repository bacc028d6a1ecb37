"""What is left, counted towards the due time, is what the explained clock says (W4.1)."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import Struct

from huicheng.calendar import Calendar, seed_days, seed_hours, seed_years
from huicheng.calendar.calendar import LimitType
from huicheng.city import parse_instant

HOUR = 3_600_000_000
#: A Friday before the long holiday of October, and days around it.
OPENED = parse_instant("2026-09-25T15:20:00+08:00")


class Limit(Struct, frozen=True, kw_only=True):
    value: float
    type: LimitType


@pytest.fixture(scope="module")
def days() -> Calendar:
    hours = dict(zip(("spans", "zone", "source", "verified"), seed_hours(), strict=True))
    table = [dict(zip(("day", "working", "name", "source"), row, strict=True)) for row in seed_days()]
    return Calendar.from_rows(hours, table, [{"year": row[0]} for row in seed_years()])


@pytest.mark.parametrize("type", ["urgent_hour", "work_hour", "work_day", "natural_day"])
@pytest.mark.parametrize("value", [1, 4, 9])
def test_at_every_hour_of_three_weeks_both_readings_agree(days: Calendar, type: LimitType, value: int) -> None:
    limit = Limit(value=value, type=type)
    due = days.due(OPENED, limit).at
    assert due is not None
    for hour in range(0, 21 * 24, 5):
        at = OPENED + hour * HOUR + 7_000_000
        assert days.left(OPENED, at, due, limit) == days.remaining(OPENED, at, limit)
    assert days.left(OPENED, due, due, limit) == 0
    assert date(2026, 10, 1) in days.days.overrides
