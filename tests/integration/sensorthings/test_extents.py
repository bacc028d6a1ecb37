"""From when to when, and where, a Datastream has Observations follows from these. Serves Q1, Q2, N2."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station

from huicheng.stores import Sizes, compact, open_store, sensing

S = "/sta/v1.1"
NGSI = "/ngsi-ld/v1"
STREAM = f"{station(1)['id']}!pm25"
PLACE = station(1)["location"]["value"]
NOW = Sizes(least=1, grace=0.0, keep=0.0)
RECKONED = frozenset(sensing.SETS["Datastreams"].reckoned)


async def _ok(city: City, method: str, path: str, **more: Any) -> Any:
    answer = await city.writer.request(method, path, **more)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else answer.headers.get("location")


async def _put(city: City, *stations: dict[str, Any]) -> None:
    await _ok(city, "POST", f"{NGSI}/entityOperations/upsert?options=update", json=list(stations))


async def _observe(city: City, result: float, moment: str, **said: Any) -> str:
    body = {"result": result, "phenomenonTime": moment, **said}
    made = await _ok(city, "POST", f"{S}/Datastreams('{STREAM}')/Observations", json=body)
    return str(made["@iot.id"])


def _hours(first: int, last: int) -> str:
    return f"2026-01-01T{first:02}:00:00Z/2026-01-01T{last:02}:00:00Z"


async def _agree(city: City, stream: str = STREAM) -> dict[str, Any]:
    """What is told of a Datastream; it is what its Observations say, and what a process that has just begun tells."""
    told: dict[str, Any] = await _ok(city, "GET", f"{S}/Datastreams('{stream}')")
    times = (await _ok(city, "GET", f"{S}/Datastreams('{stream}')/Observations?$select=phenomenonTime"))["value"]
    moments = sorted(one["phenomenonTime"].partition("/")[0] for one in times)
    assert told.get("phenomenonTime") == (f"{moments[0]}/{moments[-1]}" if moments else None)
    fresh = open_store(city.store.data, writer=False)
    try:
        steps = (sensing.Step("Datastreams", stream),)
        [row] = (await fresh.sense(sensing.Sought(steps=steps, reckoned=RECKONED))).rows
        [same] = (await city.store.sense(sensing.Sought(steps=steps, reckoned=RECKONED))).rows
    finally:
        await fresh.close()
    assert {name: row[name] for name in RECKONED} == {name: same[name] for name in RECKONED}
    return told


def test_a_period_widens_with_what_comes_newer_or_older_and_outlives_compaction(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 10.0, hour=5), station(2, 1.0, hour=3))
        told = await _agree(city)
        assert (told["phenomenonTime"], told["observedArea"]) == (_hours(5, 5), PLACE)
        assert "resultTime" not in told
        for hour, period in ((6, _hours(5, 6)), (2, _hours(2, 6))):
            await _put(city, station(1, 7.0, hour=hour))
            assert (await _agree(city))["phenomenonTime"] == period
        await compact(city.store, NOW)
        await _agree(city)
        past = [{"type": "Property", "value": 1.0, "observedAt": f"2026-01-01T0{hour}:00:00Z"} for hour in (0, 1)]
        await _ok(city, "POST", f"{NGSI}/temporal/entities", json={**station(1), "pm25": past})
        for hour in (7, 8, 9):
            await _put(city, station(1, 7.5, hour=hour))
            await compact(city.store, NOW)
        assert (await _agree(city))["phenomenonTime"] == _hours(0, 9)
        assert (await _agree(city, f"{station(2)['id']}!pm25"))["phenomenonTime"] == _hours(3, 3)

    in_city(talk)


def test_what_was_compacted_while_nobody_asked_is_known(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 10.0, hour=5))
        await _agree(city)
        for hour in (1, 9):
            await _put(city, station(1, 11.0, hour=hour))
        await compact(city.store, NOW)
        assert (await _agree(city))["phenomenonTime"] == _hours(1, 9)

    in_city(talk)


def test_a_period_narrows_with_what_is_deleted_and_moves_with_what_is_changed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for hour in range(2, 6):
            await _put(city, station(1, float(hour), hour=hour))
        every = (await _ok(city, "GET", f"{S}/Datastreams('{STREAM}')/Observations?$orderby=phenomenonTime"))["value"]
        first, second, *_, last = [one["@iot.id"] for one in every]
        for gone, period in ((first, _hours(3, 5)), (last, _hours(3, 4))):
            await _ok(city, "DELETE", f"{S}/Observations('{gone}')")
            assert (await _agree(city))["phenomenonTime"] == period
        await _ok(city, "PATCH", f"{S}/Observations('{second}')", json={"phenomenonTime": "2026-01-01T07:00:00Z"})
        assert (await _agree(city))["phenomenonTime"] == _hours(4, 7)
        await compact(city.store, NOW)
        assert (await _agree(city))["phenomenonTime"] == _hours(4, 7)
        page = (await _ok(city, "GET", f"{S}/Datastreams?$orderby=id"))["value"]
        assert [one["phenomenonTime"] for one in page] == [_hours(4, 7)]
        await _ok(city, "DELETE", f"{S}/Datastreams('{STREAM}')")
        await _put(city, station(1, 1.0, hour=8))
        assert (await _agree(city))["phenomenonTime"] == _hours(8, 8)

    in_city(talk)


def test_results_and_ends_are_those_that_observations_say(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 1.0, hour=1))
        late = await _observe(city, 2.0, "2026-01-01T02:00:00Z", resultTime="2026-01-01T12:00:00Z")
        await _observe(city, 3.0, "2026-01-01T03:00:00Z", resultTime="2026-01-01T13:00:00+08:00")
        long = await _observe(city, 4.0, "2026-01-01T04:00:00Z/2026-01-01T09:00:00Z")
        await _observe(city, 5.0, "2026-01-01T05:00:00Z", parameters={"by": "hand"})
        path = f"{S}/Datastreams('{STREAM}')"

        async def told(*said: str) -> bool:
            one = await _ok(city, "GET", path)
            return (one.get("phenomenonTime"), one.get("resultTime")) == said

        assert await told(_hours(1, 9), _hours(5, 12))
        await _ok(city, "PATCH", f"{S}/Observations('{late}')", json={"resultTime": "2026-01-01T11:00:00Z"})
        assert await told(_hours(1, 9), _hours(5, 11))
        await _ok(city, "DELETE", f"{S}/Observations('{late}')")
        await _ok(city, "DELETE", f"{S}/Observations('{long}')")
        assert await told(_hours(1, 5), _hours(5, 5))
        await _ok(city, "DELETE", path)
        await _put(city, station(1, 1.0, hour=8))
        assert (await _agree(city)).get("resultTime") is None

    in_city(talk)


def test_the_area_holds_the_place_of_the_thing_and_the_features_that_are_named(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 1.0, hour=1))
        named = {"name": "reach", "description": "of the river", "encodingType": "application/geo+json"}
        line = {"type": "LineString", "coordinates": [[109.1, 27.9], [109.3, 27.8]]}
        feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [109.15, 27.6, 200.0]}}
        for hour, held in ((2, line), (3, feature)):
            await _observe(city, 2.0, f"2026-01-01T0{hour}:00:00Z", FeatureOfInterest={**named, "feature": held})
        west, east, south, north = 109.1, 109.3, 27.6, 27.9
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        assert (await _agree(city))["observedArea"] == {"type": "Polygon", "coordinates": [ring]}
        await _put(city, {name: held for name, held in station(2, hour=1).items() if name != "location"})
        assert "observedArea" not in await _agree(city, f"{station(2)['id']}!pm25")

    in_city(talk)


def test_a_datastream_without_observations_has_no_extent(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        named = {"name": "x", "description": "x"}
        sensor = {**named, "encodingType": "text/plain", "metadata": "x"}
        stream = {
            **named,
            "observationType": "x",
            "unitOfMeasurement": {"name": None, "symbol": None, "definition": None},
            "Sensor": sensor,
            "ObservedProperty": {**named, "definition": "x"},
            "phenomenonTime": _hours(1, 2),  # as an answer has them: they mean nothing
            "resultTime": _hours(1, 2),
            "observedArea": PLACE,
        }
        place = {**named, "encodingType": "application/geo+json", "location": PLACE}
        await _ok(city, "POST", f"{S}/Things", json={**named, "Datastreams": [stream], "Locations": [place]})
        [one] = (await _ok(city, "GET", f"{S}/Datastreams?$expand=Thing"))["value"]
        assert not RECKONED & one.keys()
        path = f"{S}/Datastreams('{one['@iot.id']}')"
        assert await _ok(city, "GET", f"{path}/phenomenonTime") == {"phenomenonTime": None}
        told = {"result": 1, "phenomenonTime": "2026-01-01T03:00:00Z"}
        await _ok(city, "POST", f"{path}/Observations", json=told)
        changed = {prop: held for prop, held in stream.items() if not isinstance(held, dict) or prop[0].islower()}
        for method in ("PATCH", "PUT"):
            await _ok(city, method, path, json=changed)
        assert (await _ok(city, "GET", path))["phenomenonTime"] == _hours(3, 3)
        assert (await _ok(city, "GET", path))["observedArea"] == PLACE

    in_city(talk)


def test_an_extent_is_told_wherever_its_datastream_is_and_only_where_it_is_wanted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, *(station(number, 1.0, hour=number) for number in range(1, 4)))
        path = f"{S}/Datastreams('{STREAM}')"
        assert await _ok(city, "GET", f"{path}?$select=phenomenonTime") == {"phenomenonTime": _hours(1, 1)}
        assert await _ok(city, "GET", f"{path}?$select=observedArea,name") == {
            "name": "Station 1 pm25",
            "observedArea": PLACE,
        }
        assert not RECKONED & (await _ok(city, "GET", f"{path}?$select=name,Thing")).keys()
        assert await _ok(city, "GET", f"{path}/observedArea") == {"observedArea": PLACE}
        assert await _ok(city, "GET", f"{path}/observedArea/type") == {"type": "Point"}
        assert (await city.writer.get(f"{path}/phenomenonTime/$value")).text == _hours(1, 1)
        things = (await _ok(city, "GET", f"{S}/Things?$expand=Datastreams($select=phenomenonTime)&$orderby=id"))[
            "value"
        ]
        assert [one["Datastreams"] for one in things] == [[{"phenomenonTime": _hours(n, n)}] for n in range(1, 4)]
        behind = (await _ok(city, "GET", f"{S}/Observations?$expand=Datastream&$orderby=phenomenonTime"))["value"]
        assert [one["Datastream"]["phenomenonTime"] for one in behind] == [_hours(n, n) for n in range(1, 4)]

    in_city(talk)


@pytest.mark.parametrize("name", sorted(RECKONED))
def test_no_condition_and_no_order_names_an_extent(in_city: InCity, name: str) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1))
        for question in (
            f"Datastreams?$filter={name} ne null",
            f"Datastreams?$orderby={name}",
            f"Things?$filter=Datastreams/{name} ne null",
            f"Observations?$filter=Datastream/{name} ne null",
        ):
            answer = await city.writer.get(f"{S}/{question}", headers={"accept-language": "en"})
            assert (answer.status_code, answer.json()["place"]) == (400, "$filter"), question
            assert f"“{name}” of Datastreams" in answer.json()["message"]

    in_city(talk)


def test_a_contract_tells_the_extent_of_what_it_shows_only(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 1.0, hour=1), station(2, 2.0, district="south"))
        await _observe(city, 2.0, "2026-01-01T02:00:00Z/2026-01-01T09:00:00Z", resultTime="2026-01-01T12:00:00Z")
        assert "resultTime" in await _ok(city, "GET", f"{S}/Datastreams('{STREAM}')")
        found = (await city.limited.get(f"{S}/Datastreams")).json()["value"]
        extents = [{name: one.get(name) for name in RECKONED} for one in found]
        # What only entities of type Observation say is not in the contract.
        assert extents == [{"phenomenonTime": _hours(1, 2), "resultTime": None, "observedArea": PLACE}]
        await city.revoke("partner")
        assert (await city.limited.get(f"{S}/Datastreams")).json()["value"] == []

    in_city(talk)
