"""The same contract gives the same rows and columns at every door. Serves N2, Q2 (policies at every door)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from broker import Device, Mosquitto, mosquitto
from doors import City, InCity, station, until
from ports import free_port as a_port
from receivers import notifying
from telling import Ear, telling

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
TYPE = "AirQualityObserved"
#: The contract is for the north, and for three columns; the name is none of them.
STATIONS = [station(one, one * 10.0, district="north" if one % 2 else "south") for one in range(6)]
NORTH = {one["id"]: one["pm25"]["value"] for one in STATIONS if one["district"]["value"] == "north"}
#: What changes last, so that whoever has heard it has heard all that came before.
LAST = station(5, 99, hour=1)
SEEN = {**NORTH, LAST["id"]: 99.0}
HIDDEN = "Station"

#: Entity → pm25 as a door tells it, and all that it said.
Told = tuple[dict[str, float], str]
Write = Callable[[], Awaitable[None]]


async def _asked(city: City, path: str) -> Any:
    answer = await city.limited.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ngsi_ld(city: City, write: Write, _: Mosquitto) -> Told:
    await write()
    found = await _asked(city, f"/ngsi-ld/v1/entities?type={TYPE}&format=simplified")
    return {one["id"]: one["pm25"] for one in found}, json.dumps(found)


async def history(city: City, write: Write, _: Mosquitto) -> Told:
    await write()
    found = await _asked(city, f"/ngsi-ld/v1/temporal/entities?type={TYPE}&options=temporalValues&lastN=1")
    return {one["id"]: one["pm25"]["values"][-1][0] for one in found}, json.dumps(found)


async def sensor_things(city: City, write: Write, _: Mosquitto) -> Told:
    await write()
    newest = "Observations($orderby=phenomenonTime%20desc;$top=1)"
    found = (await _asked(city, f"/sta/v1.1/Datastreams?$expand=Thing,{newest}"))["value"]
    streams = [one for one in found if one["@iot.id"].endswith("!pm25")]
    return {one["Thing"]["@iot.id"]: one["Observations"][0]["result"] for one in streams}, json.dumps(found)


async def features(city: City, write: Write, _: Mosquitto) -> Told:
    await write()
    found = await _asked(city, f"/features/collections/{TYPE}/items")
    return {one["id"]: one["properties"]["pm25"] for one in found["features"]}, json.dumps(found)


async def tiles(city: City, write: Write, _: Mosquitto) -> Told:
    await write()
    answer = await city.limited.get(f"/features/collections/{TYPE}/tiles/WebMercatorQuad/0/0/0")
    [layer] = mapbox_vector_tile.decode(answer.content).values()
    shown = [one["properties"] for one in layer["features"]]
    return {one["id"]: one["pm25"] for one in shown}, json.dumps(shown)


async def events(city: City, write: Write, _: Mosquitto) -> Told:
    heard: list[Any] = []
    async with city.listening("limited", f"types={TYPE}") as news:
        await write()
        async for one in news:
            heard.append(one)
            if one["attributes"].get("pm25") == 99:
                break
    return {one["id"]: one["attributes"]["pm25"] for one in heard}, json.dumps(heard)


async def mqtt(city: City, write: Write, broker: Mosquitto) -> Told:
    ear = Device(broker, "ear")
    ear.listen("news/#")
    wish = {
        "type": "Subscription",
        "entities": [{"type": TYPE}],
        "notification": {"format": "keyValues", "endpoint": {"uri": f"{broker.url}/news/air"}},
    }
    assert (await city.limited.post("/ngsi-ld/v1/subscriptions", json=wish)).status_code == 201
    async with notifying(city):
        await write()
        await until(lambda: any(b'"pm25":99' in one for one in ear.heard))
    heard = [json.loads(one)["body"]["data"] for one in ear.heard]
    ear.close()
    return {one["id"]: one["pm25"] for data in heard for one in data}, json.dumps(heard)


async def sensor_things_mqtt(city: City, write: Write, broker: Mosquitto) -> Told:
    if "/sta/v1.1/" not in city.doors.apps:
        pytest.skip("SensorThings has no door over this engine.")
    ear = Ear(broker, "v1.1/#")
    await until(lambda: ear.granted)
    async with telling(city, broker, "role:partner"):
        await write()
        await until(lambda: any(one["result"] == 99 for one in ear.on("v1.1/Observations")))
    ear.close()
    found = {one["@iot.id"].partition("!")[0]: one["result"] for one in ear.on("v1.1/Observations")}
    return found, json.dumps(ear.heard)


DOORS = (ngsi_ld, history, sensor_things, features, tiles, events, mqtt, sensor_things_mqtt)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder: Path = tmp_path_factory.mktemp("broker")
    with mosquitto(Mosquitto(folder=folder, port=a_port())) as started:
        yield started


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_contract_gives_the_same_rows_through_every_door(in_city: InCity, broker: Mosquitto, door: Any) -> None:
    async def talk(city: City) -> None:
        async def write() -> None:
            for some in (STATIONS, [LAST]):
                assert (await city.writer.post(UPSERT, json=some)).status_code in {201, 204}

        rows, said = await door(city, write, broker)
        assert rows == SEEN
        assert HIDDEN not in said

    in_city(talk)
