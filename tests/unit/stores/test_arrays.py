"""Columns of numbers come back bit for bit, in few bytes."""

from __future__ import annotations

import numpy as np
import pytest

from huicheng.stores.feed.arrays import PackedInts, pack_floats, pack_ints, unpack_floats, unpack_ints

HOUR = 3_600_000_000
INTS = [
    [],
    [7],
    [5, 5, 5],
    [-3, 4, 250],
    [0, 1 << 40],
    [-(1 << 63), (1 << 63) - 1],
    [1_767_225_600_000_000 + HOUR * n for n in range(100)],
    [1_767_225_600_000_001, 1_767_225_600_000_000],
]
FLOATS = [
    [],
    [1.5, 2.25, -3.125],
    [0.1, 0.2, 12.3, 999.999],
    [1e300, -1e-300],
    [float(1 << 53), 0.5],
    [float("nan"), 1.0],
    [float("inf"), -float("inf")],
    [0.1 + 0.2],
]


@pytest.mark.parametrize("values", INTS, ids=str)
def test_integers_come_back_as_they_were(values: list[int]) -> None:
    assert unpack_ints(pack_ints(values)).tolist() == values


@pytest.mark.parametrize("values", FLOATS, ids=str)
def test_floats_come_back_bit_for_bit(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    assert unpack_floats(pack_floats(array)).tobytes() == array.tobytes()


def test_random_floats_come_back_bit_for_bit() -> None:
    rng = np.random.default_rng(11)
    for decimals in (0, 1, 2, 3, 4, 17):
        array = np.round(rng.normal(0, 1e4, 2000), decimals) + 0.0
        assert unpack_floats(pack_floats(array)).tobytes() == array.tobytes()


def test_values_that_are_equal_cost_nothing() -> None:
    assert pack_ints([9] * 1000) == PackedInts(1000, 9)


def test_hours_cost_a_byte_each_and_readings_two() -> None:
    assert len(pack_ints(np.arange(200) * HOUR).offsets) == 200
    assert len(pack_floats(np.arange(300) / 10).ints.offsets) == 600
