"""What the state and kept figures tell of observations is what history tells. Serves Q1, Q2."""

from __future__ import annotations

from typing import Any

from doors import City, InCity, station

from huicheng.stores import Sizes, compact

S = "/sta/v1.1"
NGSI = "/ngsi-ld/v1"
STREAM = f"{S}/Datastreams('{station(1)['id']}!pm25')"
NOW = Sizes(least=1, grace=0.0, keep=0.0)


async def _ok(city: City, method: str, path: str, **more: Any) -> Any:
    answer = await city.writer.request(method, path, **more)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


async def _put(city: City, *stations: dict[str, Any]) -> None:
    await _ok(city, "POST", f"{NGSI}/entityOperations/upsert?options=update", json=list(stations))


async def _agree(city: City) -> Any:
    """The newest by the short way, after it was compared with what history says; and so the count."""
    short = "Observations($top=1;$orderby=phenomenonTime%20desc)"
    plain = "Observations($top=1;$orderby=phenomenonTime%20desc,phenomenonTime)"
    one = await _ok(city, "GET", f"{STREAM}?$expand={short}")
    assert one == await _ok(city, "GET", f"{STREAM}?$expand={plain}")
    behind = await _ok(city, "GET", f"{STREAM}/Observations?$top=1&$orderby=phenomenonTime%20desc")
    assert behind["value"] == one["Observations"]
    ever = "$filter=phenomenonTime ge 1970-01-01T00:00:00Z"
    for path in (f"{STREAM}/Observations", f"{S}/Observations"):
        counted = await _ok(city, "GET", f"{path}?$count=true&$top=0")
        assert counted == await _ok(city, "GET", f"{path}?$count=true&$top=0&{ever}")
    return one


def test_the_newest_observation_is_the_same_however_it_came(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 10.0, hour=5), station(2, 1.0, hour=3))
        first = await _agree(city)
        assert first["Observations"][0]["result"] == 10
        assert "Observations@iot.nextLink" not in first
        for value, hour in ((11.5, 6), (7.0, 2), (8.0, 2), (9.0, 6)):  # newer; older takes its place; one moment twice
            await _put(city, station(1, value, hour=hour))
            await _agree(city)
        await compact(city.store, NOW)
        found = await _agree(city)
        assert "Observations@iot.nextLink" in found
        await _put(city, station(1, 12.0, hour=7), station(1, 11.5, hour=6))
        await _agree(city)
        await compact(city.store, NOW)
        await _agree(city)

    in_city(talk)


def test_an_observation_that_is_deleted_is_the_newest_no_more(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for hour in range(3):
            await _put(city, station(1, float(hour), hour=hour))
        [newest] = (await _agree(city))["Observations"]
        await _ok(city, "DELETE", f"{S}/Observations('{newest['@iot.id']}')")
        [before] = (await _agree(city))["Observations"]
        assert (newest["result"], before["result"]) == (2, 1)

    in_city(talk)


def test_a_contract_counts_and_finds_the_newest_of_its_own_rows_only(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _put(city, station(1, 1.0, district="north"), station(2, 2.0, district="south"))
        every = f"{S}/Observations?$count=true&$top=0"
        assert (await city.writer.get(every)).json()["@iot.count"] == 2
        assert (await city.limited.get(every)).json()["@iot.count"] == 1
        found = await city.limited.get(f"{S}/Datastreams?$expand=Observations($top=1;$orderby=phenomenonTime%20desc)")
        assert [one["Observations"][0]["result"] for one in found.json()["value"]] == [1]

    in_city(talk)


def test_an_answer_that_multiplies_itself_is_refused_in_time(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        yard = {"type": "Relationship", "object": "urn:ngsi-ld:Location:yard"}
        place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [109.2, 27.7]}}
        gates = [{"id": f"urn:ngsi-ld:Gate:{n}", "type": "Gate", "refLocation": yard} for n in range(60)]
        await _put(city, {"id": yard["object"], "type": "Location", "location": place}, *gates)
        deep = "Things"
        for link in ("Locations", "Things", "Locations"):
            deep = f"{link}($expand={deep})"
        assert (await city.writer.get(f"{S}/Things?$top=2&$expand=Locations($expand=Things)")).status_code == 200
        answer = await city.writer.get(f"{S}/Things?$expand={deep}")
        assert (answer.status_code, answer.json()["place"]) == (400, "$expand")

    in_city(talk)
