"""Orders on a running system: a device over HTTP is told, and answers (Q1, W4.8)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from broker import Mosquitto, mosquitto
from ordered import Order, OverHttp, at_work, provision, pump
from ports import free_port
from running import System, running, submit

CASE = "urn:ngsi-ld:Case:"
PATIENCE = 90.0


class Room:
    """One system with a broker, its people, and the devices that tests make."""

    def __init__(self, system: System, broker: Mosquitto) -> None:
        self.system = system
        self.broker = broker

    def make(self, name: str, **leads: str) -> str:
        """A pump and a device with a key that controls it; the key."""
        with self.system.program() as program:
            answer = program.post("/ngsi-ld/v1/entities", json=pump(name, **leads))
            assert answer.status_code == 201, answer.text
        return provision(self.system.data, name)[name]

    def ask(self, name: str) -> str:
        """A dispatcher asks for the pump to run; the number of the order."""
        page = f"/desk/things/urn:ngsi-ld:Pump:{name}/"
        fields = {"order": "infrastructure/command:pump-run", "pump-run-reason": "水位高", "give": ""}
        with self.system.client("dispatcher") as client:
            answer = submit(client, page, **fields)
        assert answer.status_code == 302, answer.text[-2000:]
        return answer.headers["Location"].rstrip("/").rpartition("/")[2]

    def approve(self, number: str, by: str = "chief") -> httpx.Response:
        """Somebody approves it; 302 when it was done."""
        with self.system.client(by) as client:
            page = f"/desk/cases/{number}/"
            client.get(page)
            token = client.cookies.get("huicheng_csrf", "")
            return client.post(f"{page}approve/", data={"csrfmiddlewaretoken": token, "version": "1"})

    def order(self, name: str) -> str:
        """Asked for and approved; its number."""
        number = self.ask(name)
        assert self.approve(number).status_code == 302
        return number

    def case(self, number: str) -> dict[str, Any]:
        with self.system.program() as program:
            answer = program.get(f"/ngsi-ld/v1/entities/{CASE}{number}", params={"options": "keyValues"})
        held = answer.json() if answer.status_code == 200 else {}
        return {name: one["json"] if isinstance(one, dict) and "json" in one else one for name, one in held.items()}

    def until(self, number: str, status: str) -> dict[str, Any]:
        """Wait until the order has come there."""
        deadline = time.monotonic() + PATIENCE
        while (case := self.case(number)).get("status") != status:
            assert time.monotonic() < deadline, f"{number} is {case.get('status')}\n{self.system.said[-3000:]}"
            time.sleep(0.1)
        return case

    def acts(self, number: str) -> list[str]:
        return [one["action"] for one in self.case(number)["acts"]]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder: Path = tmp_path_factory.mktemp("orders")
    with mosquitto(Mosquitto(folder=folder / "broker", port=free_port())) as broker:
        system = System(data=folder / "data", port=free_port(), options=("--mqtt", broker.url))
        with running(system):
            yield Room(system, broker)


def test_a_device_over_http_is_told_does_it_and_says_so(room: Room) -> None:
    with at_work(OverHttp("web", room.system.address, room.make("web"))) as device:
        device.subscribe()
        number = room.order("web")
        case = room.until(number, "done")
        assert device.done == [CASE + number]
        order: Order = device.told[0]
        assert (order["target"], order["attribute"], order["value"]) == ("urn:ngsi-ld:Pump:web", "status", "on")
        assert [one["action"] for one in case["acts"]] == ["open", "approve", "acknowledge"]
        assert case["acts"][-1]["actor"] == "urn:ngsi-ld:Device:web"
        assert "command" not in case
