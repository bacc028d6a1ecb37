"""Orders as a device hears them: once, in time, from whom it asked, and answered each time (Q1)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from simulated import declared, made

from huicheng.simulation.hearing import Door, Obedience, commands_of
from huicheng.simulation.model import Command, Model

PUMP = "urn:ngsi-ld:Pump:sim-E-PUMP-A"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class Pumps:
    """A device that counts what it was made to do."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def obey(self, command: Command) -> str:
        self.done.append(command.value)
        return "" if command.value in {"on", "off"} else "on or off"


def told(id: str = "urn:ngsi-ld:Case:1", value: str = "on", until: str | None = None, target: str = PUMP) -> Command:
    return Command(id=id, target=target, attribute="status", value=value, until=until)


def obedience(pumps: Pumps) -> Obedience:
    model: Model = pumps  # type: ignore[assignment] # of a model only what it does with orders is needed
    return Obedience(model, frozenset({PUMP}), now=lambda: NOW)


def test_an_order_told_twice_is_done_once_and_answered_twice() -> None:
    pumps = Pumps()
    heard = obedience(pumps)
    first = heard.answer(told())
    assert first == {"command": "urn:ngsi-ld:Case:1", "status": "done", "at": "2026-11-22T08:00:00.000Z"}
    assert heard.answer(told()) == first
    assert pumps.done == ["on"]


@pytest.mark.parametrize("until", ["2026-11-22T07:59:59Z", "2026-11-22T16:00:01", "tomorrow"])
def test_an_order_after_its_time_or_with_a_time_that_cannot_be_read_is_not_done(until: str) -> None:
    pumps = Pumps()
    answer = obedience(pumps).answer(told(until=until))
    assert answer is not None
    assert (answer["status"], pumps.done) == ("expired", [])


def test_an_order_in_time_is_done_whatever_the_zone_it_is_told_in() -> None:
    pumps = Pumps()
    obedience(pumps).answer(told(until="2026-11-22T16:00:05+08:00"))
    assert pumps.done == ["on"]


def test_what_it_cannot_do_is_answered_as_failed_and_what_is_not_its_own_is_not_answered() -> None:
    pumps = Pumps()
    answer = obedience(pumps).answer(told(value="sideways"))
    assert answer is not None
    assert (answer["status"], answer["reason"]) == ("failed", "on or off")
    assert obedience(pumps).answer(told(target="urn:ngsi-ld:Pump:real")) is None
    assert pumps.done == ["sideways"]


def test_supply_pumps_take_no_orders() -> None:
    assert "takes no orders" in made("water/supply").obey(told(target="urn:ngsi-ld:Pump:sim-supply-335"))


@pytest.fixture
def door() -> Iterator[Door]:
    opened = Door()
    yield opened
    opened.close()


def notify(door: Door, body: bytes, **headers: str) -> int:
    endpoint = door.subscription(declared()["water/drains"])["notification"]["endpoint"]
    asked = {one["key"]: one["value"] for one in endpoint["receiverInfo"]} | headers
    request = urllib.request.Request(endpoint["uri"], data=body, headers=asked)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


COMMAND = {"id": "urn:ngsi-ld:Case:1", "target": PUMP, "attribute": "status", "value": "on"}


def notification(*commands: object) -> bytes:
    cases = [{"id": "urn:ngsi-ld:Case:1", "type": "Case", "command": one} for one in commands]
    return json.dumps({"type": "Notification", "data": cases}).encode()


def test_what_is_told_with_the_secret_is_heard(door: Door) -> None:
    assert notify(door, notification(COMMAND)) == 204
    assert door.told.get(timeout=60).target == PUMP


def test_what_is_told_without_the_secret_is_not_heard(door: Door) -> None:
    assert notify(door, notification(COMMAND), **{"X-Simulator": "guess"}) == 403
    assert door.told.empty()


@pytest.mark.parametrize("body", [b"\xff\x00", b"[]", b'{"data": 3}', b'{"data": [1, {"command": {"id": 3}}]}', b"{}"])
def test_rubbish_is_taken_and_left(door: Door, body: bytes) -> None:
    assert notify(door, body) == 204
    assert door.told.empty()


def test_an_order_is_read_in_either_form_of_a_json_property() -> None:
    plain, wrapped = commands_of(notification(COMMAND, {"json": COMMAND}))
    assert plain == wrapped
