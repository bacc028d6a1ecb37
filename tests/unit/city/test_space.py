"""Pieces of the air meet in plan, in height and in time at once, or not at all; what is not known holds all (W1.2)."""

from __future__ import annotations

from typing import Any

import pytest

from huicheng.city import SPACE_ATTRIBUTES, meeting, space_of

#: East to west across a north to south line at 109.2, 27.7.
OWN = {
    "location": {"type": "LineString", "coordinates": [[109.19, 27.7], [109.21, 27.7]]},
    "floor": 80,
    "ceiling": 120,
    "validFrom": "2025-09-22T09:00:00+08:00",
    "validTo": "2025-09-22T11:00:00+08:00",
}
CROSSING = {
    **OWN,
    "location": {"type": "LineString", "coordinates": [[109.2, 27.69], [109.2, 27.71]]},
    "floor": 100,
    "ceiling": 150,
    "validFrom": "2025-09-22T02:30:00Z",
    "validTo": "2025-09-22T04:00:00Z",
}


def met(other: dict[str, Any], **near: float) -> Any:
    return meeting(space_of(OWN), space_of(other), **near)


def test_lines_that_cross_at_one_height_and_time_meet_where_both_are() -> None:
    found = met(CROSSING)
    assert (found.distance, found.floor, found.ceiling, found.unknown) == (0, 100, 120, ())
    assert found.ends - found.begins == 30 * 60 * 1_000_000


@pytest.mark.parametrize(
    "changed",
    [
        {"floor": 120},
        {"ceiling": 80, "floor": 0},
        {"validFrom": "2025-09-22T11:00:00+08:00", "validTo": "2025-09-22T12:00:00+08:00"},
        {"validTo": "2025-09-22T01:00:00Z", "validFrom": "2025-09-22T00:00:00Z"},
        {"location": {"type": "LineString", "coordinates": [[109.22, 27.69], [109.22, 27.71]]}},
    ],
)
def test_one_of_the_three_apart_is_enough_and_what_only_touches_does_not_meet(changed: dict[str, Any]) -> None:
    assert met({**CROSSING, **changed}) is None


def test_within_so_many_metres_beside_or_above_counts_as_met() -> None:
    # 0.0005° of latitude are 55.6 m.
    beside = {**CROSSING, "location": {"type": "LineString", "coordinates": [[109.19, 27.7005], [109.21, 27.7005]]}}
    assert met(beside) is None
    assert met(beside, apart=50) is None
    assert met(beside, apart=60).distance == pytest.approx(55.6, abs=0.1)
    above = {**CROSSING, "floor": 135}
    assert met(above, above=15) is None
    assert (met(above, above=20).floor, met(above, above=20).ceiling) == (135, 120)


def test_a_line_within_an_area_meets_it_and_one_around_it_does_not() -> None:
    def area(west: float, east: float) -> dict[str, Any]:
        ring = [[west, 27.69], [east, 27.69], [east, 27.71], [west, 27.71], [west, 27.69]]
        return {**CROSSING, "location": {"type": "Polygon", "coordinates": [ring]}}

    assert met(area(109.18, 109.22)).distance == 0
    assert met(area(109.22, 109.23)) is None


@pytest.mark.parametrize("name", SPACE_ATTRIBUTES)
@pytest.mark.parametrize("value", [None, "?", {"type": "Point"}, {"type": "LineString", "coordinates": []}, True])
def test_what_is_missing_or_cannot_be_read_holds_everything_and_is_said(name: str, value: Any) -> None:
    found = met({**CROSSING, name: value})
    assert found.unknown == (name,)
    assert (found.distance is None) == (name == "location")


def test_of_nothing_at_all_everything_is_met_and_open_ends_are_none() -> None:
    found = meeting(space_of({}), space_of({}))
    assert found is not None
    assert (found.begins, found.ends, found.ceiling, found.unknown) == (None, None, float("inf"), SPACE_ATTRIBUTES)
