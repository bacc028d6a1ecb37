"""Lamps, signals and signs of the simulated district do as they are ordered, and say why they cannot (Q1, W4.8)."""

from __future__ import annotations

from typing import Any

import pytest
from simulated import made, read

from huicheng.simulation import Events
from huicheng.simulation.lamps import Lamp, scheduled
from huicheng.simulation.messages import as_thing
from huicheng.simulation.model import SOURCE, Command, Model

NAME = "infrastructure/roadside"
SIGNAL, SIGN = "urn:ngsi-ld:TrafficSignal:sim-x1", "urn:ngsi-ld:VariableMessageSign:sim-v1"
HOUR = 3600.0
NIGHT, NOON = 20 * HOUR, 12 * HOUR


def told(target: str, attribute: str, value: Any) -> Command:
    return Command(id="urn:ngsi-ld:Case:1", target=target, attribute=attribute, value=value)


def lamp_of(model: Model, status: str = "ok") -> str:
    return next(key for key, held in read(model).items() if held.get("status") == status)


def test_everything_stands_somewhere_and_is_marked_and_comes_again_by_its_seed() -> None:
    things = [as_thing(one) for one in made(NAME).things()]
    assert {one["type"] for one in things} == {"Streetlight", "TrafficSignal", "VariableMessageSign"}
    assert len({one["id"] for one in things}) == len(things) > 100
    assert all(one["source"]["value"] == SOURCE and "模拟" in one["note"]["languageMap"]["zh-hans"] for one in things)
    assert read(made(NAME)) == read(made(NAME))
    assert read(made(NAME)) != read(made(NAME, seed="2"))


def test_lamps_follow_the_clock_until_they_are_ordered_and_again_from_the_next_dawn() -> None:
    model = made(NAME, moment=NIGHT)
    lamp = lamp_of(model)
    assert read(model)[lamp]["powerState"] == "on"
    assert model.obey(told(lamp, "powerState", "off")) == ""
    assert (read(model)[lamp]["powerState"], read(model)[lamp]["powerConsumption"]) == ("off", 0)
    model.advance(4 * HOUR, Events())
    assert read(model)[lamp]["powerState"] == "off"
    model.advance(22 * HOUR, Events())
    assert read(model)[lamp]["powerState"] == "on"
    assert [scheduled(hour * HOUR) for hour in (5, 7, 18, 19, 24)] == [0.5, 0, 0, 1, 0.5]


def test_a_lamp_takes_on_a_level_and_says_what_it_then_needs() -> None:
    model = made(NAME, moment=NIGHT)
    lamp = lamp_of(model)
    assert model.obey(told(lamp, "illuminanceLevel", 0.4)) == ""
    assert (read(model)[lamp]["illuminanceLevel"], read(model)[lamp]["powerConsumption"]) == (0.4, 48)


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [
        ("powerState", "purple", "on or off"),
        ("illuminanceLevel", 1.4, "between 0 and 1"),
        ("illuminanceLevel", "bright", "between 0 and 1"),
        ("illuminanceLevel", True, "between 0 and 1"),
        ("mode", "fixed", "it has no mode"),
        ("lanternHeight", 3, "no order about lanternHeight"),
    ],
)
def test_what_a_lamp_cannot_do_is_refused_with_the_reason_and_changes_nothing(
    attribute: str, value: Any, why: str
) -> None:
    model = made(NAME, moment=NIGHT)
    lamp, before = lamp_of(model), read(model)
    assert why in model.obey(told(lamp, attribute, value))
    assert read(model) == before


def test_a_lamp_that_is_off_cannot_be_dimmed_and_a_broken_one_cannot_be_lit() -> None:
    dark = made(NAME, moment=NOON)
    assert "the lamp is off" in dark.obey(told(lamp_of(dark), "illuminanceLevel", 0.4))
    broken = Lamp(street="s", place=(109.2, 27.7), broken=True)
    assert "defective" in broken.switch("on")
    assert "defective" in broken.dim(0.4, NIGHT)
    assert broken.switch("off") == ""
    assert broken.reading(NIGHT)["status"] == ("defectiveLamp", "")


def test_a_signal_changes_its_mode_and_a_hand_holds_its_phase() -> None:
    model = made(NAME)
    seen = set()
    for _ in range(4):
        seen.add(read(model)[SIGNAL]["phase"])
        model.advance(40, Events())
    assert len(seen) == 2
    assert model.obey(told(SIGNAL, "mode", "flashing")) == ""
    assert read(model)[SIGNAL] == {"mode": "flashing", "phase": "黄闪 · flashing amber"}
    assert model.obey(told(SIGNAL, "mode", "fixed")) == ""
    assert model.obey(told(SIGNAL, "mode", "manual")) == ""
    held = read(model)[SIGNAL]
    model.advance(40, Events())
    assert read(model)[SIGNAL] == held
    assert "no such mode: disco" in model.obey(told(SIGNAL, "mode", "disco"))
    assert read(model)[SIGNAL] == held


def test_a_sign_shows_what_fits_on_it() -> None:
    model = made(NAME)
    assert model.obey(told(SIGN, "message", "前方积水，请绕行")) == ""
    assert read(model)[SIGN]["message"] == "前方积水，请绕行"
    for wrong, why in (("字" * 25, "at most 24"), (7, "no text"), ("a\x07b", "no text")):
        assert why in model.obey(told(SIGN, "message", wrong))
    assert read(model)[SIGN]["message"] == "前方积水，请绕行"
    assert model.obey(told(SIGN, "message", "")) == ""
    assert "it has no message" in model.obey(told("urn:ngsi-ld:VariableMessageSign:sim-none", "message", ""))
