"""Formulas of indicators: versions, periods, and rounding (W8.7, N4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from packed import known

from huicheng.city import parse_instant
from huicheng.expressions import ExpressionError, evaluate
from huicheng.indicators.counting import Counted, digest
from huicheng.indicators.formula import formula, rate, version_on
from huicheng.indicators.periods import Kind, period_of
from huicheng.packs import Indicator, IndicatorVersion

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER = period_of(parse_instant("2026-11-22T09:00:00+08:00"), "month", SHANGHAI)


def version(number: int = 1, valid_from: str = "2013-01-01", **changes: str) -> IndicatorVersion:
    known = {"denominator": "dueAt >= period_start AND dueAt < period_end", "numerator": "inTime", **changes}
    return IndicatorVersion(version=number, valid_from=date.fromisoformat(valid_from), words={}, **known)


def test_rates_agree_with_a_published_bulletin() -> None:
    """应结案 972, 结案 911 → 93.72 %, 按期结案 737 → 75.82 % (bulletin of 2017): both divide by what was due."""
    assert rate(911, 972) == Decimal("93.72")
    assert rate(737, 972) == Decimal("75.82")


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, "33.33"), (2, 3, "66.67"), (1, 1600, "0.06"), (3, 1600, "0.19"), (5, 5, "100.00"), (0, 7, "0.00")],
)
def test_halves_are_rounded_away_from_zero(part: int, whole: int, expected: str) -> None:
    assert rate(part, whole) == Decimal(expected)


def test_of_nothing_there_is_no_rate() -> None:
    assert rate(0, 0) is None


@pytest.mark.parametrize(
    ("kind", "label", "start", "end"),
    [
        ("day", "2026-12-31", "2026-12-31", "2027-01-01"),
        ("month", "2026-12", "2026-12-01", "2027-01-01"),
        ("quarter", "2026-Q4", "2026-10-01", "2027-01-01"),
        ("year", "2026", "2026-01-01", "2027-01-01"),
    ],
)
def test_periods_are_local(kind: Kind, label: str, start: str, end: str) -> None:
    # 16:30 UTC on the 30th is the 31st in Shanghai.
    period = period_of(parse_instant("2026-12-30T16:30:00Z"), kind, SHANGHAI)
    assert period.label == label
    assert period.start == parse_instant(f"{start}T00:00:00+08:00")
    assert period.end == parse_instant(f"{end}T00:00:00+08:00")


def test_a_period_is_half_open() -> None:
    first = period_of(parse_instant("2026-12-01T00:00:00+08:00"), "month", SHANGHAI)
    last = period_of(parse_instant("2026-11-30T23:59:59.999999+08:00"), "month", SHANGHAI)
    assert (first.label, last.label) == ("2026-12", "2026-11")


@pytest.mark.parametrize(
    ("due", "belongs"),
    [
        ("2026-10-31T15:59:59.999999Z", False),
        ("2026-10-31T16:00:00Z", True),
        ("2026-11-30T15:59:59.999999Z", True),
        ("2026-11-30T16:00:00Z", False),
        (None, False),
    ],
)
def test_rows_belong_to_the_period_by_its_local_bounds(due: str | None, belongs: bool) -> None:  # noqa: FBT001 - a table
    assert (evaluate(formula(version(), NOVEMBER).denominator, _known(dueAt=due)) is True) is belongs


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def test_the_version_that_held_at_the_beginning_of_a_period_counts_it() -> None:
    indicator = Indicator(
        name={}, unit="P1", direction="up", source="", over="Case", versions=[version(1), version(2, "2026-12-01")]
    )
    assert version_on(indicator, date(2026, 11, 1)) == version(1)
    assert version_on(indicator, date(2026, 12, 1)) == version(2, "2026-12-01")
    assert version_on(indicator, date(2012, 12, 31)) is None


def test_a_formula_with_a_slip_is_refused_with_its_place() -> None:
    with pytest.raises(ExpressionError, match="environment/x version 1"):
        formula(version(denominator="dueAt >="), NOVEMBER, place="environment/x version 1")


def test_every_formula_of_the_packs_reads() -> None:
    for pack in known():
        for key, indicator in pack.indicators.items():
            for one in indicator.versions:
                assert formula(one, NOVEMBER, place=f"{pack.id}/{key}").version == one.version


def test_equal_rows_have_an_equal_digest_and_others_another() -> None:
    row = Counted(entity="urn:a", version=3, in_numerator=True)
    base = digest("p/i", 1, "2026-11", [row])
    # Dispatched in between, say: the figure and what it rests on are the same.
    assert base == digest("p/i", 1, "2026-11", [Counted(entity="urn:a", version=4, in_numerator=True)])
    others = [
        digest("p/i", 2, "2026-11", [row]),
        digest("p/i", 1, "2026-12", [row]),
        digest("p/i", 1, "2026-11", []),
        digest("p/i", 1, "2026-11", [Counted(entity="urn:b", version=3, in_numerator=True)]),
        digest("p/i", 1, "2026-11", [Counted(entity="urn:a", version=3, in_numerator=False)]),
    ]
    assert len({base, *others}) == 6
