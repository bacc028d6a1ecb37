"""Events as browsers get them, over the product's own server. Serves W8.1."""

from __future__ import annotations

import asyncio

from doors import City, InCity, station, until

UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
E = "/ngsi-ld/v1/entities"


def test_a_change_comes_with_its_newest_state(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with city.listening("writer", "types=AirQualityObserved&attrs=pm25") as events:
            await city.writer.post(UPSERT, json=[station(1, 12.5)])
            first = await anext(events)
            assert first.pop("seq") > 0
            assert first == {
                "id": station(1)["id"],
                "type": "AirQualityObserved",
                "outcome": "created",
                "changed": ["pm25"],
                "attributes": {"pm25": 12.5},
                "observedAt": "2026-01-01T00:00:00Z",
            }
            await city.writer.patch(f"{E}/{station(1)['id']}/attrs/pm25", json={"value": 13})
            assert (await anext(events))["attributes"] == {"pm25": 13}

    in_city(talk)


def test_types_and_attributes_that_were_not_asked_for_stay_out(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with city.listening("writer", "types=AirQualityObserved&attrs=pm25") as events:
            await city.writer.post(UPSERT, json=[{"id": "urn:w:1", "type": "Weather", "wind": 3}])
            await city.writer.post(UPSERT, json=[station(1)])
            await city.writer.patch(f"{E}/{station(1)['id']}/attrs", json={"name": "another"})
            await city.writer.post(UPSERT, json=[station(2)])
            assert [(await anext(events))["id"][-1] for _ in range(2)] == ["1", "2"]

    in_city(talk)


def test_a_deletion_is_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        async with city.listening("writer") as events:
            await city.writer.delete(f"{E}/{station(1)['id']}")
            gone = await anext(events)
            assert (gone["outcome"], gone["id"]) == ("deleted", station(1)["id"])
            assert "attributes" not in gone

    in_city(talk)


def test_a_listener_that_comes_back_hears_what_it_missed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with city.listening("writer") as events:
            await city.writer.post(UPSERT, json=[station(1)])
            heard = (await anext(events))["seq"]
        await city.writer.post(UPSERT, json=[station(2, 20)])
        await city.writer.post(UPSERT, json=[station(2, 21)])
        async with city.listening("writer", last=str(heard)) as events:
            missed = await anext(events)
            assert (missed["id"], missed["attributes"]["pm25"]) == (station(2)["id"], 21)

    in_city(talk)


def test_a_slow_listener_misses_steps_but_never_the_last(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with city.listening("writer", "attrs=pm25") as events:
            for value in range(60):
                await city.writer.post(UPSERT, json=[station(1, value)])
            seen = [(await anext(events))["attributes"]["pm25"]]
            while seen[-1] != 59:
                seen.append((await anext(events))["attributes"]["pm25"])
            assert seen == sorted(seen)

    in_city(talk)


def test_policies_hold_for_every_event(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with city.listening("limited") as events, city.listening("writer") as all_events:
            await city.writer.post(UPSERT, json=[station(1), station(2, district="south")])
            assert set((await anext(events))["attributes"]) == {"pm25", "location", "district"}
            await city.revoke("partner")
            await city.writer.post(UPSERT, json=[station(1, 99)])
            seen = [await anext(all_events) for _ in range(3)]
            assert [one["id"][-1] for one in seen] == ["1", "2", "1"]
            waiting = asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({waiting}, timeout=0.3)
            assert not done
            waiting.cancel()

    in_city(talk)


def test_a_listener_whose_key_was_revoked_is_let_go(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        city.doors.events.heartbeat = 0.05
        async with city.listening("limited") as events:
            await city.revoke_key("limited")
            assert [event async for event in events] == []

    in_city(talk)


def test_closing_the_doors_ends_every_stream(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async with city.listening("writer") as events:
            await until(lambda: city.doors.events.listeners)
            await city.doors.close()
            assert [event async for event in events] == []

    in_city(talk)


def test_health_says_what_is(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(1)])
        assert (await city.nobody.get("/healthz")).json() == {"status": "ok"}
        assert (await city.nobody.get("/readyz")).json() == {"status": "ready", "store": True, "worker": True}
        metrics = (await city.nobody.get("/metrics")).text
        assert 'huicheng_answers_total{door="ngsi-ld",status="201"} 1' in metrics
        assert f"huicheng_feed_seq {await city.store.head()}\n" in metrics
        assert (await city.nobody.post("/metrics")).status_code == 405

    in_city(talk)
