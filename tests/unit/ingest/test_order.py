"""Rows arrive in order of event time, at the pace asked for (Q1: a replay is judged as if it happened)."""

from __future__ import annotations

import random

import pytest

from huicheng.ingest.order import NO_TIME, in_time
from huicheng.ingest.problem import Sentence
from huicheng.ingest.replay import Pace
from huicheng.ingest.rows import Flawed, Row

HOUR = 3_600_000_000


def time_of(row: Row) -> int:
    return NO_TIME if row.flawed else int(row.cells[0])


@pytest.mark.parametrize("stretch", [1, 7, 100, 1_000, 5_000])
def test_rows_are_sorted_by_time_then_line_however_little_memory_there_is(stretch: int) -> None:
    dice = random.Random(20261122)  # noqa: S311 - a seeded order, no secret
    rows = [Row(line, [dice.randrange(500), "x" * dice.randrange(300)]) for line in range(1_000)]
    found = list(in_time(iter(rows), time_of, stretch=stretch))
    assert [one.row for one in found] == sorted(rows, key=lambda row: (row.cells[0], row.line))


def test_rows_that_cannot_be_read_come_first_and_keep_what_is_wrong() -> None:
    flawed = Row(3, [], Flawed(Sentence("%(why)s", "mend"), {"why": "cut"}))
    rows = [Row(1, [5]), Row(2, [4]), flawed]
    for stretch in (1, 10):
        found = [one.row for one in in_time(iter(rows), time_of, stretch=stretch)]
        assert found == [flawed, Row(2, [4]), Row(1, [5])]


def test_without_a_speed_nobody_waits() -> None:
    assert Pace(None).delay(10 * HOUR) == 0.0


def test_at_a_speed_an_hour_of_events_takes_its_share_of_a_second() -> None:
    seconds = iter([100.0, 100.0, 100.25, 103.0])
    pace = Pace(7200, now=lambda: next(seconds))
    assert pace.delay(1000 * HOUR) == 0.0
    assert pace.delay(1001 * HOUR) == pytest.approx(0.25)
    assert pace.delay(1002 * HOUR) == pytest.approx(-2.0), "late: at once"
