"""Periods by the calendar in UTC (ISO 8601; CIM 009, 4.5.19). Serves Q2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huicheng.city import parse_instant, rfc3339
from huicheng.context.duration import Duration, parse_duration
from huicheng.context.faults import BadTimeRange


def _starts(text: str, first: str, numbers: range = range(4)) -> list[str]:
    duration = parse_duration(text, place="aggrPeriodDuration")
    return [rfc3339(duration.start(parse_instant(first), number)) for number in numbers]


@pytest.mark.parametrize(
    ("text", "first", "starts"),
    [
        ("P1M", "2026-01-31T08:00:00Z", ["01-31", "02-28", "03-31", "04-30"]),
        ("P3M", "2026-01-01T08:00:00Z", ["01-01", "04-01", "07-01", "10-01"]),
        ("P1W", "2026-01-29T08:00:00Z", ["01-29", "02-05", "02-12", "02-19"]),
        ("P1M1D", "2026-01-01T08:00:00Z", ["01-01", "02-02", "03-03", "04-04"]),
    ],
)
def test_months_are_as_long_as_the_calendar_has_them(text: str, first: str, starts: list[str]) -> None:
    assert _starts(text, first) == [f"2026-{day}T08:00:00Z" for day in starts]


def test_a_leap_day_comes_again_after_four_years() -> None:
    found = _starts("P1Y", "2024-02-29T00:00:00Z", range(5))
    assert [one[:10] for one in found] == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


@pytest.mark.parametrize("text", ["P", "PT", "P1X", "1M", "P0M", "P-1M", "P1.5Y", "P1H", 7, ["P1M"]])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(BadTimeRange):
        parse_duration(text, place="aggrPeriodDuration")


@given(
    st.builds(Duration, months=st.integers(0, 130_000), rest=st.integers(0, 10**15)).filter(bool),
    st.integers(parse_instant("0001-01-01T00:00:00Z"), parse_instant("9000-01-01T00:00:00Z")),
    st.integers(0, 10**16),
)
def test_a_moment_lies_between_the_start_of_its_period_and_the_next(duration: Duration, first: int, later: int) -> None:
    moment = first + later
    number = duration.number(first, moment)
    assert duration.start(first, number) <= moment < duration.start(first, number + 1)
