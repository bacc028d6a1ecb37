"""One contract shows the same rows and columns at every door. Serves G3, N2."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from doors import ADMINISTRATOR, POLICIES, City, InCity, station

E = "/ngsi-ld/v1/entities"
T = "/ngsi-ld/v1/temporal/entities"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
#: id → attributes that the partner's contract shows.
SHOWN = {station(number)["id"]: {"pm25", "location", "district"} for number in (1, 3)}


async def _fill(city: City) -> None:
    stations = [station(1), station(2, district="south"), station(3, 30), station(4, district="south")]
    assert (await city.writer.post(UPSERT, json=stations)).status_code == 201


async def _by_query(city: City) -> dict[str, set[str]]:
    found = (await city.limited.get(E, params={"type": "AirQualityObserved"})).json()
    return {one["id"]: set(one) - {"id", "type"} for one in found}


async def _by_id(city: City) -> dict[str, set[str]]:
    answers = [await city.limited.get(f"{E}/{station(number)['id']}") for number in (1, 2, 3, 4)]
    return {answer.json()["id"]: set(answer.json()) - {"id", "type"} for answer in answers if answer.status_code == 200}


async def _by_body(city: City) -> dict[str, set[str]]:
    body = {"type": "Query", "entities": [{"type": "AirQualityObserved"}]}
    found = (await city.limited.post("/ngsi-ld/v1/entityOperations/query", json=body)).json()
    return {one["id"]: set(one) - {"id", "type"} for one in found}


async def _by_events(city: City) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    async with city.listening("limited") as events:
        touched = [station(number, 50, district="north" if number % 2 else "south") for number in (1, 2, 3, 4)]
        await city.writer.post(UPSERT, json=touched)
        async for event in events:
            found[event["id"]] = set(event["attributes"])
            if len(found) == len(SHOWN):
                return found
    raise AssertionError(found)


AIR = "/operations/layers/environment/air"


async def _by_layer(city: City) -> dict[str, set[str]]:
    """A layer shows place and figure, so of the three columns the two that it draws."""
    found = (await city.limited.get(AIR)).json()
    assert found["state"] == "1" * len(found["ids"])
    assert all(name is None for name in found["names"])
    return {found["prefix"] + one: SHOWN[found["prefix"] + one] for one in found["ids"]}


async def _by_stream(city: City) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    async with city.streaming("limited", "layers=environment/air") as frames:
        touched = [station(number, 50, district="north" if number % 2 else "south") for number in (1, 2, 3, 4)]
        await city.writer.post(UPSERT, json=touched)
        async for frame in frames:
            assert set(frame["figure"]) == {50}
            assert not any(frame.get("names") or ())
            found |= {one: SHOWN[one] for one in frame["ids"]}
            if len(found) == len(SHOWN):
                return found
    raise AssertionError(found)


async def _by_replay(city: City) -> dict[str, set[str]]:
    asked = {"layers": "environment/air", "from": "2025-12-31T22:00:00Z", "to": "2026-01-01T02:00:00Z", "step": "3600"}
    answer = await city.limited.get("/operations/replay", params=asked)
    start, *frames = map(json.loads, answer.text.splitlines())
    ids = [start["prefix"] + one for one in start["ids"]]
    seen = [(ids[place], figure) for one in frames for place, figure in zip(one["index"], one["figure"], strict=True)]
    assert sorted(seen) == [(station(1)["id"], 10.0), (station(3)["id"], 30.0)]
    return {one: SHOWN[one] for one in ids}


async def _by_sensor_things(city: City) -> dict[str, set[str]]:
    """What has a course is a Datastream, the place a Location, the rest are properties."""
    answer = await city.limited.get("/sta/v1.1/Things", params={"$expand": "Datastreams,Locations"})
    assert "Station" not in answer.text  # the name is not in the contract
    return {
        one["@iot.id"]: {
            *one["properties"],
            *(stream["@iot.id"].rpartition("!")[2] for stream in one["Datastreams"]),
            *("location" for _ in one["Locations"]),
        }
        for one in answer.json()["value"]
    }


DOORS = [_by_query, _by_id, _by_body, _by_events, _by_layer, _by_stream, _by_replay, _by_sensor_things]


@pytest.mark.parametrize("door", DOORS)
def test_one_contract_shows_the_same_rows_and_columns(in_city: InCity, door: Any) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        assert await door(city) == SHOWN

    in_city(talk)


def test_history_shows_the_rows_and_columns_of_the_contract(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        found = (await city.limited.get(T, params={"type": "AirQualityObserved"})).json()
        # Only pm25 was observed; district and location are state.
        assert {one["id"]: set(one) - {"id", "type"} for one in found} == {key: {"pm25"} for key in SHOWN}
        assert (await city.limited.get(f"{T}/{station(2)['id']}")).status_code == 404

    in_city(talk)


def test_what_is_hidden_cannot_be_probed_by_a_condition(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        for q in ('name=="Station 1"', "name", 'name!="x"', "name~=Station"):
            assert (await city.limited.get(E, params={"type": "AirQualityObserved", "q": q})).json() == [], q
        everything = await city.writer.get(E, params={"type": "AirQualityObserved", "q": "name"})
        assert len(everything.json()) == 4

    in_city(talk)


def test_nobody_sees_and_writes_nothing_but_what_is_open(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        assert (await city.nobody.get(E, params={"type": "AirQualityObserved"})).json() == []
        assert (await city.nobody.get(f"{E}/{station(1)['id']}")).status_code == 404
        await city.writer.post(E, json={"id": "urn:w:1", "type": "Weather", "wind": 3})
        assert (await city.nobody.get(E, params={"type": "Weather"})).json()[0]["id"] == "urn:w:1"
        assert (await city.nobody.post(E, json={"id": "urn:w:2", "type": "Weather"})).status_code == 403
        assert (await city.nobody.delete(f"{E}/urn:w:1")).status_code == 403
        assert (await city.nobody.patch(f"{E}/{station(1)['id']}/attrs", json={"pm25": 1})).status_code == 404
        assert (await city.nobody.get("/ngsi-ld/v1/subscriptions")).status_code == 403

    in_city(talk)


def test_a_key_that_is_not_valid_is_refused_in_both_headers(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for headers in ({"Authorization": "Bearer wrong"}, {"X-API-Key": "wrong"}):
            answer = await city.nobody.get(E, params={"type": "Weather"}, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
        good = await city.nobody.get(E, params={"type": "Weather"}, headers={"X-API-Key": city.keys["writer"]})
        assert good.status_code == 200

    in_city(talk)


def test_a_revoked_policy_holds_at_the_next_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        assert len(await _by_query(city)) == 2
        await city.revoke("partner")
        assert await _by_query(city) == {}
        assert await _by_id(city) == {}

    in_city(talk)


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({"pm25": 7}, 204),
        ({"name": "other"}, 403),
        ({"pm25": 7, "name": "other"}, 403),
        ({"district": "south"}, 403),
    ],
)
def test_writing_is_bound_to_rows_and_columns(in_city: InCity, attributes: dict[str, Any], status: int) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        [grant] = [one for one in POLICIES if one.id == "partner"]
        writes = msgspec.structs.replace(grant, id="partner-writes", actions=("update",))
        await city.authority.put_policies([writes], ADMINISTRATOR)
        mine = await city.limited.patch(f"{E}/{station(1)['id']}/attrs", json=attributes)
        assert mine.status_code == status, mine.text
        foreign = await city.limited.patch(f"{E}/{station(2)['id']}/attrs", json=attributes)
        assert foreign.status_code == 404
        before = (await city.writer.get(f"{E}/{station(1)['id']}", params={"options": "keyValues"})).json()
        assert before["name"] == "Station 1"
        assert before["district"] == "north"

    in_city(talk)


def test_whoever_reads_personal_data_is_written_down_without_what_was_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        keeper = {"type": "Property", "value": "Zhang San"}
        await city.writer.post(UPSERT, json=[{**station(1), "keeper": keeper}, station(2)])
        before = len(await city.authority.audit.after())
        await city.limited.get(f"{E}/{station(1)['id']}")
        await city.writer.get(f"{E}/{station(2)['id']}")
        await city.writer.get(f"{E}/{station(1)['id']}")
        await city.writer.get(E, params={"type": "AirQualityObserved"})
        acts = [row.act for row in await city.authority.audit.after()][before:]
        assert [(act.action, act.resource) for act in acts] == [("read", "AirQualityObserved")] * 2
        assert acts[1].facts == {"entities": [station(1)["id"]], "attributes": ["keeper"]}
        assert "Zhang" not in str(acts)

    in_city(talk)
