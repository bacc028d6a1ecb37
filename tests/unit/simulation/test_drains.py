"""Drains under rain: what floods, what a pump does about it, and that it comes again (W4.8, S1, N1)."""

from __future__ import annotations

from typing import Any

from simulated import Step, course, declared

from huicheng.simulation import Events
from huicheng.simulation.drains import Plan
from huicheng.simulation.model import Command

PUMP = "urn:ngsi-ld:Pump:sim-E-PUMP-A"
LOW = "urn:ngsi-ld:DrainNode:sim-E-dt-16"
MINUTE = 60.0
POUR, DRY = Events(rain=80.0), Events()


def order(value: str) -> Command:
    return Command(id=f"urn:ngsi-ld:Case:{value}", target=PUMP, attribute="status", value=value)


def flooded(reading: dict[str, dict[str, Any]]) -> set[str]:
    return {key for key, held in reading.items() if held.get("flooding", 0) > 0}


def minutes(count: int, events: Events, *commands: Command) -> list[Step]:
    return [(MINUTE, events, commands if number == 0 else ()) for number in range(count)]


def test_the_same_seed_and_commands_give_the_same_series_and_another_seed_others() -> None:
    steps = [*minutes(20, POUR), *minutes(10, POUR, order("on")), *minutes(10, DRY, order("off"))]
    first = course("water/drains", steps)
    assert course("water/drains", steps) == first
    assert course("water/drains", steps, seed="2") != first


def test_it_is_dry_without_rain() -> None:
    [*_, last] = course("water/drains", minutes(30, DRY))
    assert flooded(last) == set()
    assert all(held["rainfall"] == 0 for key, held in last.items() if ":RainGauge:" in key)
    assert {held["status"] for key, held in last.items() if ":Pump:" in key} == {"off"}


def test_heavy_rain_floods_the_low_street_and_a_pump_empties_it_again() -> None:
    steps = [*minutes(60, POUR), *minutes(15, POUR, order("on"))]
    seen = course("water/drains", steps)
    before, after = seen[59], seen[-1]
    assert LOW in flooded(before)
    assert before[PUMP] == {"status": "off", "flow": 0.0, "power": 0.0}
    assert after[PUMP]["status"] == "on"
    assert after[PUMP]["flow"] > 1000
    assert LOW not in flooded(after)
    # Nobody switched the other catchments' pumps on.
    assert flooded(after) == {key for key in flooded(after) if ":sim-E-" not in key} != set()


def test_water_is_never_above_the_cover_and_fill_is_a_share() -> None:
    [*_, last] = course("water/drains", minutes(60, POUR))
    fills = [held["fillRatio"] for held in last.values() if "fillRatio" in held]
    assert 0 <= min(fills) < max(fills) == 1


def test_the_river_rises_with_the_rain_and_falls_again() -> None:
    seen = course("water/drains", [*minutes(60, POUR), *[(3600.0, DRY, ())] * 12])
    levels = [reading["urn:ngsi-ld:RiverGauge:sim-middle"]["waterLevel"] for reading in seen]
    assert levels[59] > levels[0] + 0.5
    assert levels[-1] < levels[59] - 0.5


def test_the_network_is_as_large_as_it_says_and_every_pipe_leads_from_a_place_to_a_place() -> None:
    with open(declared()["water/drains"].file, encoding="utf-8") as file:  # noqa: PTH123 - the path is the order's
        plan = Plan(file.read())
    holes = [key for key in plan.places if not key.endswith(("-WELL", "-OUT", "-CHAMBER"))]
    assert 60 <= len(holes) <= 120
    assert all(109.1 < place[0] < 109.3 and 27.6 < place[1] < 27.8 for place in plan.places.values())
