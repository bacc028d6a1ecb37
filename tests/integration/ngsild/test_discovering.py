"""Types and attributes of other brokers beside those that are here (CIM 009, 5.7.5-5.7.10). Serves Q2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doors import City, InCity
from sources import Source, another_city, offer, register, register_city, weather

E = "/ngsi-ld/v1/entities"
BASE = "/ngsi-ld/v1"


async def _asked(city: City, path: str, client: Any = None, **asked: str) -> Any:
    answer = await (client or city.writer).get(BASE + path, params=asked)
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_types_and_attributes_of_a_source_are_told_and_added_up(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            assert (await there.writer.post(E, json=weather("urn:x:1", wind=7))).status_code == 201
            await register_city(city, there)
            assert (await _asked(city, "/types"))["typeList"] == ["Weather"]
            assert (await _asked(city, "/attributes"))["attributeList"] == ["wind"]
            assert (await city.writer.post(E, json=weather("urn:x:2", rain=1), params={"local": "true"})).is_success
            [one] = await _asked(city, "/types", details="true")
            assert one["attributeNames"] == ["rain", "wind"]
            info = await _asked(city, "/types/Weather")
            assert info["entityCount"] == 2
            wind = await _asked(city, "/attributes/wind")
            assert (wind["attributeCount"], wind["attributeTypes"]) == (1, ["Property"])
            assert (await _asked(city, "/attributes", details="true"))[1]["typeNames"] == ["Weather"]
            assert await _asked(city, "/attributes/wind", local="true") == 404

    in_city(talk)


def test_what_a_source_says_of_types_passes_the_policies_of_the_asker(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        told = {"id": "urn:x:list", "type": "EntityTypeList", "typeList": ["AirQualityObserved", "Case", "Weather"]}
        async with (source := Source(answer=told)).serving() as address:
            await register(city, offer(address, entities=[{"type": ["AirQualityObserved", "Case", "Weather"]}]))
            assert (await _asked(city, "/types"))["typeList"] == ["AirQualityObserved", "Weather"]
            assert (await _asked(city, "/types", city.nobody))["typeList"] == ["Weather"]
            assert source.asked[0] == ("GET", "/ngsi-ld/v1/types")

    in_city(talk)


def test_a_source_is_not_heard_about_types_that_it_was_not_registered_with(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        told = {"id": "urn:x:list", "type": "EntityTypeList", "typeList": ["Weather", "Else", 7]}
        async with Source(answer=told).serving() as address:
            await register(city, offer(address))
            assert (await _asked(city, "/types"))["typeList"] == ["Weather"]

    in_city(talk)


def test_a_source_that_fails_or_talks_nonsense_hides_nothing_that_is_here(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(E, json=weather("urn:x:2", rain=1))).is_success
        for status, told in ((500, None), (200, [[], {"typeName": 3, "entityCount": "many"}, 5])):
            async with Source(answer=told, status=status).serving() as address:
                location = await register(city, offer(address))
                assert (await _asked(city, "/types"))["typeList"] == ["Weather"]
                assert (await _asked(city, "/attributes/rain"))["attributeCount"] == 1
                assert (await city.writer.delete(location)).status_code == 204

    in_city(talk)


def test_only_sources_that_fit_a_condition_on_themselves_are_asked(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with Source(answer=[weather("urn:x:1", wind=7)]).serving() as address:
            await register(city, offer(address, quality={"type": "Property", "value": "good"}))
            for csf, found in (('quality=="good"', ["urn:x:1"]), ('quality=="poor"', []), ("other", [])):
                assert [one["id"] for one in await _asked(city, "/entities", type="Weather", csf=csf)] == found
                body = {"type": "Query", "entities": [{"type": "Weather"}], "csf": csf}
                answer = await city.writer.post(f"{BASE}/entityOperations/query", json=body)
                assert [one["id"] for one in answer.json()] == found

    in_city(talk)
