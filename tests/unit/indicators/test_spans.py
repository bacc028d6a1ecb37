"""Stretches of days that a table stands for, and those it is compared with."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from evaluated import at

from huicheng.errors import Invalid
from huicheng.indicators.spans import before, month_before, span, year_before

ZONE = ZoneInfo("Asia/Shanghai")
NOW = at("2026-11-22T14:05")


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2026-10", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("2026-Q3", "2026-07-01T00:00", "2026-10-01T00:00"),
        ("2025", "2025-01-01T00:00", "2026-01-01T00:00"),
        ("2026-11-20", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("2026-11-02/2026-11-03", "2026-11-02T00:00", "2026-11-04T00:00"),
        ("2026-11", "2026-11-01T00:00", "2026-11-22T14:05"),
        ("last-30-days", "2026-10-24T00:00", "2026-11-22T14:05"),
        ("2027", "2027-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_a_label_stands_for_days_up_to_now(label: str, start: str, end: str) -> None:
    found = span(label, NOW, ZONE)
    assert (found.start, found.end) == (at(start), at(end))


@pytest.mark.parametrize(
    ("label", "earlier", "last_year"),
    [
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026", "2025", "2025"),
        ("2026-03-01", "2026-02-28", "2025-03-01"),
        ("2026-11-02/2026-11-03", "2026-10-31/2026-11-01", "2025-11-02/2025-11-03"),
        ("2024-02-29/2024-02-29", "2024-02-28/2024-02-28", "2023-02-28/2023-02-28"),
        ("last-30-days", "2026-09-24/2026-10-23", "2025-10-24/2025-11-22"),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_with_last_years(label: str, earlier: str, last_year: str) -> None:
    found = span(label, NOW, ZONE)
    assert (before(found, ZONE).label, year_before(found, ZONE).label) == (earlier, last_year)


@pytest.mark.parametrize(
    "label", ["", "2026-13", "2026-Q5", "yesterday", "2026-11-03/2026-11-02", "0000", "2000-01-01/2026-01-01"]
)
def test_what_is_no_period_is_refused(label: str) -> None:
    with pytest.raises(Invalid):
        span(label, NOW, ZONE)


def test_the_month_that_is_over_is_the_one_before() -> None:
    assert month_before(NOW, ZONE).label == "2026-10"


def test_a_month_that_still_runs_is_compared_with_as_much_of_the_one_before() -> None:
    earlier = before(span("2026-11", NOW, ZONE), ZONE)
    assert (earlier.label, earlier.end) == ("2026-10", at("2026-10-22T14:05"))
    whole = before(span("2026-10", NOW, ZONE), ZONE)
    assert whole.end == at("2026-10-01T00:00")
