"""One SELECT for all rules of a type: values of every kind, and unknown ones (N1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
import rulebook

from huicheng.packs import Rule, Table
from huicheng.rules.limits import day_number
from huicheng.rules.program import programs
from huicheng.rules.verdicts import CLEARS, FIRES, HOLDS, SEVERITIES, UNKNOWN, Bench, Verdicts


def judged(*rules: Rule, on: date = date(2013, 3, 1), **values: list[Any]) -> list[Verdicts]:
    bench = Bench()
    held = {name: np.array([*column, None], dtype=object)[:-1] for name, column in values.items()}
    length = len(next(iter(held.values())))
    found = bench.judge(
        programs([rulebook.pack(**{f"r{place}": rule for place, rule in enumerate(rules)})]),
        held,
        np.full(length, day_number(on)),
    )
    bench.close()
    return found


def signals(fires: str, **values: list[Any]) -> list[int]:
    [verdict] = judged(rulebook.hourly(fires=fires, clears=None, severity="'warning'"), **values)
    return verdict.signal.tolist()


@pytest.mark.parametrize(
    ("fires", "column", "expected"),
    [
        ("pm25 > 10", [11.0, 9, None, "many", True, float("nan")], [FIRES, CLEARS] + [UNKNOWN] * 4),
        ("wind = 'N'", ["N", "北", None, 5], [FIRES, CLEARS, UNKNOWN, UNKNOWN]),
        ("open", [True, False, None, "yes", 1], [FIRES, CLEARS] + [UNKNOWN] * 3),
        (
            "seen > TIMESTAMP '2013-03-01T00:00:00Z'",
            ["2013-03-01T08:00:01+08:00", "2013-03-01T00:00:00Z", "x"],
            [2, 3, 0],
        ),
    ],
)
def test_a_value_of_another_kind_than_declared_is_unknown(fires: str, column: list[Any], expected: list[int]) -> None:
    name = fires.split(" ", maxsplit=1)[0]
    assert signals(fires, **{name: column}) == expected


def test_all_rows_unknown_is_no_fault() -> None:
    assert signals("wind = 'N'", wind=[None, None]) == [UNKNOWN, UNKNOWN]


def test_rules_of_one_select_do_not_mix_their_limits() -> None:
    low = rulebook.hourly(limits={"high": [rulebook.limit(10.0)], "low": [rulebook.limit(5.0)]})
    first, second = judged(rulebook.hourly(), low, pm25=[4.0, 7.0, 20.0, 260.0, 310.0])
    assert first.signal.tolist() == [CLEARS, CLEARS, CLEARS, HOLDS, FIRES]
    assert second.signal.tolist() == [CLEARS, HOLDS, FIRES, FIRES, FIRES]


def test_a_severity_is_a_rank_and_an_unknown_one_is_a_warning() -> None:
    rule = rulebook.hourly(severity="CASE WHEN pm10 > 1 THEN 'extreme' WHEN pm10 < 0 THEN NULL ELSE 'notice' END")
    [verdict] = judged(rule, pm25=[1.0] * 3, pm10=[2.0, 0.5, -1.0])
    assert [SEVERITIES[rank] for rank in verdict.severity] == ["extreme", "notice", "warning"]


def table(top: float, since: date) -> Table:
    return Table(points=[(0, 0), (100, top)], unit="GQ", valid_from=since, source="a test", verified=False)


@pytest.mark.parametrize(
    ("day", "expected"), [(date(1999, 1, 1), None), (date(2013, 1, 1), 50), (date(2026, 3, 1), 100)]
)
def test_a_derived_figure_comes_from_the_table_of_the_day(day: date, expected: float | None) -> None:
    tables = {"index": [table(100, date(2000, 1, 1)), table(200, date(2026, 3, 1))]}
    rule = rulebook.hourly(
        tables=tables, derive={"iaqi": "piecewise(pm25, index)", "half": "iaqi / 2"}, fires="half > 20"
    )
    [verdict] = judged(rule, on=day, pm25=[50.0])
    assert verdict.figures_at(0)["iaqi"] == expected
    assert verdict.figures_at(0)["half"] == (None if expected is None else expected / 2)
    assert verdict.signal[0] == (UNKNOWN if expected is None else FIRES)
