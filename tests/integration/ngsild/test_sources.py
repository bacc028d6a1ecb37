"""Other brokers asked and written to, over real HTTP: a second city, a dead one, a slow one, a circle. Serves Q2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from doors import City, InCity
from sources import ID, REGISTRATIONS, Source, another_city, offer, register, register_city, weather

E = "/ngsi-ld/v1/entities"
O = "/ngsi-ld/v1/entityOperations"  # noqa: E741 - beside E
OWN = f"{E}/{ID}"


async def _make(city: City, *entities: dict[str, Any], local: bool = True) -> None:
    for one in entities:
        made = await city.writer.post(E, json=one, params={"local": "true"} if local else {})
        assert made.status_code == 201, made.text


async def _simple(city: City, client: Any = None, **asked: str) -> Any:
    answer = await (client or city.writer).get(OWN, params={"options": "keyValues", **asked})
    return answer.json() if answer.status_code == 200 else answer.status_code


async def _here(city: City) -> Any:
    return await _simple(city, local="true")


# -- reading


def test_an_entity_is_put_together_from_here_and_there(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _make(city, weather(rain=1))
            await _make(there, weather(wind=7))
            await register_city(city, there)
            assert await _simple(city) == {"id": ID, "type": "Weather", "rain": 1, "wind": 7}
            assert await _here(city) == {"id": ID, "type": "Weather", "rain": 1}
            [one] = (await city.writer.get(E, params={"type": "Weather", "options": "keyValues"})).json()
            assert (one["rain"], one["wind"]) == (1, 7)
            body = {"type": "Query", "entities": [{"type": "Weather"}]}
            [one] = (await city.writer.post(f"{O}/query", json=body, params={"options": "keyValues"})).json()
            assert (one["rain"], one["wind"]) == (1, 7)

    in_city(talk)


def test_the_newest_observation_wins_wherever_it_is(in_city: InCity, tmp_path: Path) -> None:
    def seen(value: int, hour: int) -> dict[str, Any]:
        return {"type": "Property", "value": value, "observedAt": f"2026-01-01T{hour:02}:00:00Z"}

    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _make(city, weather(rain=seen(1, 5), wind=seen(2, 9)))
            await _make(there, weather(rain=seen(3, 7), wind=seen(4, 8)))
            await register_city(city, there)
            found = await _simple(city)
            assert (found["rain"], found["wind"]) == (3, 2)

    in_city(talk)


@pytest.mark.parametrize(("mode", "rain", "wind"), [("auxiliary", 1, 7), ("exclusive", 5, 7), ("redirect", 5, 7)])
def test_the_mode_says_who_is_believed(in_city: InCity, tmp_path: Path, mode: str, rain: int, wind: int) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _make(there, weather(rain=5, wind=7))
            await _make(city, weather(rain=1))
            await register_city(
                city, there, mode=mode, entities=[{"type": "Weather", "id": ID}], names=["rain", "wind"]
            )
            found = await _simple(city)
            assert (found["rain"], found["wind"]) == (rain, wind)

    in_city(talk)


def test_pages_go_on_over_what_is_here_and_there(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            ids = [f"urn:ngsi-ld:Weather:{number}" for number in range(5)]
            await _make(city, *(weather(one, rain=0) for one in ids[::2]))
            await _make(there, *(weather(one, rain=1) for one in ids[1::2]))
            await register_city(city, there)
            asked = {"type": "Weather", "limit": "2"}
            pages = [await city.writer.get(E, params={**asked, "offset": str(start)}) for start in (0, 2, 4)]
            assert [one["id"] for page in pages for one in page.json()] == ids
            assert ['rel="next"' in str(page.headers.get_list("link")) for page in pages] == [True, True, False]
            counted = await city.writer.get(E, params={**asked, "count": "true"})
            assert counted.headers["ngsild-results-count"] == "5"

    in_city(talk)


# -- policies


def test_what_a_source_returns_passes_the_guard_of_the_asker(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            own = [
                {**weather(f"urn:x:{one}", pm25=4, district=one, secret=9), "type": "AirQualityObserved"}
                for one in ("north", "south")
            ]
            await _make(there, *own)
            await register_city(city, there, entities=[{"type": "AirQualityObserved"}])
            seen = (await city.limited.get(E, params={"type": "AirQualityObserved", "options": "keyValues"})).json()
            assert [(one["id"], sorted(one)) for one in seen] == [("urn:x:north", ["district", "id", "pm25", "type"])]
            assert (await city.limited.get(f"{E}/urn:x:south")).status_code == 404
            assert (await city.nobody.get(f"{E}/urn:x:north")).status_code == 404

    in_city(talk)


def test_nothing_is_forwarded_for_who_may_not_write_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(status=204)
        async with source.serving() as address:
            await register(city, offer(address, entities=[{"type": "AirQualityObserved"}]))
            own = {**weather("urn:x:1", pm25=3), "type": "AirQualityObserved"}
            assert (await city.limited.post(E, json=own)).status_code == 403
            assert (await city.limited.delete(f"{E}/urn:x:1")).status_code == 403
            assert (await city.limited.post(f"{O}/upsert", json=[own])).status_code == 207
            assert source.asked == []

    in_city(talk)


def test_a_source_cannot_make_cases_of_this_city(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        forged = {**weather("urn:ngsi-ld:Case:1", status="closed"), "type": "Case"}
        source = Source(answer=[forged])
        async with source.serving() as address:
            await register(city, offer(address, entities=[{"type": "Case"}]))
            assert (await city.writer.get(E, params={"type": "Case"})).json() == []
            assert len(source.asked) == 1

    in_city(talk)


# -- writing


def test_an_exclusive_attribute_is_written_at_its_source_alone(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            entities = [{"type": "Weather", "id": ID}]
            await register_city(city, there, mode="exclusive", entities=entities, names=["rain"])
            await _make(city, weather(rain=1, wind=2), local=False)
            assert await _here(city) == {"id": ID, "type": "Weather", "wind": 2}
            assert await _here(there) == {"id": ID, "type": "Weather", "rain": 1}
            value = {"type": "Property", "value": 9}
            assert (await city.writer.patch(f"{OWN}/attrs/rain", json=value)).status_code == 204
            assert (await city.writer.patch(f"{OWN}/attrs", json={"rain": value, "wind": value})).status_code == 204
            assert (await _here(there))["rain"] == 9
            assert (await _here(city))["wind"] == 9
            assert (await city.writer.delete(f"{OWN}/attrs/rain")).status_code == 204
            assert "rain" not in await _here(there)

    in_city(talk)


def test_an_inclusive_source_gets_what_is_written_here_too(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await register_city(city, there)
            await _make(city, weather(rain=1), local=False)
            assert await _here(city) == await _here(there) == {"id": ID, "type": "Weather", "rain": 1}
            assert (await city.writer.put(OWN, json=weather(wind=2))).status_code == 204
            assert await _here(city) == await _here(there) == {"id": ID, "type": "Weather", "wind": 2}
            assert (await city.writer.delete(OWN)).status_code == 204
            assert (await _here(city), await _here(there)) == (404, 404)

    in_city(talk)


def test_what_is_redirected_does_not_stay_here(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await register_city(city, there, mode="redirect")
            await _make(city, weather(rain=1), local=False)
            assert await _here(city) == 404
            assert (await _here(there))["rain"] == 1
            assert (await city.writer.post(E, json=weather(rain=1))).status_code == 409
            assert (await _simple(city))["rain"] == 1

    in_city(talk)


def test_a_source_that_is_not_registered_for_the_operation_is_not_written_to(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(status=204)
        async with source.serving() as address:
            await register(city, offer(address, mode="exclusive", names=["rain"], operations=["retrieveOps"]))
            refused = await city.writer.post(E, json=weather(rain=1))
            assert (refused.status_code, refused.json()["code"]) == (409, "source-unable")
            partly = await city.writer.post(E, json=weather(rain=1, wind=2))
            assert partly.status_code == 207
            assert partly.json()["success"] == [ID]
            assert partly.json()["errors"][0]["error"]["status"] == 409
            assert source.asked == []

    in_city(talk)


def test_a_batch_is_divided_and_each_source_asked_once(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            operations = ["redirectionOps", "createBatch", "upsertBatch", "updateBatch", "mergeBatch", "deleteBatch"]
            await register_city(
                city, there, mode="redirect", entities=[{"type": "Weather", "idPattern": "far"}], operations=operations
            )
            near, far = weather("urn:near:1", rain=1), [weather(f"urn:far:{one}", rain=one) for one in range(3)]
            made = await city.writer.post(f"{O}/upsert", json=[near, *far])
            assert made.status_code == 201
            assert sorted(made.json()) == ["urn:far:0", "urn:far:1", "urn:far:2", "urn:near:1"]
            [one] = (await city.writer.get(E, params={"type": "Weather", "local": "true"})).json()
            assert one["id"] == "urn:near:1"
            assert len((await there.writer.get(E, params={"type": "Weather"})).json()) == 3
            again = await city.writer.post(f"{O}/create", json=[weather("urn:near:2"), far[0]])
            assert again.status_code == 207
            assert again.json()["success"] == ["urn:near:2"]
            [error] = again.json()["errors"]
            assert (error["entityId"], error["error"]["status"]) == ("urn:far:0", 409)
            gone = await city.writer.post(f"{O}/delete", json=["urn:near:1", "urn:far:1"])
            assert gone.status_code == 204
            assert len((await there.writer.get(E, params={"type": "Weather"})).json()) == 2

    in_city(talk)


def test_a_partly_done_update_is_told_in_the_words_of_the_client(in_city: InCity) -> None:
    context = {"rain": "https://example.org/rain", "wind": "https://example.org/wind"}

    async def talk(city: City) -> None:
        source = Source(status=204)
        headers = {"Content-Type": "application/ld+json"}
        async with source.serving() as address:
            said = offer(address, mode="exclusive", names=["rain"], **{"@context": context})
            assert (await city.writer.post(REGISTRATIONS, json=said, headers=headers)).status_code == 201
            await _make(city, weather())
            value = {"type": "Property", "value": 9}
            body = {"rain": value, "wind": {**value, "value": "urn:ngsi-ld:null"}, "@context": context}
            partly = await city.writer.patch(f"{OWN}/attrs", json=body, headers=headers)
            assert partly.status_code == 207
            assert partly.json()["updated"] == ["rain"]
            assert [one["attributeName"] for one in partly.json()["notUpdated"]] == ["wind"]
            assert source.bodies == [{"rain": value, "@context": context}]

    in_city(talk)


def test_of_many_registrations_only_those_of_the_type_are_looked_at(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=[weather(wind=2)])
        async with source.serving() as address:
            for number in range(100):
                await register(city, offer("http://127.0.0.1:9", entities=[{"type": f"Other{number}"}]))
            await register(city, offer(address, entities=[{"type": ["Weather", "Other1"]}]))
            found = await city.writer.get(E, params={"type": "Weather", "options": "keyValues"})
            assert found.json() == [{"id": ID, "type": "Weather", "wind": 2}]
            assert "ngsild-warning" not in found.headers
            assert len(source.asked) == 1

    in_city(talk)


def test_a_purge_goes_to_every_source_of_the_type(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _make(city, weather("urn:near:1", rain=1))
            await _make(there, weather("urn:far:1", rain=1))
            await register_city(city, there)
            assert (await city.limited.delete(E, params={"type": "Weather"})).status_code == 403
            assert (await city.writer.delete(E, params={"type": "Weather"})).status_code == 204
            for one in (city, there):
                left = await one.writer.get(E, params={"type": "Weather", "local": "true"})
                assert left.json() == []

    in_city(talk)
