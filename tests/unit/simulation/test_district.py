"""Traffic, buses, air and noise: each comes again by its seed, and answers to the events (W4.2, W4.7, N1)."""

from __future__ import annotations

from statistics import fmean

import pytest
from simulated import MORNING, made, read

from huicheng.simulation import Events
from huicheng.simulation.messages import as_thing
from huicheng.simulation.model import SOURCE
from huicheng.simulation.placement import metres

NAMES = ("traffic/roads", "traffic/buses", "simulated/air")


def after(
    name: str, events: Events, seed: str = "1", moment: float = MORNING, seconds: float = 7200
) -> dict[str, dict[str, float]]:
    model = made(name, seed, moment)
    for _ in range(60):
        model.advance(seconds / 60, events)
    return read(model)


def mean(readings: dict[str, dict[str, float]], attribute: str) -> float:
    return fmean(held[attribute] for held in readings.values() if attribute in held)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_readings_and_another_seed_others(name: str) -> None:
    events = Events(rain=20, smog=0.5, crowd=0.5)
    assert after(name, events) == after(name, events)
    assert after(name, events) != after(name, events, seed="2")


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_reads_stands_somewhere_and_is_marked_as_simulated(name: str) -> None:
    model = made(name)
    things = [as_thing(one) for one in model.things()]
    assert {one.id for one in model.readings()} <= {one["id"] for one in things}
    assert len({one["id"] for one in things}) == len(things)
    for one in things:
        assert one["source"]["value"] == SOURCE
        assert "模拟" in one["note"]["languageMap"]["zh-hans"]
        assert one["id"].startswith(f"urn:ngsi-ld:{one['type']}:sim-")


def test_mornings_are_fuller_and_slower_than_nights() -> None:
    morning, night = (after("traffic/roads", Events(), moment=hour * 3600.0, seconds=600) for hour in (8, 3))
    assert mean(morning, "intensity") > 5 * mean(night, "intensity")
    assert mean(morning, "averageVehicleSpeed") < mean(night, "averageVehicleSpeed")


def test_heavy_rain_slows_the_streets_and_the_buses() -> None:
    for name, attribute in (("traffic/roads", "averageVehicleSpeed"), ("traffic/buses", "speed")):
        assert mean(after(name, Events(rain=60)), attribute) < 0.9 * mean(after(name, Events()), attribute)


def test_a_festival_fills_the_square_and_its_car_parks_and_is_loud() -> None:
    quiet, loud = after("traffic/roads", Events()), after("traffic/roads", Events(crowd=1))
    near, far = "urn:ngsi-ld:OffStreetParking:sim-p2", "urn:ngsi-ld:OffStreetParking:sim-p8"
    assert loud[near]["availableSpotNumber"] < quiet[near]["availableSpotNumber"]
    assert loud[far] == quiet[far]
    square = "urn:ngsi-ld:NoiseLevelObserved:sim-gc"
    assert (
        after("simulated/air", Events(crowd=1))[square]["LAeq"] > 80 > after("simulated/air", Events())[square]["LAeq"]
    )


def test_smog_comes_with_a_lag_and_goes_and_rain_washes_it_out() -> None:
    model = made("simulated/air")
    clear = mean(read(model), "pm25")
    model.advance(60, Events(smog=1))
    soon = mean(read(model), "pm25")
    model.advance(7200, Events(smog=1))
    thick = mean(read(model), "pm25")
    assert clear < soon < clear + 40 < 250 < thick
    model.advance(1, Events(smog=1, rain=40))
    assert mean(read(model), "pm25") < 0.6 * thick
    model.advance(6 * 3600, Events())
    assert mean(read(model), "pm25") < 0.5 * thick


def test_a_bus_never_jumps() -> None:
    model = made("traffic/buses")
    places = {one.id: one.place for one in model.readings()}
    for _ in range(300):
        model.advance(3, Events())
        for one in model.readings():
            before = places[one.id]
            assert before is not None
            assert one.place is not None
            assert metres(before, one.place) <= 3 * 60 / 3.6
            places[one.id] = one.place
    assert len(set(places.values())) > len(places) / 2


def test_figures_stay_within_what_their_types_allow() -> None:
    readings = after("traffic/roads", Events(crowd=1, rain=200))
    for held in readings.values():
        assert held.get("averageVehicleSpeed", 1) > 0
        assert 0 <= held.get("occupancy", 0) <= 1
        assert held.get("availableSpotNumber", 0) >= 0
