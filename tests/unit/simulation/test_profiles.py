"""Profiles of the week: worked out of real data, and followed by what is made of them (W4.2, N1)."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import duckdb
import pytest
from simulated import declared

from huicheng.simulation.chance import Wander, eased
from huicheng.simulation.profile import Course, filled, read_profiles

HOUR = 3600.0


def test_a_tables_figure_is_what_the_real_data_say(test_data: Path) -> None:
    """Tuesday, 8 to 9 in the morning, in Birmingham: by SQL alone, where the tool does it with numpy."""
    table = read_profiles(declared()["traffic/roads"].data["parking"]).quantities["occupancy"]
    query = f"""
        WITH rows AS (
            SELECT least(1, greatest(0, Occupancy / Capacity)) AS share, LastUpdated::TIMESTAMP AS moment
            FROM read_csv('{test_data / "birmingham_parking" / "parking.csv.gz"}')
        )
        SELECT avg(share), stddev_pop(share), count(*) FROM rows WHERE isodow(moment) = 2 AND hour(moment) = 8
    """  # noqa: S608 - a path of ours
    found = duckdb.sql(query).fetchone()
    assert found is not None
    mean, spread, count = found
    assert table.mean[24 + 8] == pytest.approx(mean, abs=1e-4)
    assert table.spread[24 + 8] == pytest.approx(spread, abs=1e-4)
    assert table.count[24 + 8] == count


def test_every_table_names_its_source_and_has_values_for_the_whole_week() -> None:
    roads = declared()["traffic/roads"].data
    air = declared()["simulated/air"].data["air"]
    parking = read_profiles(roads["parking"])
    assert None not in filled(parking.quantities["occupancy"], parking.quantities["night"]).mean
    for file in (roads["flow"], air):
        table = read_profiles(file)
        assert "CC BY 4.0" in table.source
        assert all(None not in one.mean and 0 < one.kept < 1 for one in table.quantities.values())


def test_real_mornings_are_fuller_than_real_nights() -> None:
    flow = read_profiles(declared()["traffic/roads"].data["flow"]).quantities["flow"]
    assert flow.mean[8] is not None
    assert flow.mean[3] is not None
    assert flow.mean[8] > 10 * flow.mean[3]


def test_a_course_without_swing_is_its_profile_between_the_hours() -> None:
    flow = read_profiles(declared()["traffic/roads"].data["flow"]).quantities["flow"]
    still = Course(flow, "1", swing=0)
    assert still.at(8.5 * HOUR) == pytest.approx(flow.mean[8])
    assert still.at((168 + 8.5) * HOUR) == pytest.approx(flow.mean[8])
    between = still.at(9 * HOUR)
    assert between == pytest.approx(fmean([flow.mean[8] or 0, flow.mean[9] or 0]))


@pytest.mark.parametrize("step", [1.0, 60.0, 600.0])
def test_what_wanders_has_the_memory_that_the_data_have_whatever_the_step(step: float) -> None:
    wander = Wander("1", kept=0.5, period=600.0)
    pairs = []
    for _ in range(4000):
        before = wander.value
        for _ in range(round(600 / step)):
            wander.advance(step)
        pairs.append((before, wander.value))
    products = fmean(one * other for one, other in pairs)
    squares = fmean(one * one for one, _ in pairs)
    assert squares == pytest.approx(1, abs=0.12)
    assert products / squares == pytest.approx(0.5, abs=0.06)


def test_what_eases_has_done_two_thirds_after_its_lag_in_one_step_or_many() -> None:
    once, often = eased(0, 1, 600, 600), 0.0
    for _ in range(60):
        often = eased(often, 1, 10, 600)
    assert once == pytest.approx(0.632, abs=0.001)
    assert often == pytest.approx(once)
