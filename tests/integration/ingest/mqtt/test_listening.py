"""What devices say by MQTT is in the store once it is acknowledged, once each, and nothing else is (W1.1, Q1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from .conftest import City, now, reading, station

Eventually = Callable[..., object]


def test_a_reading_becomes_an_observation_of_the_station_and_is_acknowledged(
    city: City, eventually: Eventually
) -> None:
    city.register(["s1"])
    city.listen()
    eventually(city.connected, within=60)
    device = city.device("s1")
    at = now().replace(microsecond=0)
    device.send("huicheng/air/s1", reading(at, 31.5, humidity=55))
    eventually(lambda: city.history("s1"))
    assert city.history("s1") == [("s1", int(at.timestamp()) * 1_000_000, 31.5)]
    assert city.state(station("s1").id, "relativeHumidity") == 0.55
    assert city.state(station("s1").id, "location") is not None
    device.close()


def test_an_array_is_as_many_rows_and_nested_members_are_columns(city: City, eventually: Eventually) -> None:
    city.register(["s1"])
    city.listen()
    eventually(city.connected, within=60)
    device = city.device("s1")
    first = now().replace(microsecond=0) - timedelta(minutes=5)
    rows = [{"time": (first + timedelta(minutes=n)).isoformat(), "pm25": n} for n in range(5)]
    device.send("huicheng/air/s1", msgspec.json.encode(rows))
    eventually(lambda: len(city.history("s1")) == 5)
    assert city.counts()["accepted"] == 5
    assert city.state(station("s1").id, "pm25") == 4
    device.close()


def test_what_comes_twice_is_stored_once_and_what_comes_late_does_not_take_the_newer_ones_place(
    city: City, eventually: Eventually
) -> None:
    city.register(["s1"])
    city.listen()
    eventually(city.connected, within=60)
    device = city.device("s1")
    at = now().replace(microsecond=0)
    for minutes, value in ((3, 1.0), (1, 2.0), (1, 2.0), (2, 9.0), (3, 1.0), (2, 9.0)):
        device.send("huicheng/air/s1", reading(at - timedelta(minutes=minutes), value))
        device.settle()
    eventually(lambda: city.counts()["messages"] == 6)
    assert sorted(value for _, _, value in city.history("s1")) == [1.0, 2.0, 9.0]
    assert city.counts()["duplicates"] == 3
    assert city.state(station("s1").id, "pm25") == 2.0
    device.close()


def test_rubbish_is_refused_with_its_reason_and_acknowledged(city: City, eventually: Eventually) -> None:
    city.register(["s1"])
    city.listen()
    eventually(city.connected, within=60)
    device = city.device("s1")
    bodies = [
        b"\x00\xff\xfe\x80 binary",
        b"{",
        b"[1, 2]",
        b"[" * 100_000,
        b'{"time": "yesterday", "pm25": 1}',
        b'{"pm25": 1}',
        reading(now(), -5),
        reading(now() + timedelta(hours=1), 5),
        reading(datetime(1970, 1, 1, tzinfo=UTC), 5),
        b'{"time": "' + b"9" * 300_000 + b'"}',
    ]
    for body in bodies:
        device.send("huicheng/air/s1", body)
    device.send("huicheng/air/s1", reading(now(), 7.5))
    eventually(lambda: city.counts()["accepted"] == 1)
    assert city.counts()["rejected"] >= len(bodies)
    assert [value for _, _, value in city.history("s1")] == [7.5]
    said = city.refused()
    for reason in ("is not JSON", "no object", "is not a time", "has no time", "in the future", "days ago", "bytes"):
        assert reason in said, said
    device.settle()
    device.close()


def test_a_device_writes_what_it_observes_and_nothing_else(city: City, eventually: Eventually) -> None:
    city.register(["s1", "s2"])
    city.register(["s3"], observing=False)
    city.listen()
    eventually(city.connected, within=60)
    device = city.device("s1")
    device.send("huicheng/state/s1", msgspec.json.encode({"time": now().isoformat(), "battery": 0.5}))
    device.send("huicheng/air/nobody", reading(now(), 1))
    device.send("huicheng/other/s1", reading(now(), 1))
    # This broker lets anybody speak on any topic; the station of s2 is still not s3's.
    device.send("huicheng/air/s3", reading(now(), 3))
    eventually(lambda: city.counts()["messages"] >= 3)
    eventually(lambda: city.state("urn:ngsi-ld:Device:s1", "batteryLevel") == 0.5)
    eventually(lambda: city.history("s3"))
    assert city.state(station("s3").id, "refDevice") == "urn:ngsi-ld:Device:s3"
    assert "has no key" in city.refused()
    city.revoke("s1")
    eventually(lambda: _refused_now(city, device), within=15)
    device.close()


def _refused_now(city: City, device: object) -> bool:
    before = city.counts()["rejected"]
    device.send("huicheng/air/s1", reading(now(), 1))  # type: ignore[attr-defined] # a Device
    return city.refused().count("“s1” has no key") > 0 or city.counts()["rejected"] > before


@pytest.mark.soak
def test_a_flood_of_one_device_is_cut_and_told_and_keeps_nobody_waiting(city: City, eventually: Eventually) -> None:
    city.register(["quiet", "loud"])
    city.listen(HUICHENG_MQTT_RATE="5", HUICHENG_MQTT_BURST="20")
    eventually(city.connected, within=60)
    loud, quiet = city.device("loud"), city.device("quiet")
    at = now() - timedelta(minutes=1)
    for number in range(2_000):
        loud.send("huicheng/air/loud", reading(at + timedelta(milliseconds=number), number))
    quiet.send("huicheng/air/quiet", reading(now(), 1))
    eventually(lambda: city.history("quiet"))
    loud.settle()
    eventually(lambda: city.counts()["messages"] == 2_001)
    assert city.counts()["flooded"] >= 1_900
    eventually(lambda: (city.state("urn:ngsi-ld:Device:loud", "flooding") or 0) > 0, within=30)
    assert city.state("urn:ngsi-ld:Device:quiet", "flooding") is None
    loud.close()
    quiet.close()
