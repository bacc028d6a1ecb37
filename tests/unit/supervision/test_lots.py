"""Lots that anybody can draw again (W4.4): the method, held against one written from its description alone."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from huicheng.supervision.lots import Lot, assign, choose, commitment, seed_of

SEED = seed_of(b"\x01" * 32, "二十二")


def lots(*weights: float) -> list[Lot]:
    return [Lot(id=f"object-{number}", weight=f"{weight:g}") for number, weight in enumerate(weights)]


def as_described(seed: bytes, objects: list[Lot], number: int) -> list[str]:
    """Steps 2 and 3 of docs/reference/supervision.md, with floating point."""

    def rank(lot: Lot) -> float:
        mac = hmac.new(seed, b"object\0" + lot.id.encode(), hashlib.sha256).hexdigest()
        return -math.log((int(mac, 16) + 1) / 2**256) / float(lot.weight)

    return [lot.id for lot in sorted(objects, key=rank)][:number]


def test_another_program_that_follows_the_description_draws_the_same() -> None:
    register = lots(*([1, 2, 4, 8] * 50))
    assert choose(SEED, register, 30) == as_described(SEED, register, 30)


def test_the_seed_is_the_secret_and_the_words_and_the_commitment_is_of_the_secret_alone() -> None:
    assert seed_of(b"a", "b") == hashlib.sha256(b"a\0b").digest()
    assert seed_of(b"a", "c") != seed_of(b"a", "b") != seed_of(b"b", "b")
    assert commitment(b"a") == hashlib.sha256(b"a").hexdigest()


def test_the_order_of_the_register_changes_nothing() -> None:
    register = lots(*range(1, 40))
    assert choose(SEED, register, 7) == choose(SEED, list(reversed(register)), 7)


def test_twice_the_weight_is_drawn_first_twice_as_often() -> None:
    """Of three objects weighing 1, 1 and 2 the third comes first in half of all draws: 4 standard deviations wide."""
    register = lots(1, 1, 2)
    first = Counter(choose(seed_of(number.to_bytes(4, "big"), ""), register, 1)[0] for number in range(4_000))
    assert abs(first["object-2"] - 2_000) < 4 * math.sqrt(4_000 * 0.25)
    assert abs(first["object-0"] - 1_000) < 4 * math.sqrt(4_000 * 0.1875)


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=30), st.integers(0, 40), st.binary(min_size=32, max_size=32))
def test_nothing_is_drawn_twice_and_never_more_than_there_is(weights: list[float], number: int, seed: bytes) -> None:
    drawn = choose(seed, lots(*weights), number)
    assert len(drawn) == len(set(drawn)) == min(number, len(weights))


def test_whoever_has_a_conflict_never_goes_there_and_the_work_is_even() -> None:
    objects = [f"o{number}" for number in range(20)]
    drawn = assign(SEED, objects, ["anna", "bo", "chen", "dan"], {"o3": ["anna"], "o4": ["anna", "bo"]}, 2)
    by_object = {one.id: set(one.inspectors) for one in drawn}
    assert "anna" not in by_object["o3"]
    assert by_object["o4"] == {"chen", "dan"}
    assert all(len(inspectors) == 2 for inspectors in by_object.values())
    load = Counter(who for one in drawn for who in one.inspectors)
    assert max(load.values()) - min(load.values()) <= 2


def test_an_object_that_too_few_may_inspect_gets_those_there_are() -> None:
    [only] = assign(SEED, ["o"], ["anna", "bo"], {"o": ["bo"]}, 2)
    assert only.inspectors == ("anna",)
