"""A consumer need not write down each window in which nothing was its business (Q1)."""

from __future__ import annotations

from huicheng.stores import Passed
from huicheng.stores.passed import EVERY


class Clock:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_passed_is_not_read_again_though_it_is_not_written() -> None:
    passed = Passed(Clock())
    passed.remember(7, written=3)
    assert passed.after(written=3) == 7
    assert passed.after(written=9) == 9  # another one has come further
    assert Passed(Clock()).after(written=3) == 3  # after a death


def test_a_position_is_written_at_first_and_then_once_in_a_while() -> None:
    clock = Clock()
    passed = Passed(clock)
    assert not passed.remember(5, written=0)
    clock.seconds += EVERY / 2
    assert passed.remember(6, written=5)
    clock.seconds += EVERY / 2
    assert not passed.remember(7, written=5)


def test_a_position_that_stands_is_never_written_again() -> None:
    assert Passed(Clock()).remember(5, written=5)


def test_a_position_at_rest_is_written_when_it_is_time() -> None:
    clock = Clock()
    passed = Passed(clock)
    passed.remember(5, written=0)
    passed.remember(6, written=5)
    clock.seconds += EVERY
    assert not passed.remember(6, written=5)
