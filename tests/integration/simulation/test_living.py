"""The simulated district in a running demonstration: marked, stirred, ordered about, dying and coming back (N1, Q1)."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import pytest
from ports import free_port
from running import REPO, System, entities, running
from simulated import declared

from huicheng.city import Attribute, Entity
from huicheng.stores import Blocking, Transaction, Write, open_store

Eventually = Callable[..., Any]
DISTRICT = "/ngsi-ld/v1/entities/urn:ngsi-ld:Simulation:district"
PUMP = "urn:ngsi-ld:Pump:sim-E-PUMP-A"
#: Seconds that something may take on a machine that does much else.
PATIENCE = 120.0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    data = tmp_path_factory.mktemp("district") / "data"
    data.mkdir(mode=0o700)
    with running(System(data=data, port=free_port(), simulation=True)) as started:
        yield started


def simple(client: httpx.Client, key: str) -> dict[str, Any]:
    return dict(client.get(f"/ngsi-ld/v1/entities/{key}?options=keyValues").json())


def statuses(client: httpx.Client) -> dict[str, str]:
    return {one["id"]: one["status"]["value"] for one in entities(client, "Simulation") if "status" in one}


def simulators(system: System) -> list[psutil.Process]:
    return [one for one in system.workers if "huicheng.simulation" in one.cmdline()]


def happen(client: httpx.Client, **events: Any) -> httpx.Response:
    body = {name: {"type": "Property", "value": value} for name, value in events.items()}
    return client.post(f"{DISTRICT}/attrs", json=body)


def test_every_model_runs_and_all_it_writes_is_marked_as_simulated(system: System, eventually: Eventually) -> None:
    with system.program() as client:
        names = {f"urn:ngsi-ld:Simulation:{name.replace('/', '-')}" for name in declared()}
        eventually(lambda: statuses(client) == dict.fromkeys(names, "running"), within=PATIENCE)
        for kind in ("WaterJunction", "DrainNode", "Pump", "TrafficFlowObserved", "Vehicle", "NoiseLevelObserved"):
            found = [one for one in entities(client, kind) if ":sim-" in one["id"]]
            assert found
            assert all(one["source"]["value"] == "simulation" and "模拟" in str(one["note"]) for one in found)
    assert len(simulators(system)) == len(declared())


@pytest.mark.soak
def test_rain_that_is_asked_for_falls_and_stops(system: System, eventually: Eventually) -> None:
    gauge = "urn:ngsi-ld:RainGauge:sim-R-E"
    with system.client("chief") as chief, system.program() as client:
        chief.get("/operations/")
        token = chief.cookies["huicheng_csrf"]
        asked = {"csrfmiddlewaretoken": token, "event": "rain", "value": "80"}
        assert chief.post("/operations/simulation/", data=asked).status_code == 302
        eventually(lambda: simple(client, gauge)["rainfall"] > 40, within=PATIENCE)
        assert chief.post("/operations/simulation/", data=asked | {"value": ""}).status_code == 302
        eventually(lambda: simple(client, gauge)["rainfall"] == 0, within=PATIENCE)


def pressures(client: httpx.Client) -> list[float]:
    found = entities(client, "WaterJunction")
    return [one["pressure"]["value"] for one in found if ":sim-" in one["id"] and "pressure" in one]


@pytest.mark.soak
def test_a_main_that_bursts_takes_the_pressure_away_until_it_is_mended(system: System, eventually: Eventually) -> None:
    with system.program() as client:
        usual = eventually(lambda: min(pressures(client)), within=PATIENCE)
        assert happen(client, burst=1).status_code == 204
        eventually(lambda: min(pressures(client)) < usual - 20, within=PATIENCE)
        assert happen(client, burst=0).status_code == 204
        eventually(lambda: min(pressures(client)) > usual - 20, within=PATIENCE)


@pytest.mark.soak
def test_smog_fills_the_air_and_goes_again(system: System, eventually: Eventually) -> None:
    def worst(client: httpx.Client) -> float:
        found = entities(client, "AirQualityObserved")
        return max(one["pm25"]["value"] for one in found if ":sim-" in one["id"] and "pm25" in one)

    with system.program() as client:
        usual = eventually(lambda: worst(client), within=PATIENCE)
        assert happen(client, smog=1, speed=60).status_code == 204
        eventually(lambda: worst(client) > usual + 50, within=PATIENCE)
        assert happen(client, smog=0, rain=40).status_code == 204  # rain washes it out
        eventually(lambda: worst(client) < usual + 50, within=PATIENCE)
        assert happen(client, rain=0, speed=1).status_code == 204


@pytest.mark.soak
def test_a_festival_is_loud_and_fills_the_car_parks(system: System, eventually: Eventually) -> None:
    def loudest(client: httpx.Client) -> float:
        found = entities(client, "NoiseLevelObserved")
        return max(max(said(one)) for one in found if ":sim-" in one["id"] and said(one))

    def said(one: dict[str, Any]) -> list[float]:
        return [held["value"] for held in one.values() if isinstance(held, dict) and held.get("unitCode") == "2N"]

    def free(client: httpx.Client) -> int:
        found = entities(client, "OffStreetParking")
        return sum(one["availableSpotNumber"]["value"] for one in found if "availableSpotNumber" in one)

    with system.program() as client:
        quiet = eventually(lambda: loudest(client), within=PATIENCE)
        places = eventually(lambda: free(client), within=PATIENCE)
        assert happen(client, crowd=1, speed=60).status_code == 204
        eventually(lambda: loudest(client) > quiet + 3, within=PATIENCE)
        eventually(lambda: free(client) < places, within=PATIENCE)
        assert happen(client, crowd=0, speed=1).status_code == 204
        eventually(lambda: loudest(client) < quiet + 3, within=PATIENCE)


def test_an_event_that_cannot_be_is_refused_and_changes_nothing(system: System) -> None:
    with system.program() as client:
        before = client.get(DISTRICT).json()
        for wrong in ({"rain": 900}, {"rain": "a lot"}, {"smog": -0.1}, {"speed": 0}):
            assert happen(client, **wrong).status_code == 400, wrong
        assert client.get(DISTRICT).json() == before
    with system.client("chief") as chief:
        chief.get("/operations/")
        token = {"csrfmiddlewaretoken": chief.cookies["huicheng_csrf"]}
        for wrong in (
            {"event": "snow", "value": "1"},
            {"event": "rain", "value": "900"},
            {"event": "rain", "value": "x"},
        ):
            assert chief.post("/operations/simulation/", data=token | wrong).status_code == 400, wrong


def test_whom_no_policy_lets_steer_it_sees_no_panel_and_changes_nothing(system: System) -> None:
    with system.client("handler") as handler:
        page = handler.get("/operations/")
        assert 'id="simulation"' not in page.text
        token = handler.cookies["huicheng_csrf"]
        asked = {"csrfmiddlewaretoken": token, "event": "rain", "value": "80"}
        assert handler.post("/operations/simulation/", data=asked).status_code == 403


def test_a_simulators_key_writes_nothing_that_is_not_marked_as_simulated(system: System) -> None:
    key = (system.data / "keys" / "simulator.key").read_text("utf-8")
    assert (system.data / "keys" / "simulator.key").stat().st_mode & 0o777 == 0o600
    real = {"id": "urn:ngsi-ld:Pump:real", "type": "Pump", "status": {"type": "Property", "value": "on"}}
    with httpx.Client(base_url=system.address, headers={"X-API-Key": key}) as client:
        assert client.post("/ngsi-ld/v1/entities", json=real).status_code == 403
        assert client.patch(f"{DISTRICT}/attrs", json={"rain": {"type": "Property", "value": 1}}).status_code == 403
        assert client.get("/ngsi-ld/v1/entities?type=Alert").json() == []


def test_a_pump_hears_an_order_and_answers_and_one_that_is_silent_does_not(
    system: System, eventually: Eventually
) -> None:
    with system.program() as client:
        assert happen(client, silent=[]).status_code == 204
        order(system, "1", PUMP, "on")
        answer = eventually(lambda: simple(client, PUMP).get("commandAck"), within=PATIENCE)
        assert (answer.get("json", answer)["command"], answer.get("json", answer)["status"]) == (case(1), "done")
        eventually(lambda: simple(client, PUMP)["status"] == "on", within=PATIENCE)
        other = PUMP.replace("E-PUMP-A", "S-PUMP-A")
        assert happen(client, silent=[other]).status_code == 204
        gauge = "urn:ngsi-ld:RainGauge:sim-R-S"
        assert happen(client, rain=33).status_code == 204
        # It has looked at the events since.
        eventually(lambda: simple(client, gauge)["rainfall"] > 0, within=PATIENCE)
        order(system, "2", other, "on")
        order(system, "3", PUMP, "off")
        eventually(lambda: simple(client, PUMP)["status"] == "off", within=PATIENCE)
        silent = simple(client, other)
        assert (silent["status"], silent.get("commandAck")) == ("off", None)
        assert happen(client, rain=0, silent=[]).status_code == 204


def case(number: object) -> str:
    return f"urn:ngsi-ld:Case:{number}"


@pytest.mark.parametrize(
    ("number", "wish", "status"),
    [
        (11, ("urn:ngsi-ld:VariableMessageSign:sim-v1", "message", "前方积水"), "done"),
        (12, ("urn:ngsi-ld:VariableMessageSign:sim-v2", "message", "字" * 25), "failed"),
        (13, ("urn:ngsi-ld:TrafficSignal:sim-x1", "mode", "flashing"), "done"),
        (14, ("urn:ngsi-ld:TrafficSignal:sim-x2", "mode", "disco"), "failed"),
        (15, ("urn:ngsi-ld:Streetlight:sim-jf-2", "powerState", "off"), "done"),
        (16, ("urn:ngsi-ld:Streetlight:sim-jf-3", "powerState", "purple"), "failed"),
    ],
)
@pytest.mark.soak
def test_lamps_signals_and_signs_do_as_ordered_or_say_why_they_cannot(
    system: System, eventually: Eventually, number: int, wish: tuple[str, str, str], status: str
) -> None:
    target, attribute, value = wish
    with system.program() as client:
        eventually(lambda: attribute in simple(client, target), within=PATIENCE)
        order(system, str(number), target, value, attribute)
        answer = eventually(lambda: simple(client, target).get("commandAck"), within=PATIENCE)
        said = answer.get("json", answer)
        assert (said["command"], said["status"], "reason" in said) == (case(number), status, status == "failed")
        eventually(lambda: (simple(client, target)[attribute] == value) == (status == "done"), within=PATIENCE)


def order(system: System, number: str, target: str, value: str, attribute: str = "status") -> None:
    """A case with an order, written where the projector of cases writes it."""
    command = {"id": case(number), "target": target, "attribute": attribute, "value": value, "until": None}
    entity = Entity(
        id=case(number),
        type="Case",
        attributes={
            "kind": Attribute(type="Property", value="infrastructure/command"),
            "refEntity": Attribute(type="Relationship", object=target),
            "command": Attribute(type="JsonProperty", json=command),
        },
    )
    store = Blocking(open_store(system.data, writer=False))
    try:
        store.commit(Transaction(writes=[Write(entity=entity)]))
    finally:
        store.close()


@pytest.mark.soak
def test_a_simulator_that_dies_is_shown_as_stale_and_started_again(system: System, eventually: Eventually) -> None:
    drains = "urn:ngsi-ld:Simulation:water-drains"
    with system.program() as client:
        eventually(lambda: statuses(client).get(drains) == "running", within=PATIENCE)
        before = len(simulators(system))
        seen: list[str] = []
        stop = threading.Event()
        watching = threading.Thread(target=_watch, args=(system, drains, seen, stop))
        watching.start()
        victim = next(one for one in simulators(system) if len(one.net_connections("tcp")) > 1)  # it listens
        victim.kill()
        eventually(lambda: simple(client, drains).get("restarts") == 1, within=PATIENCE)
        eventually(lambda: statuses(client)[drains] == "running", within=PATIENCE)
        stop.set()
        watching.join()
        assert "stale" in seen
        with system.client("steward") as steward:
            health = steward.get("/desk/devices/").text
        assert "已重启 1 次" in health[health.index('id="models"') :]
        assert len(simulators(system)) == before


def _watch(system: System, key: str, seen: list[str], stop: threading.Event) -> None:
    with system.program() as client:
        while not stop.wait(0.05):
            seen.append(simple(client, key).get("status", ""))


@pytest.mark.soak
def test_when_the_platform_comes_back_a_simulator_goes_on_and_tells_all_anew(
    system: System, tmp_path: Path, eventually: Eventually
) -> None:
    key = tmp_path / "simulator.key"
    key.write_text((system.data / "keys" / "simulator.key").read_text("utf-8"), "utf-8")
    order = msgspec.structs.replace(
        declared()["traffic/buses"], address=system.address, key=str(key), every=1.0, name="traffic/other"
    )
    line = [sys.executable, "-m", "huicheng.simulation"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPO) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=lambda: [said.put(one) for one in process.stdout or ()], daemon=True).start()
        process.stdin.write(json.dumps(msgspec.to_builtins(order)).encode() + b"\n")
        process.stdin.flush()
        assert said.get(timeout=PATIENCE)
        system.kill_server()
        eventually(lambda: not system.ready(), within=PATIENCE)
        while not said.empty():
            said.get()
        system.simulation = False
        system.start()
        system.wait_until_ready()
        assert said.get(timeout=PATIENCE)
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(30) == 0
