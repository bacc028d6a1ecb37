"""What time it is for cases (Q1: a replay is judged as if it happened)."""

from __future__ import annotations

import pytest

from huicheng.calendar import CaseClock
from huicheng.errors import Invalid

HOUR = 3_600_000_000
WALL = 1_800_000_000_000_000
EVENT = 1_362_000_000_000_000


def test_a_wall_clock_shows_the_time() -> None:
    assert CaseClock().now(WALL) == WALL


def test_a_replay_runs_at_its_speed_from_its_anchor() -> None:
    clock = CaseClock().replayed_from(EVENT, WALL, 3600)
    assert clock.now(WALL) == EVENT
    assert clock.now(WALL + 1_000_000) == EVENT + HOUR


def test_a_replay_goes_on_from_where_it_is_when_its_speed_changes() -> None:
    fast = CaseClock().replayed_from(EVENT, WALL, 3600)
    slow = fast.replayed_from(EVENT, WALL + 1_000_000, 1)
    assert slow.now(WALL + 1_000_000) == EVENT + HOUR
    assert slow.now(WALL + 2_000_000) == EVENT + HOUR + 1_000_000


def test_a_replay_does_not_run_before_its_anchor() -> None:
    assert CaseClock().replayed_from(EVENT, WALL, 60).now(WALL - HOUR) == EVENT


def test_a_clock_survives_its_table() -> None:
    clock = CaseClock().replayed_from(EVENT, WALL, 2)
    names = ("kind", "anchor_event", "anchor_wall", "speed")
    assert CaseClock.from_row(dict(zip(names, clock.row(), strict=True))) == clock


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_clock_needs_a_speed(speed: float) -> None:
    with pytest.raises(Invalid):
        CaseClock(kind="replay", speed=speed)
