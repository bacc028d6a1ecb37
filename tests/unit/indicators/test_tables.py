"""Rates, scores and ranks of evaluation tables (W8.7, G4)."""

from __future__ import annotations

from decimal import Decimal

import evaluated
import pytest

from huicheng.indicators.tables import Cell, Table, ranks, score, values

SCHEME = evaluated.kind().evaluation["unit"]


def test_both_rates_divide_by_the_cases_that_were_due() -> None:
    """The bulletin of 2017 on hbcic.net.cn: 972 due, 911 closed, 737 of them in time."""
    found = values(SCHEME, {"due": Cell(n=972), "closed": Cell(n=911, of=972), "in_time": Cell(n=737, of=972)})
    assert (found["due"], found["closed"], found["in_time"]) == (972, Decimal("93.72"), Decimal("75.82"))


def test_of_nothing_there_is_no_rate_and_no_mean() -> None:
    found = values(SCHEME, {"closed": Cell(n=0, of=0), "hours": Cell(n=0, sum=0.0)})
    assert (found["closed"], found["hours"], found["due"]) == (None, None, None)


def test_a_score_is_unknown_while_one_of_its_figures_is() -> None:
    assert score(SCHEME, {"closed": Decimal("93.72"), "in_time": Decimal("75.82")}) == Decimal("82.98")
    assert score(SCHEME, {"closed": Decimal("93.72"), "in_time": None}) is None


def test_a_scheme_without_weights_gives_no_score() -> None:
    assert score(evaluated.kind().evaluation["person"], {"done": 4}) is None


@pytest.mark.parametrize(
    ("scores", "places"),
    [
        ({"a": "9", "b": "9", "c": "8"}, {"a": 1, "b": 1, "c": 3}),
        ({"a": "1", "b": None, "": "9", "c": "2"}, {"c": 1, "a": 2}),
        ({}, {}),
    ],
)
def test_equal_scores_share_a_place_and_the_unknown_has_none(
    scores: dict[str, str | None], places: dict[str, int]
) -> None:
    assert ranks({key: None if one is None else Decimal(one) for key, one in scores.items()}) == places


def test_the_whole_is_counted_from_the_counts_and_not_from_the_rates() -> None:
    rows = {"a": {"closed": Cell(n=1, of=1)}, "b": {"closed": Cell(n=1, of=3)}}
    assert values(SCHEME, Table(rows=rows, footprint=(4, 4)).total())["closed"] == Decimal("50.00")
