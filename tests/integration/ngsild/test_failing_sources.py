"""Sources that fail: a dead one, a slow one, one that talks nonsense, a circle; over real HTTP. Serves Q2."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from doors import City, InCity
from ports import free_port
from sources import ID, Source, another_city, offer, register, register_city, weather

E = "/ngsi-ld/v1/entities"
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


def test_a_dead_source_costs_a_warning_and_no_answer(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        address = await register(city, offer(f"http://127.0.0.1:{free_port()}"))
        await _make(city, weather(rain=1))
        found = await city.writer.get(OWN)
        assert found.json()["rain"]["value"] == 1
        assert found.headers["ngsild-warning"].startswith("199 urn:ngsi-ld:ContextSourceRegistration:")
        found = await city.writer.get(E, params={"type": "Weather"})
        assert len(found.json()) == 1
        assert "ngsild-warning" in found.headers
        written = await city.writer.post(E, json=weather("urn:x:1", rain=2))
        assert written.status_code == 207
        assert written.json()["success"] == ["urn:x:1"]
        assert written.json()["errors"][0]["error"]["status"] == 502
        kept = (await city.writer.get(address)).json()
        assert (kept["status"], kept["timesSent"], kept["timesFailed"]) == ("failed", 3, 3)

    in_city(talk)


def test_sources_are_asked_at_once_and_none_waits_beyond_its_time(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        slow, quick = Source(answer=[weather(rain=1)], delay=20), Source(answer=[weather(wind=2)], together=4)
        async with slow.serving() as one, quick.serving() as other:
            for _ in range(4):
                await register(city, offer(one, management={"timeout": 700}))
            for _ in range(4):
                await register(city, offer(other))
            begun = time.monotonic()
            found = await city.writer.get(E, params={"type": "Weather", "options": "keyValues"})
            assert time.monotonic() - begun < slow.delay
            assert found.json() == [{"id": ID, "type": "Weather", "wind": 2}]
            assert len(found.headers.get_list("ngsild-warning")) == 4

    in_city(talk)


def test_a_source_that_failed_is_left_alone_while_it_cools_down(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        slow = Source(answer=[], delay=20)
        async with slow.serving() as address:
            await register(city, offer(address, management={"timeout": 1500, "cooldown": 60_000}))
            for _ in range(3):
                assert (await city.writer.get(E, params={"type": "Weather"})).status_code == 200
            assert len(slow.asked) == 1

    in_city(talk)


@pytest.mark.parametrize("answer", ["nonsense", {"type": "Weather"}, [{"id": 5, "type": "Weather"}], [[[]]], 7, None])
def test_what_a_source_says_amiss_is_left_out(in_city: InCity, answer: Any) -> None:
    async def talk(city: City) -> None:
        await _make(city, weather(rain=1))
        async with Source(answer=answer).serving() as address:
            await register(city, offer(address))
            [one] = (await city.writer.get(E, params={"type": "Weather"})).json()
            assert one["rain"]["value"] == 1
            assert (await city.writer.get(OWN)).status_code == 200

    in_city(talk)


def test_two_cities_that_ask_each_other_come_to_an_end(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await register_city(city, there)
            await register_city(there, city)
            async with asyncio.timeout(60):
                await _make(city, weather(rain=1), local=False)
                assert await _here(city) == await _here(there) == {"id": ID, "type": "Weather", "rain": 1}
                assert (await _simple(city))["rain"] == 1
                [one] = (await there.writer.get(E, params={"type": "Weather", "options": "keyValues"})).json()
                assert one["rain"] == 1
                assert (await there.writer.delete(OWN)).status_code == 204
                assert (await _here(city), await _here(there)) == (404, 404)

    in_city(talk)


def test_a_request_that_has_come_back_is_a_loop(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(status=404)
        async with source.serving() as address:
            await register(city, offer(address))
            await city.writer.get(OWN, headers={"Via": "1.1 somebody"})
            via = source.headers[0]["via"]
            alias = (await city.writer.get("/ngsi-ld/v1/info/sourceIdentity")).json()["contextSourceAlias"]
            assert via == f"1.1 somebody, 1.1 {alias}"
            refused = await city.writer.delete(OWN, headers={"Via": via})
            assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (508, "LoopDetected")

    in_city(talk)


def test_a_source_is_spoken_to_as_it_was_registered(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=weather(rain=3))
        async with source.serving() as address:
            pairs = [{"key": "X-Key", "value": "k"}, {"key": "X-Trace", "value": "urn:ngsi-ld:request"}]
            said = offer(f"{address}/far", contextSourceInfo=pairs, tenant="north", names=["rain"])
            await register(city, said)
            await city.writer.get(OWN, headers={"X-Trace": "t-1"}, params={"attrs": "rain,wind"})
            [headers] = source.headers
            assert (headers["x-key"], headers["x-trace"], headers["ngsild-tenant"]) == ("k", "t-1", "north")
            assert "authorization" not in headers
            [(method, path)] = source.asked
            assert (method, path) == ("GET", f"/far/ngsi-ld/v1/entities/{ID}?attrs=rain&options=sysAttrs")

    in_city(talk)


def test_a_registration_that_is_over_concerns_nobody(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=[])
        async with source.serving() as address:
            made = await register(city, offer(address))
            await city.writer.get(E, params={"type": "Weather"})
            assert len(source.asked) == 1
            assert (await city.writer.get(E, params={"type": "Other"})).status_code == 200
            await city.writer.delete(made)
            await city.writer.get(E, params={"type": "Weather"})
            assert len(source.asked) == 1

    in_city(talk)
