"""What a device's key opens at the data doors: its own, and nothing else; and which keys open nothing (W1.1, N1)."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from doors import City, InCity, in_city, station
from packed import known

from huicheng.access import EVERYTHING
from huicheng.city import Attribute
from huicheng.stores import DeviceKeys, device_urn

__all__ = ["in_city"]

E = "/ngsi-ld/v1/entities"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert?options=update"
OWN, OTHER, NEW = (f"urn:ngsi-ld:AirQualityObserved:{number}" for number in (1, 2, 3))


async def prepared(city: City) -> tuple[DeviceKeys, str]:
    """The packs' own policies, two devices with a station each, and the key of the first."""
    await city.authority.seed(known())
    devices = [{"id": device_urn(f"s{n}"), "type": "Device", "deviceState": said("active")} for n in (1, 2)]
    stations = [station(n) | {"refDevice": refers(f"s{n}")} for n in (1, 2)]
    answer = await city.writer.post(UPSERT, json=[*devices, *stations])
    assert answer.status_code == 201, answer.text
    keys = DeviceKeys(city.store)
    return keys, (await keys.provision({device_urn("s1"): "eeb"}, EVERYTHING.subject))[device_urn("s1")]


def said(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


def refers(name: str) -> dict[str, Any]:
    return {"type": "Relationship", "object": device_urn(name)}


def with_key(city: City, key: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(city.app)
    return httpx.AsyncClient(transport=transport, base_url="http://city", headers={"Authorization": f"Bearer {key}"})


async def stored(city: City, id: str, name: str = "pm25") -> Any:
    found = await city.store.get(id)
    held = found.entity.attributes.get(name) if found else None
    return held.content if isinstance(held, Attribute) else None


def test_a_device_writes_its_own_station_and_itself(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        _, key = await prepared(city)
        device = with_key(city, key)
        assert (await device.patch(f"{E}/{OWN}/attrs", json={"pm25": said(44.0)})).status_code == 204
        assert await stored(city, OWN) == 44.0
        answer = await device.post(f"{E}/{device_urn('s1')}/attrs", json={"batteryLevel": said(0.5)})
        assert answer.status_code == 204
        mine = station(3, 7.0) | {"refDevice": refers("s1")}
        del mine["district"], mine["name"], mine["location"]
        assert (await device.post(E, json=mine)).status_code == 201
        assert await stored(city, NEW) == 7.0

    in_city(talk)


def test_nothing_of_another_device_is_written_and_its_register_is_not_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        _, key = await prepared(city)
        device = with_key(city, key)
        tries = [
            await device.patch(f"{E}/{OTHER}/attrs", json={"pm25": said(99.0)}),
            # Not even by saying first that it were one's own.
            await device.patch(f"{E}/{OTHER}/attrs", json={"refDevice": refers("s1")}),
            await device.patch(f"{E}/{OTHER}/attrs", json={"pm25": said(99.0), "refDevice": refers("s1")}),
            # Nor is one's own given away.
            await device.patch(f"{E}/{OWN}/attrs", json={"refDevice": refers("s2")}),
            await device.post(E, json=station(3) | {"refDevice": refers("s2")}),
            await device.post(f"{E}/{device_urn('s2')}/attrs", json={"batteryLevel": said(0.5)}),
            await device.delete(f"{E}/{OTHER}"),
            await device.delete(f"{E}/{OWN}"),
        ]
        assert [one.status_code // 100 for one in tries] == [4] * len(tries), [one.status_code for one in tries]
        assert await stored(city, OTHER) == 10.0
        assert await stored(city, OTHER, "refDevice") == device_urn("s2")
        assert await stored(city, OWN, "refDevice") == device_urn("s1")
        assert await city.store.get(NEW) is None
        assert [one["id"] for one in (await device.get(f"{E}?type=Device")).json()] == [device_urn("s1")]

    in_city(talk)


def test_where_it_stands_and_whose_it_is_a_device_does_not_say(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        _, key = await prepared(city)
        device = with_key(city, key)
        place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [0, 0]}}
        await device.post(f"{E}/{OWN}/attrs", json={"location": place})
        await device.post(f"{E}/{device_urn('s1')}/attrs", json={"deviceState": said("retired")})
        assert (await stored(city, OWN, "location"))["coordinates"][1] == 27.7
        assert await stored(city, device_urn("s1"), "deviceState") == "active"

    in_city(talk)


def test_of_a_batch_only_what_is_its_own_goes_in(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        _, key = await prepared(city)
        batch = [{"id": one, "type": "AirQualityObserved", "pm25": said(55.0)} for one in (OWN, OTHER)]
        answer = await with_key(city, key).post(UPSERT, json=batch)
        assert answer.status_code == 207, answer.text
        assert await stored(city, OWN) == 55.0
        assert await stored(city, OTHER) == 10.0

    in_city(talk)


@pytest.mark.parametrize(
    "what", ["forged", "changed", "the hash of the broker's file", "revoked", "rotated", "expired"]
)
def test_a_key_that_does_not_hold_opens_nothing(in_city: InCity, what: str) -> None:
    async def talk(city: City) -> None:
        keys, key = await prepared(city)
        key = await _spoilt(keys, key, what)
        device = with_key(city, key)
        for answer in (
            await device.patch(f"{E}/{OWN}/attrs", json={"pm25": said(99.0)}),
            await device.get(f"{E}/{OWN}"),
        ):
            assert answer.status_code == 401
        assert await stored(city, OWN) == 10.0

    in_city(talk)


async def _spoilt(keys: DeviceKeys, key: str, what: str) -> str:
    match what:
        case "forged":
            return "x" * len(key)
        case "changed":
            return key[:-1] + ("a" if key[-1] != "a" else "b")
        case "the hash of the broker's file":
            [account] = await keys.for_broker()
            return account.hash
        case "revoked":
            await keys.revoke([device_urn("s1")], EVERYTHING.subject)
        case "rotated":
            await keys.provision({device_urn("s1"): "eeb"}, EVERYTHING.subject)
        case "expired":
            return await _expired(keys)
    return key


async def _expired(keys: DeviceKeys) -> str:
    """A key that has just ended; the broker's file and the listeners know it no more, either."""
    moment = time.time_ns() // 1000
    issued = await keys.provision({device_urn("s1"): "eeb"}, EVERYTHING.subject, expires_at=moment)
    assert await keys.for_broker() == []
    assert await keys.holding([device_urn("s1")]) == frozenset()
    return issued[device_urn("s1")]
