"""Water under pressure: EPANET's own network, its burst, and its chance (W4.8, N1)."""

from __future__ import annotations

import pytest
from simulated import made, read

from huicheng.errors import Invalid
from huicheng.simulation import Events
from huicheng.simulation.epanet import Network, example

BURST = "urn:ngsi-ld:WaterJunction:sim-151"
DAY = 86_400.0


def pressures(seed: str, events: Events) -> list[float]:
    model = made("water/supply", seed)
    found = []
    for _ in range(12):
        model.advance(300, events)
        found.append(read(model)[BURST]["pressure"])
    return found


def test_the_same_seed_and_events_give_the_same_pressures_and_another_seed_others() -> None:
    assert pressures("1", Events(burst=0.2)) == pressures("1", Events(burst=0.2))
    assert pressures("1", Events()) != pressures("2", Events())


def test_a_burst_takes_the_pressure_around_it_and_mending_gives_it_back() -> None:
    model = made("water/supply")
    whole = read(model)
    model.advance(60, Events(burst=1.0))
    burst = read(model)
    assert burst[BURST]["pressure"] < 140 < whole[BURST]["pressure"]
    assert burst[BURST]["demand"] > whole[BURST]["demand"] + 100
    model.advance(60, Events())
    assert read(model)[BURST]["pressure"] == pytest.approx(whole[BURST]["pressure"], rel=0.1)
    assert read(model)[BURST]["demand"] == pytest.approx(whole[BURST]["demand"], rel=0.2)


def test_pressures_are_what_epanet_itself_says_in_its_own_unit() -> None:
    model = made("water/supply", moment=0.0)
    network = model._network  # type: ignore[attr-defined] # the very library, asked in psi
    index = network.node_index("151")
    assert read(model)[BURST]["pressure"] == pytest.approx(network.node(index, 11) * 6.894757, abs=0.06)
    assert isinstance(network, Network)


def test_it_runs_on_after_the_last_day_of_its_file_with_the_water_that_is_in_the_tanks() -> None:
    model = made("water/supply")
    for _ in range(9):
        model.advance(DAY, Events())
    levels = [held["level"] for key, held in read(model).items() if ":WaterTank:" in key]
    assert len(levels) == 3
    assert all(level > 0 for level in levels)
    assert min(held["pressure"] for held in read(model).values() if "pressure" in held) > 140


def test_what_lies_within_the_works_is_not_shown_and_nothing_refers_to_it() -> None:
    things = made("water/supply").things()
    ids = {one.id for one in things}
    assert "urn:ngsi-ld:WaterJunction:sim-10" not in ids
    assert {key for one in things for key in one.references.values()} <= ids
    assert {one.id for one in made("water/supply").readings()} == ids


def test_settings_that_it_does_not_know_are_refused() -> None:
    with pytest.raises(Invalid, match="leak"):
        made("water/supply", settings={"burst_at": "151", "leak": 1})


def test_a_network_that_the_package_does_not_bring_along_is_refused() -> None:
    with pytest.raises(Exception, match="Net4"):
        example("Net4")
