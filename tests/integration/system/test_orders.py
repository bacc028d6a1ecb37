"""Orders on a running system, to devices over HTTP and over MQTT, through everything that may go wrong (Q1, W4.8)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from broker import Device, Mosquitto, mosquitto
from commanding import CASE, PUMP, RUN, STOP, Room
from ordered import at_work
from ports import free_port
from running import System, running

from huicheng.project import MQTT_ACCOUNT, mqtt_key

Eventually = Callable[..., object]
NAMES = ["web", "box", "away", "dead", "spare", "late", "again", "twice", "both", "alone", "unknown", "mine", "yours"]
NAMES += ["patient", "slow", "swift"]
LEADS = {"dead": {"fallback": f"{PUMP}spare"}}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """The system, and a broker that lets in whom the register of keys knows."""
    folder: Path = tmp_path_factory.mktemp("orders")
    broker = Mosquitto(folder=folder / "broker", port=free_port())
    system = System(data=folder / "data", port=free_port(), options=("--mqtt", broker.url))
    with running(system):
        room = Room(system=system, broker=broker)
        files = room.write_files()
        broker.lines = (
            "allow_anonymous false",
            f"password_file {files}/huicheng.passwords",
            f"acl_file {files}/huicheng.acl",
        )
        with mosquitto(broker):
            room.make(NAMES, **LEADS)
            for role in ("dispatcher", "chief", "leader", "steward"):
                room.browser(role)
            yield room
            room.close()


@pytest.fixture
def brief(room: Room) -> Iterator[None]:
    """Devices have but five seconds to answer: what is told to them in time takes a tenth of that on a busy machine."""
    room.allow(5)
    yield
    room.allow(30)


def test_a_device_over_http_is_told_does_it_and_says_so(room: Room) -> None:
    with at_work(room.over_http("web")) as device:
        device.subscribe()
        number = room.order("web")
        case = room.until(number, "done")
        assert device.done == [CASE + number]
        order = device.told[0]
        assert (order["target"], order["attribute"], order["value"]) == (f"{PUMP}web", "status", "on")
        assert [one["action"] for one in case["acts"]] == ["open", "approve", "acknowledge"]
        assert case["acts"][-1]["actor"] == "urn:ngsi-ld:Device:web"
        assert "command" not in case


def test_a_device_over_mqtt_is_told_does_it_and_says_so(room: Room) -> None:
    with at_work(room.over_mqtt("box")) as device:
        device.connect()
        number = room.order("box")
        case = room.until(number, "done")
        assert device.done == [CASE + number]
        assert case["acts"][-1]["actor"] == "urn:ngsi-ld:Device:box"
        assert room.entity(f"{PUMP}box")["status"] == "on"


def test_a_device_that_is_away_is_told_when_it_comes_back_in_time(room: Room) -> None:
    with at_work(room.over_mqtt("away")) as device:
        device.connect()
        device.leave()
        number = room.order("away")
        room.until(number, "sent")
        device.connect()
        room.until(number, "done")


@pytest.mark.usefixtures("brief")
def test_a_device_that_stays_away_is_never_told_too_late_and_its_fallback_is_ordered(room: Room) -> None:
    with at_work(room.over_mqtt("dead")) as dead, at_work(room.over_mqtt("spare")) as spare:
        spare.connect()
        dead.connect()
        dead.leave()
        number = room.order("dead")
        case = room.until(number, "expired")
        assert [one["action"] for one in case["acts"]] == ["open", "approve", "expire"]
        fallback = spare.wait_told()["id"].removeprefix(CASE)
        assert room.until(fallback, "done")["parent"] == CASE + number
        # The broker has let the order go when its time was over, so what it tells next is the first thing that is told.
        dead.connect()
        after = room.order("dead", STOP)
        assert dead.wait_told()["id"] == CASE + after
        assert dead.done == [CASE + after]


@pytest.mark.usefixtures("brief")
def test_a_word_after_the_time_is_remarked_and_changes_nothing(room: Room, eventually: Eventually) -> None:
    with at_work(room.over_mqtt("late")) as device:
        device.connect()
        device.silent = True
        number = room.order("late")
        order = device.wait_told()
        room.until(number, "expired")
        device.answer(order)
        device.answer(order)
        eventually(lambda: "设备回执已过时" in room.course(number), within=30)
        assert room.course(number).count("设备回执已过时") == 1
        assert room.acts(number) == ["open", "approve", "expire"]
        # What the pump says of itself is a reading all the same.
        assert room.entity(f"{PUMP}late")["status"] == "on"


def test_what_is_told_twice_is_done_once(room: Room) -> None:
    with at_work(room.over_mqtt("again")) as device:
        device.connect()
        number = room.order("again")
        room.until(number, "done")
        platform = Device(room.broker, MQTT_ACCOUNT, mqtt_key(room.system.data))
        platform.send("huicheng/command/again", json.dumps(device.told[0]))
        platform.settle()
        platform.close()
        device.wait_told(2)
        # Its word came a second time; whatever was said before the next order's has been heard by then.
        after = room.order("again", STOP)
        room.until(after, "done")
        assert device.done == [CASE + number, CASE + after]
        assert room.acts(number) == ["open", "approve", "acknowledge"]


def test_a_second_order_while_one_is_open_is_refused_with_the_number_of_the_first(room: Room) -> None:
    first = room.ask("twice")
    for category in (RUN, STOP):
        refused = room.asks("twice", category, by="chief")
        assert refused.status_code == 409
        assert first in refused.text


def test_of_two_that_contradict_at_once_one_is_taken(room: Room) -> None:
    wishes = [(RUN, "dispatcher"), (STOP, "chief")] * 2
    with ThreadPoolExecutor(len(wishes)) as pool:
        answers = list(pool.map(lambda wish: room.asks("both", *wish), wishes))
    assert sorted(one.status_code for one in answers) == [302, 409, 409, 409]
    taken = next(one for one in answers if one.status_code == 302)
    number = taken.headers["Location"].rstrip("/").rpartition("/")[2]
    assert all(number in one.text for one in answers if one.status_code == 409)


def test_of_two_who_approve_at_once_one_does_and_whoever_asked_does_not(room: Room) -> None:
    with at_work(room.over_mqtt("alone")) as device:
        device.connect()
        number = room.ask("alone", by="chief")
        assert room.approve(number, "chief").status_code == 403
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda who: room.approve(number, who).status_code, ("leader", "leader")))
        assert sorted(answers) == [302, 409]
        room.until(number, "done")
        assert room.acts(number) == ["open", "approve", "acknowledge"]
        assert len(device.told) == 1


def test_a_word_about_an_order_that_nobody_knows_changes_nothing(room: Room) -> None:
    with at_work(room.over_mqtt("unknown")) as device, at_work(room.over_http("unknown")) as same:
        device.connect()
        device.silent = True
        number = room.order("unknown")
        order = device.wait_told()
        for nothing in (f"{CASE}0000000000", "done", "'; DROP TABLE cases_case; --"):
            device.answer({**order, "id": nothing})
            assert same.write(f"{PUMP}unknown", nothing).status_code == 204
        device.answer(order)
        room.until(number, "done")
        assert room.acts(number) == ["open", "approve", "acknowledge"]


def test_a_word_with_a_forged_key_or_the_key_of_another_changes_nothing(room: Room, eventually: Eventually) -> None:
    with (
        at_work(room.over_http("mine")) as mine,
        at_work(room.over_http("yours")) as yours,
        at_work(room.over_http("mine", "hc_" + "A" * 43)) as forged,
        at_work(room.over_mqtt("yours")) as liar,
        at_work(room.over_mqtt("mine", "hc_" + "A" * 43)) as impostor,
    ):
        number = room.order("mine")
        room.until(number, "sent")
        about, order = f"{PUMP}mine", {"id": CASE + number, "target": f"{PUMP}mine"}
        assert forged.write(about, CASE + number).status_code == 401
        assert yours.write(about, CASE + number).status_code in {403, 404}
        assert yours.write(f"{PUMP}yours", CASE + number).status_code == 204
        impostor.knock()
        liar.connect()
        liar.say("mine", order)
        liar.answer(order)
        eventually(lambda: liar.refused == ["Not authorized"], within=30)
        eventually(lambda: "Not authorized" in impostor.refused, within=30)
        eventually(lambda: "No policy lets the device “yours” write" in room.refused(), within=30)
        eventually(lambda: "其他设备的回执" in room.course(number), within=30)
        assert room.case(number)["status"] == "sent"
        assert mine.write(about, CASE + number).status_code == 204
        assert room.until(number, "done")["acts"][-1]["actor"] == "urn:ngsi-ld:Device:mine"


def test_an_order_goes_out_when_the_broker_is_back(room: Room) -> None:
    with at_work(room.over_mqtt("patient")) as device:
        device.connect()
        number = room.ask("patient")
        room.broker.kill()
        try:
            assert room.approve(number).status_code == 302
            room.until(number, "sent")
        finally:
            room.broker.start()
        room.until(number, "done")
        assert device.done == [CASE + number]


def test_a_worker_that_dies_while_an_order_is_out_hears_the_answer_once(room: Room) -> None:
    with at_work(room.over_mqtt("slow")) as device:
        device.connect()
        device.silent = True
        number = room.order("slow")
        order = device.wait_told()
        room.system.kill_worker()
        device.answer(order)
        device.answer(order)
        room.until(number, "done")
        assert room.acts(number) == ["open", "approve", "acknowledge"]
        assert device.done == [CASE + number]


def test_from_order_to_answer_rests_on_no_slow_look(room: Room) -> None:
    """The figure is measured by the bench (bench/figures/orders.py); here the machine may do much else."""
    with at_work(room.over_mqtt("swift")) as device:
        device.connect()
        took = []
        for category in (RUN, STOP, RUN):
            number = room.ask("swift", category)
            began = time.monotonic()
            assert room.approve(number).status_code == 302
            room.until(number, "done")
            took.append(time.monotonic() - began)
    assert min(took) < 3.0, took
