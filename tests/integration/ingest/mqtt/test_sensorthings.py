"""Observations that devices publish: what a POST would be, as their devices (OGC 18-088, 14.1; Q2, W1.3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from broker import Device, Mosquitto, mosquitto
from ports import free_port as a_port
from telling import Ear

from huicheng.access import broker_hash
from huicheng.devices.broker_files import write_files
from huicheng.stores import BrokerAccount

from .conftest import City, now, reading, station

KEY = "a key of this test"


def until(probe: Callable[[], Any], within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not probe():
        if time.monotonic() > deadline:
            pytest.fail("It has not come to pass.")
        time.sleep(0.02)


def inbox(device: str, name: str = "", attribute: str = "pm25") -> str:
    """Where a device publishes observations of a station."""
    return f"huicheng/sta/{device}/v1.1/Datastreams('{station(name or device).id}!{attribute}')/Observations"


def observation(result: Any, **more: Any) -> bytes:
    return msgspec.json.encode({"result": result, **more})


def test_what_devices_publish_is_what_they_post(city: City) -> None:
    city.register(["a", "b"])
    city.listen()
    until(city.connected)
    a, b = city.device("a"), city.device("b")
    early, late = now() - timedelta(hours=2), now() - timedelta(hours=1)
    for one in (a, b):
        one.send(f"huicheng/air/{one.name}", reading(early, 10))
    until(lambda: city.counts()["accepted"] == 2)
    # Twice the same, and what came as a reading; then rubbish, and what is not theirs.
    a.send(inbox("a"), observation(31.5, phenomenonTime=late.isoformat()))
    a.send(inbox("a"), observation(31.5, phenomenonTime=late.isoformat()))
    a.send(inbox("a"), observation(10, phenomenonTime=early.isoformat()))
    b.send(inbox("b", "a"), observation(99))
    b.send(inbox("b"), observation(-5))
    b.send(inbox("b"), b"{")
    b.send("huicheng/sta/b/v1.1/Things", b'{"name": "x", "description": "x"}')
    b.send("huicheng/sta/stranger/v1.1/Observations", observation(1))
    until(lambda: city.counts()["messages"] == 10)
    assert city.counts()["rejected"] == 5, city.refused()
    assert sorted(city.history("a")) == [
        ("a", _micros(early), 10),
        ("a", _micros(late), 31.5),
    ]
    assert [value for _, _, value in city.history("b")] == [10]
    refused = city.refused()
    assert "stranger" in refused
    assert "no key that holds" in refused
    assert refused.count("huicheng/sta/b/v1.1") == 4
    a.close()
    b.close()


def _micros(moment: Any) -> int:
    return round(moment.timestamp() * 1_000_000)


@pytest.fixture
def guarded(tmp_path: Path) -> Any:
    """A broker as the guide has it: devices by our files, a gateway below its own level, readers by theirs."""
    folder, gateway, readers = tmp_path / "broker", a_port(), a_port()
    folder.mkdir()
    accounts = [BrokerAccount(name=name, hash=broker_hash(KEY)) for name in ("gateway-1", "pump-7")]
    write_files(folder, BrokerAccount(name="huicheng", hash=broker_hash(KEY)), accounts)
    (folder / "readers.acl").write_text("topic read v1.1/#\n", "utf-8")
    ours = (f"password_file {folder}/huicheng.passwords", f"acl_file {folder}/huicheng.acl", "allow_anonymous false")
    lines = (
        "per_listener_settings true",
        *ours,
        f"listener {gateway} 127.0.0.1",
        "mount_point huicheng/sta/gateway-1/",
        *ours,
        f"listener {readers} 127.0.0.1",
        "allow_anonymous true",
        f"acl_file {folder}/readers.acl",
    )
    with ExitStack() as stack:
        main = stack.enter_context(mosquitto(Guarded(folder=folder, port=a_port(), lines=lines)))
        yield main, Mosquitto(folder=folder, port=gateway), Mosquitto(folder=folder, port=readers)


class Guarded(Mosquitto):
    """Whether settings are a listener's own is said before the first."""

    def _usual(self) -> list[str]:
        first, *rest = self.lines
        assert first == "per_listener_settings true"
        listener, *others = super()._usual()
        self.lines = ()
        return [first, *others, listener, *rest]


def test_a_broker_holds_everybody_to_their_topics(guarded: tuple[Mosquitto, Mosquitto, Mosquitto]) -> None:
    main, mounted, reading_room = guarded
    platform = Ear(main, "huicheng/#", account=("huicheng", KEY))
    reader = Ear(reading_room, "v1.1/#", "huicheng/#")
    until(lambda: platform.granted and reader.granted)
    literal = "v1.1/Datastreams('x!pm25')/Observations"
    gateway, pump = Device(mounted, "gateway-1", KEY), Device(main, "pump-7", KEY)
    intruder = Device(mounted, "pump-7", KEY)
    gateway.send(literal, b"1")
    intruder.send(literal, b"2")
    pump.send(literal, b"3")
    pump.send(f"huicheng/sta/gateway-1/{literal}", b"4")
    pump.send(f"huicheng/sta/pump-7/{literal}", b"5")
    for one in (gateway, pump, intruder):
        one.settle()
    teller = Device(main, "huicheng", KEY)
    teller.send(literal, b"6")
    teller.settle()
    until(lambda: reader.heard and len(platform.heard) == 2)
    assert sorted(platform.heard) == [
        (f"huicheng/sta/gateway-1/{literal}", 1),
        (f"huicheng/sta/pump-7/{literal}", 5),
    ]
    assert reader.heard == [(literal, 6)]
    assert len(intruder.refused) == 1
    assert len(pump.refused) == 2
    for one in (platform, reader, gateway, pump, intruder, teller):
        one.close()
