"""News of SensorThings on the topics of the standard (OGC 18-088, 14.2). Serves Q2, W1.3, N2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from broker import Mosquitto, mosquitto
from doors import City, InCity, station, until
from ports import free_port as a_port
from telling import BASE, Ear, telling

S = "/sta/v1.1"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
ONE = station(1)["id"]
SERIES = f"{ONE}!pm25"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder: Path = tmp_path_factory.mktemp("broker")
    with mosquitto(Mosquitto(folder=folder, port=a_port())) as started:
        yield started


@pytest.fixture
def ear(broker: Mosquitto) -> Iterator[Ear]:
    listening = Ear(broker, "v1.1/#")
    yield listening
    listening.close()


def test_an_observation_is_told_as_its_address_shows_it(in_city: InCity, broker: Mosquitto, ear: Ear) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(UPSERT, json=[station(1)])).status_code == 201
        await until(lambda: ear.granted)
        async with telling(city, broker, "role:integration", "Observations?$select=result"):
            said = {"result": 31.5, "phenomenonTime": "2026-01-02T00:00:00Z", "parameters": {"by": "hand"}}
            posted = await city.writer.post(f"{S}/Datastreams('{SERIES}')/Observations", json=said)
            assert posted.status_code == 201, posted.text
            await until(lambda: ear.on("v1.1/Observations?$select=result"))
        shown = (await city.writer.get(f"{S}/Observations('{posted.json()['@iot.id']}')")).json()
        assert shown["parameters"] == {"by": "hand"}
        assert ear.on(f"v1.1/Datastreams('{SERIES}')/Observations") == ear.on("v1.1/Observations") == [shown]
        assert ear.on(f"v1.1/Datastreams('{SERIES}')/Observations?$select=result") == [{"result": 31.5}]
        assert shown["@iot.selfLink"].startswith(BASE)

    in_city(talk)


def test_several_values_of_one_moment_are_told_by_their_own_ids(in_city: InCity, broker: Mosquitto, ear: Ear) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(UPSERT, json=[station(1)])).status_code == 201
        await until(lambda: ear.granted)
        made = []
        async with telling(city, broker, "role:integration"):
            for result in (20, 21, 22):
                said = {"result": result, "phenomenonTime": "2026-01-02T00:00:00Z"}
                answer = await city.writer.post(f"{S}/Datastreams('{SERIES}')/Observations", json=said)
                made.append(answer.json()["@iot.id"])
            await until(lambda: len(ear.on("v1.1/Observations")) == 3)
        assert [one["@iot.id"] for one in ear.on("v1.1/Observations")] == made
        assert len(set(made)) == 3

    in_city(talk)


def test_a_changed_thing_is_told_whole_and_by_what_changed(in_city: InCity, broker: Mosquitto, ear: Ear) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(UPSERT, json=[station(1)])).status_code == 201
        await until(lambda: ear.granted)
        thing = f"v1.1/Things('{ONE}')"
        async with telling(city, broker, "role:integration", "Things?$select=name"):
            body = {"name": "Riverside", "properties": {"floor": 3}}
            answer = await city.writer.patch(f"{S}/Things('{ONE}')", json=body)
            assert answer.status_code == 200, answer.text
            await until(lambda: ear.on(f"{thing}/properties"))
        shown = (await city.writer.get(f"{S}/Things('{ONE}')")).json()
        assert ear.on(thing) == ear.on("v1.1/Things") == [shown]
        assert ear.on(f"{thing}/name") == [{"name": "Riverside"}] == ear.on(f"{thing}?$select=name")
        assert ear.on(f"{thing}/properties")[0]["properties"]["floor"] == 3
        assert not ear.on(f"{thing}/description")
        assert not ear.on("v1.1/Observations")

    in_city(talk)


def test_new_entities_are_told_on_the_topics_of_their_sets(in_city: InCity, broker: Mosquitto, ear: Ear) -> None:
    async def talk(city: City) -> None:
        await until(lambda: ear.granted)
        sensor = {"name": "S", "description": "s", "encodingType": "text/html", "metadata": "x"}
        async with telling(city, broker, "role:integration"):
            assert (await city.writer.post(UPSERT, json=[station(1)])).status_code == 201
            made = (await city.writer.post(f"{S}/Sensors", json=sensor)).json()["@iot.id"]
            await until(lambda: ear.on(f"v1.1/Sensors('{made}')/metadata"))
        assert [one["@iot.id"] for one in ear.on("v1.1/Things")] == [ONE]
        assert [one["@iot.id"] for one in ear.on("v1.1/Datastreams")] == [SERIES]
        assert [one["@iot.id"] for one in ear.on("v1.1/Locations")] == [f"{ONE}!location"]
        assert [one["result"] for one in ear.on("v1.1/Observations")] == [10]
        assert [one["@iot.id"] for one in ear.on("v1.1/Sensors")] == [made]

    in_city(talk)


def test_what_a_reader_without_a_contract_sees_is_nothing(in_city: InCity, broker: Mosquitto, ear: Ear) -> None:
    async def talk(city: City) -> None:
        await until(lambda: ear.granted)
        weather = {"id": "urn:ngsi-ld:Weather:1", "type": "Weather", "name": {"type": "Property", "value": "calm"}}
        async with telling(city, broker, "anyone"):
            assert (await city.writer.post(UPSERT, json=[station(1), weather])).status_code == 201
            await until(lambda: ear.on("v1.1/Things"))
        assert {body["@iot.id"] for topic, body in ear.heard if topic == "v1.1/Things"} == {weather["id"]}
        assert "AirQuality" not in str(ear.heard)

    in_city(talk)
