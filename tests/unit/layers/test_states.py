"""The state of a layer as one expression: first true wins, by the limits of the reading's day. Serves W8.1."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from packed import known

from huicheng.city import parse_instant
from huicheng.expressions import evaluate, evaluate_columns
from huicheng.layers import CODES, MapLayer, layers_of

PLENTY = Path(__file__).parents[2] / "packs" / "plenty"
TODAY = date(2026, 11, 22)
OBSERVED = "@observed"


@pytest.fixture(scope="module")
def wells() -> MapLayer:
    return layers_of(known(PLENTY))["plenty/wells"]


def state(layer: MapLayer, level: float | None, at: str | None) -> float | str | bool | int | None:
    observed = None if at is None else parse_instant(at)
    return evaluate(layer.expression(TODAY), {"waterLevel": level, OBSERVED: observed})


@pytest.mark.parametrize(
    ("level", "found"),
    [(0.9, "severe"), (0.7, "warning"), (0.5, "notice"), (0.1, "normal"), (0.8, "warning"), (None, "unknown")],
)
def test_the_first_state_that_is_true_wins(wells: MapLayer, level: float | None, found: str) -> None:
    assert state(wells, level, "2026-11-22T08:00:00Z") == CODES[found]


def test_a_reading_is_set_beside_the_limit_of_its_own_local_day(wells: MapLayer) -> None:
    # The limit went from 1.0 to 0.8 with the first of January in Shanghai.
    assert state(wells, 0.9, "2025-12-31T15:59:59Z") == CODES["warning"]
    assert state(wells, 0.9, "2025-12-31T16:00:00Z") == CODES["severe"]


def test_before_the_first_limit_nothing_is_known(wells: MapLayer) -> None:
    assert state(wells, 5.0, "2019-06-01T00:00:00Z") == CODES["unknown"]


def test_a_thing_without_a_time_is_set_beside_the_limits_of_today(wells: MapLayer) -> None:
    assert state(wells, 0.9, None) == CODES["severe"]


def test_columns_give_the_same_states_as_one_row_after_the_other(wells: MapLayer) -> None:
    dice = np.random.default_rng(3)
    level = np.where(dice.random(500) < 0.1, np.nan, dice.uniform(0, 1.2, 500))
    first, last = micros_of("2019-01-01"), micros_of("2027-01-01")
    at = dice.integers(first, last, 500)
    found = evaluate_columns(wells.expression(TODAY), {"waterLevel": level, OBSERVED: at})
    one_by_one = [
        evaluate(wells.expression(TODAY), {"waterLevel": float(value), OBSERVED: int(moment)})
        for value, moment in zip(level, at, strict=True)
    ]
    assert found.tolist() == one_by_one
    assert len(set(one_by_one)) == 5


def test_texts_and_no_rows_are_columns_too() -> None:
    pipes = layers_of(known(PLENTY))["plenty/pipes"]
    held = np.array(["open", "shut", None, "ajar"], dtype=object)
    found = evaluate_columns(pipes.expression(TODAY), {"status": held})
    assert found.tolist() == [CODES["normal"], CODES["notice"], CODES["unknown"], CODES["unknown"]]
    assert len(evaluate_columns(pipes.expression(TODAY), {"status": held[:0]})) == 0


def micros_of(day: str) -> int:
    return parse_instant(f"{day}T00:00:00+08:00")


def test_every_layer_of_every_built_in_pack_can_be_reckoned() -> None:
    for layer in layers_of(known(PLENTY)).values():
        unknown = dict.fromkeys(layer.expression(TODAY).names)
        assert evaluate(layer.expression(TODAY), unknown, layer.points(TODAY)) in CODES.values(), layer.id
