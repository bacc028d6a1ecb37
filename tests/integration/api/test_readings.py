"""Batches of like sensors through the door: every answer as if each entity had been taken by itself (Q1, Q2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doors import ADMINISTRATOR, City, InCity

from huicheng.access import Policy

OPERATIONS = "/ngsi-ld/v1/entityOperations"
E = "/ngsi-ld/v1/entities"
TYPE = "AirQualityObserved"


def urn(number: int) -> str:
    return f"urn:ngsi-ld:{TYPE}:{number}"


def station(number: int, value: float = 12.5, **more: Any) -> dict[str, Any]:
    held = {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": "2026-03-01T15:00:00+08:00"}
    return {"id": urn(number), "type": TYPE, "pm25": held, **more}


async def send(city: City, operation: str, *entities: dict[str, Any], client: Any = None) -> tuple[int, Any]:
    answer = await (client or city.writer).post(f"{OPERATIONS}/{operation}", json=list(entities))
    return answer.status_code, answer.json() if answer.content else None


async def value(city: City, number: int) -> Any:
    answer = await city.writer.get(f"{E}/{urn(number)}?options=keyValues")
    return answer.json()["pm25"] if answer.status_code == 200 else answer.status_code


def test_entities_are_made_updated_and_made_again(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert await send(city, "upsert", station(1), station(2)) == (201, [urn(1), urn(2)])
        assert await send(city, "upsert?options=update", station(1, 1), station(2, 2)) == (204, None)
        assert await send(city, "upsert", station(2, 3), station(3, 4)) == (201, [urn(3)])
        await city.writer.delete(f"{E}/{urn(1)}")
        assert await send(city, "upsert?options=update", station(1, 5), station(2, 6)) == (201, [urn(1)])
        assert [await value(city, number) for number in (1, 2, 3)] == [5, 6, 4]
        shown = (await city.writer.get(f"{E}/{urn(2)}")).json()["pm25"]
        assert shown == {"type": "Property", "value": 6, "unitCode": "GQ", "observedAt": "2026-03-01T07:00:00Z"}

    in_city(talk)


def test_an_upsert_without_options_replaces_and_with_them_updates(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        name = {"name": {"type": "Property", "value": "一号"}}
        place = {"location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [109.2, 27.7]}}}
        await send(city, "upsert", station(1, 1, **name, **place))
        near = f"{E}?type={TYPE}&georel=near;maxDistance==10&geometry=Point&coordinates=[109.2,27.7]"
        assert await send(city, "upsert?options=update", station(1, 2)) == (204, None)
        assert len((await city.writer.get(near)).json()) == 1
        assert await send(city, "upsert", station(1, 3)) == (204, None)
        assert (await city.writer.get(near)).json() == []
        assert set((await city.writer.get(f"{E}/{urn(1)}")).json()) >= {"id", "type", "pm25"}
        assert "name" not in (await city.writer.get(f"{E}/{urn(1)}")).json()

    in_city(talk)


def test_an_update_reports_what_is_not_there_and_writes_the_rest(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await send(city, "upsert", station(1))
        status, told = await send(city, "update", station(1, 7), station(2, 8))
        assert (status, told["success"]) == (207, [urn(1)])
        assert [(one["entityId"], one["error"]["status"]) for one in told["errors"]] == [(urn(2), 404)]
        assert [await value(city, number) for number in (1, 2)] == [7, 404]

    in_city(talk)


def test_an_entity_of_another_type_is_reported_and_the_rest_written(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await send(city, "upsert", station(1), {"id": urn(2), "type": "Thing"})
        status, told = await send(city, "upsert?options=update", station(1, 7), station(2, 8))
        assert (status, told["success"]) == (207, [urn(1)])
        assert [one["entityId"] for one in told["errors"]] == [urn(2)]

    in_city(talk)


def test_an_id_that_a_room_gives_itself_is_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        taken = {**station(2), "id": "urn:ngsi-ld:Alert:1"}
        status, told = await send(city, "upsert", station(1), taken)
        assert (status, told["success"]) == (207, [urn(1)])
        assert [(one["entityId"], one["error"]["status"]) for one in told["errors"]] == [("urn:ngsi-ld:Alert:1", 403)]

    in_city(talk)


def test_who_may_not_write_the_type_writes_nothing(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await send(city, "upsert", station(1))
        status, told = await send(city, "upsert", station(1, 7), station(2), client=city.limited)
        assert (status, told["success"]) == (207, [])
        assert [one["error"]["status"] for one in told["errors"]] == [403, 403]
        assert await value(city, 1) == 12.5

    in_city(talk)


def test_a_grant_and_its_end_hold_at_the_next_batch(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        grant = Policy(id="more", grantee="role:partner", actions=("create", "update"), resource=TYPE)
        await city.authority.put_policies([grant], ADMINISTRATOR)
        assert (await send(city, "upsert", station(1), client=city.limited))[0] == 201
        await city.authority.revoke("more", ADMINISTRATOR)
        assert (await send(city, "upsert", station(1, 7), client=city.limited))[0] == 207
        assert await value(city, 1) == 12.5

    in_city(talk)


@pytest.mark.parametrize("path", ["entityOperations/upsert", "entityOperations/update", "entities"])
def test_what_is_no_utf_8_is_the_senders_fault(in_city: InCity, path: str) -> None:
    async def talk(city: City) -> None:
        body = json.dumps([station(1)] if "Operations" in path else station(1)).encode().replace(b":1", b":\xff")
        answer = await city.writer.post(
            f"/ngsi-ld/v1/{path}", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, answer.text
        assert await city.store.head() == 0

    in_city(talk)
