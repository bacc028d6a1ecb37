"""Limits hold by the date of the observation (architecture: a threshold has a date from which it holds)."""

from __future__ import annotations

from datetime import date

import numpy as np
import rulebook

from huicheng.packs import Table
from huicheng.rules.limits import day_number, in_force, last_begun, limit_values, row_on

ROWS = [
    rulebook.limit(60.0, date(2026, 3, 1), date(2031, 1, 1)),
    rulebook.limit(75.0, date(2013, 1, 1), date(2026, 3, 1)),
    rulebook.limit(None, date(2031, 1, 1)),
]


def values_on(*days: date) -> list[float]:
    return limit_values(ROWS, np.array([day_number(day) for day in days])).tolist()


def test_each_day_is_judged_by_the_row_in_force_on_it() -> None:
    assert values_on(date(2013, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(2030, 12, 31)) == [75, 75, 60, 60]


def test_before_the_first_row_and_where_the_value_is_not_known_the_limit_is_unknown() -> None:
    assert np.isnan(values_on(date(2012, 12, 31), date(2031, 1, 1))).all()


def test_one_day_alone_finds_the_same_row_as_many_together() -> None:
    days = [date(2012, 12, 31), date(2013, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(2031, 1, 1)]
    alone = [row_on(ROWS, day) for day in days]
    together = in_force(ROWS, np.array([day_number(day) for day in days])).tolist()
    assert alone == [ROWS[place] if place >= 0 else None for place in together]


def test_a_row_that_has_ended_without_a_successor_is_unknown() -> None:
    only = [rulebook.limit(75.0, date(2013, 1, 1), date(2026, 3, 1))]
    assert row_on(only, date(2026, 2, 28)) is only[0]
    assert row_on(only, date(2026, 3, 1)) is None


def test_a_table_that_has_ended_stays_in_use_until_a_later_one_begins() -> None:
    table = Table(
        points=[(0, 0), (35, 50)],
        unit="GQ",
        valid_from=date(2013, 1, 1),
        valid_until=date(2026, 3, 1),
        source="a test",
        verified=False,
    )
    assert last_begun([table], date(2026, 3, 1)) is table
    assert last_begun([table], date(2012, 12, 31)) is None
