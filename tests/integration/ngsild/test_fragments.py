"""Parts of entities: instance by instance, types, scopes and nulls (CIM 009, 5.6.2, 5.6.3, 5.6.9). Serves Q2, N1."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity

E = "/ngsi-ld/v1/entities"
O = "/ngsi-ld/v1/entityOperations"  # noqa: E741 - stands for "operations" in every address below
ID = "urn:ngsi-ld:Building:1"
ONE = f"{E}/{ID}"
NULL = "urn:ngsi-ld:null"


def _value(value: Any, dataset: str = "") -> dict[str, Any]:
    return {"type": "Property", "value": value} | ({"datasetId": f"urn:set:{dataset}"} if dataset else {})


async def _make(city: City, **members: Any) -> None:
    made = await city.writer.post(E, json={"id": ID, "type": "Building", **members})
    assert made.status_code == 201, made.text


async def _shown(city: City) -> dict[str, Any]:
    shown: dict[str, Any] = (await city.writer.get(ONE)).json()
    return shown


@pytest.mark.parametrize(
    "gone",
    [
        {"name": {"type": "Property", "value": NULL}},
        {"name": NULL},
        {"name": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}},
        {"name": {"type": "GeoProperty", "value": NULL}},
    ],
)
def test_a_null_of_any_kind_deletes_an_attribute_in_an_update(in_city: InCity, gone: dict[str, Any]) -> None:
    async def talk(city: City) -> None:
        await _make(city, name=_value("Tower"), floors=_value(3))
        answer = await city.writer.patch(f"{ONE}/attrs", json={**gone, "floors": _value(4)})
        assert answer.status_code == 204, answer.text
        assert await _shown(city) == {"id": ID, "type": "Building", "floors": _value(4)}

    in_city(talk)


def test_a_null_deletes_one_instance_and_one_that_is_not_there_is_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, name=[_value("Tower", "a"), _value("Lady", "b")])
        assert (await city.writer.patch(f"{ONE}/attrs", json={"name": _value(NULL, "a")})).status_code == 204
        assert (await _shown(city))["name"] == _value("Lady", "b")
        again = await city.writer.patch(f"{ONE}/attrs", json={"name": _value(NULL, "a")})
        assert again.status_code == 207
        assert again.json()["notUpdated"] == [{"attributeName": "name", "reason": "它不存在。"}]

    in_city(talk)


def test_a_null_that_cannot_delete_is_refused_and_never_stored(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        refused = await city.writer.post(E, json={"id": ID, "type": "Building", "name": _value(NULL)})
        assert refused.status_code == 400
        await _make(city, name=_value("Tower"))
        merged = await city.writer.patch(ONE, json={"name": {"type": "Property", "value": None}})
        assert merged.status_code == 400
        assert (await _shown(city))["name"] == _value("Tower")

    in_city(talk)


def test_an_update_of_what_was_written_lately_meets_it_as_it_is(in_city: InCity) -> None:
    """The door may know the type without reading; an entity that went since is not there, or is the new one."""

    async def talk(city: City) -> None:
        await _make(city, name=_value("Tower"), floors=_value(3))
        assert (await city.writer.patch(f"{ONE}/attrs", json={"floors": _value(4)})).status_code == 204
        assert await _shown(city) == {"id": ID, "type": "Building", "name": _value("Tower"), "floors": _value(4)}
        assert (await city.limited.patch(f"{ONE}/attrs", json={"floors": _value(5)})).status_code in {403, 404}
        assert (await city.writer.delete(ONE)).status_code == 204
        assert (await city.writer.patch(f"{ONE}/attrs", json={"floors": _value(5)})).status_code == 404
        made = await city.writer.post(E, json={"id": ID, "type": "Bridge", "name": _value("Long")})
        assert made.status_code == 201
        assert (await city.writer.patch(f"{ONE}/attrs", json={"floors": _value(1)})).status_code == 204
        assert await _shown(city) == {"id": ID, "type": "Bridge", "name": _value("Long"), "floors": _value(1)}

    in_city(talk)


def test_a_part_without_a_value_keeps_the_attribute(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, name=_value("Tower"))
        by = {"type": "Relationship", "object": "urn:x:me"}
        assert (await city.writer.patch(f"{ONE}/attrs/name", json={"providedBy": by})).status_code == 204
        assert (await _shown(city))["name"] == {**_value("Tower"), "providedBy": by}

    in_city(talk)


def test_without_overwriting_new_instances_and_scopes_are_added_and_the_others_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, name=_value("Tower", "a"), scope="/a")
        keep = {"params": {"options": "noOverwrite"}}
        added = await city.writer.post(f"{ONE}/attrs", json={"name": _value("Lady", "b"), "scope": "/b"}, **keep)
        assert added.status_code == 204, added.text
        assert await _shown(city) | {} == {
            "id": ID,
            "type": "Building",
            "scope": ["/a", "/b"],
            "name": [_value("Tower", "a"), _value("Lady", "b")],
        }
        again = await city.writer.post(f"{ONE}/attrs", json={"name": _value("Other", "b"), "floors": 3}, **keep)
        assert (again.status_code, again.json()["updated"]) == (207, ["floors"])

    in_city(talk)


def test_types_are_added_and_the_entity_is_found_by_each(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, floors=_value(3))
        assert (await city.writer.patch(f"{ONE}/attrs", json={"type": ["Airport", "Building"]})).status_code == 204
        assert (await city.writer.post(f"{O}/update", json=[{"id": ID, "type": "Zoo"}])).status_code == 204
        assert (await _shown(city))["type"] == ["Building", "Airport", "Zoo"]
        for name in ("Airport", "Zoo", "Building"):
            assert [one["id"] for one in (await city.writer.get(E, params={"type": name})).json()] == [ID]
        replaced = await city.writer.post(f"{O}/upsert", json=[{"id": ID, "type": ["Airport", "Building"]}])
        assert replaced.status_code == 204, replaced.text
        assert (await _shown(city))["type"] == ["Building", "Airport"]

    in_city(talk)


def test_a_type_that_a_room_keeps_to_itself_is_never_added(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, floors=_value(3))
        forged = {"id": "urn:x:forged", "type": ["Alarm", "Case"], "status": "closed"}
        assert (await city.writer.post(E, json=forged)).status_code == 403
        assert (await city.writer.patch(f"{ONE}/attrs", json={"type": "Case"})).status_code == 403
        batch = await city.writer.post(f"{O}/update", json=[{"id": ID, "type": "Alert"}])
        assert batch.json()["errors"][0]["error"]["code"] == "read-only-type"
        assert (await _shown(city))["type"] == "Building"

    in_city(talk)


def test_who_may_not_write_the_stored_type_adds_none_to_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, floors=_value(3))
        answer = await city.limited.post(f"{O}/update", json=[{"id": ID, "type": "AirQualityObserved"}])
        assert answer.status_code in {207, 403}
        assert (await _shown(city))["type"] == "Building"

    in_city(talk)


def test_a_batch_tells_what_it_did_not_overwrite_and_names_what_it_could_not_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, floors=_value(3))
        part = {"id": ID, "type": "Building", "floors": 4, "name": "Tower"}
        kept = await city.writer.post(f"{O}/update", params={"options": "noOverwrite"}, json=[part])
        told = kept.json()
        assert (kept.status_code, told["success"], told["errors"][0]["entityId"]) == (207, [], ID)
        assert told["errors"][0]["error"]["code"] == "kept-as-it-was"
        assert await _shown(city) == {"id": ID, "type": "Building", "floors": _value(3), "name": _value("Tower")}
        unread = await city.writer.post(f"{O}/upsert", json=[{"id": "urn:x:2"}, {"id": "urn:x:3", "type": "Zoo"}])
        assert (unread.json()["success"], unread.json()["errors"][0]["entityId"]) == (["urn:x:3"], "urn:x:2")

    in_city(talk)


def test_the_same_entity_twice_in_a_batch_is_made_once(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        bare = {"id": ID, "type": "Building"}
        answer = await city.writer.post(f"{O}/upsert", json=[bare, {"id": "urn:x:2", "type": "Building"}, bare])
        assert (answer.status_code, sorted(answer.json())) == (201, [ID, "urn:x:2"])

    in_city(talk)


@pytest.mark.parametrize(
    ("before", "part", "after"),
    [
        ({"value": 1, "unitCode": "GQ"}, {"value": 2}, {"value": 2, "unitCode": "GQ"}),
        ({"value": 1}, {"value": 2, "unitCode": "GP"}, {"value": 2, "unitCode": "GP"}),
        ({"value": 1, "unitCode": "GQ"}, {"unitCode": "GP"}, {"value": 1, "unitCode": "GP"}),
        ({"value": 1, "unitCode": "GQ"}, {"value": 2, "unitCode": None}, {"value": 2}),
        (
            {"value": 1, "observedAt": "2026-01-01T00:00:00Z"},
            {"value": 2, "observedAt": "2026-01-01T09:00:00+08:00"},
            {"value": 2, "observedAt": "2026-01-01T01:00:00Z"},
        ),
        (
            {"value": 1, "by": {"type": "Property", "value": "me"}},
            {"value": 2},
            {"value": 2, "by": {"type": "Property", "value": "me"}},
        ),
        ({"value": 1, "datasetId": "urn:set:a"}, {"value": 2}, None),
        ({"value": 1}, {"type": "Relationship", "object": "urn:b:1"}, None),
        ({"value": 1}, {"value": 2, "object": "urn:b:1"}, None),
        ({"value": 1}, {"value": NULL}, {}),
    ],
    ids=str,
)
def test_members_of_one_attribute_take_the_place_of_its_own_and_the_others_stay(
    in_city: InCity, before: dict[str, Any], part: dict[str, Any], after: dict[str, Any] | None
) -> None:
    """CIM 009, 5.6.4; with its type and without it, which are different ways through the door."""

    async def talk(city: City) -> None:
        for typed in (True, False):
            await _make(city, floors={"type": "Property", **before}, name=_value("Tower"))
            said = ({"type": "Property"} if typed else {}) | part
            answer = await city.writer.patch(f"{ONE}/attrs/floors", json=said)
            assert (answer.status_code == 204) is (after is not None), answer.text
            held = (await _shown(city)).get("floors", {})
            assert held == ({"type": "Property", **(before if after is None else after)} if after != {} else {})
            await city.writer.delete(ONE)

    in_city(talk)


def test_all_members_of_one_attribute_are_put_again_and_again_and_what_comes_between_stays(in_city: InCity) -> None:
    """CIM 009, 5.6.4, on the way on which nothing of the entity is read, and back from it."""
    at = "2026-01-01T00:00:00Z"

    async def put(city: City, value: int, **more: Any) -> dict[str, Any]:
        said = {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": at, **more}
        answer = await city.writer.patch(f"{ONE}/attrs/floors", json=said)
        assert answer.status_code == 204, answer.text
        held: dict[str, Any] = (await _shown(city))["floors"]
        return held

    async def talk(city: City) -> None:
        whole = {"type": "Property", "unitCode": "GQ", "observedAt": at}
        await _make(city, floors={"type": "Property", "value": 1})
        for value in (2, 3, 4):
            assert await put(city, value) == {**whole, "value": value}
        by = {"type": "Property", "value": "me"}
        await city.writer.patch(f"{ONE}/attrs/floors", json={"by": by})
        for value in (5, 6):
            assert await put(city, value) == {**whole, "value": value, "by": by}
        gone = await city.writer.delete(f"{ONE}/attrs/floors")
        assert gone.status_code == 204
        missing = await city.writer.patch(f"{ONE}/attrs/floors", json={**whole, "value": 7})
        assert missing.status_code == 404

    in_city(talk)
