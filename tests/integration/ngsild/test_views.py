"""What is shown of an entity: members, languages, data sets, what it points to (CIM 009, 4.5, 4.15, 4.21)."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station

E = "/ngsi-ld/v1/entities"
HOUSE: dict[str, Any] = {
    "id": "urn:ngsi-ld:House:1",
    "type": ["House", "Museum"],
    "scope": ["/old/north", "/seen"],
    "name": {"type": "LanguageProperty", "languageMap": {"zh": "老屋", "en": "Old house"}},
    "rooms": [
        {"type": "Property", "value": 4},
        {"type": "Property", "value": 5, "datasetId": "urn:ngsi-ld:Dataset:plan"},
    ],
    "inTown": {"type": "Relationship", "object": "urn:ngsi-ld:Town:1"},
}
TOWN = {"id": "urn:ngsi-ld:Town:1", "type": "Town", "people": {"type": "Property", "value": 9000}}


async def _build(city: City) -> None:
    for one in (HOUSE, TOWN):
        answer = await city.writer.post(E, json=one)
        assert answer.status_code == 201, answer.text


async def _house(city: City, **asked: str) -> Any:
    answer = await city.writer.get(f"{E}/{HOUSE['id']}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_members_are_picked_and_omitted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert (await _house(city, pick="id,inTown")).keys() == {"id", "inTown"}
        assert "rooms" not in await _house(city, omit="rooms,id")
        assert (await city.writer.get(f"{E}/{HOUSE['id']}", params={"pick": "none"})).status_code == 404
        both = await city.writer.get(f"{E}/{HOUSE['id']}", params={"pick": "name", "omit": "name"})
        assert both.status_code == 400

    in_city(talk)


def test_a_text_is_shown_in_the_language_asked_for(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert (await _house(city, lang="zh"))["name"] == {"type": "Property", "value": "老屋", "lang": "zh"}
        assert (await _house(city, lang="fr;q=0.9,en;q=0.8", format="simplified"))["name"] == "Old house"

    in_city(talk)


SIGN: dict[str, Any] = {
    "id": "urn:ngsi-ld:Sign:1",
    "type": "Sign",
    "text": [
        {"type": "LanguageProperty", "languageMap": {"zh": "停", "en": "Stop"}},
        {"type": "LanguageProperty", "languageMap": {"zh": "行"}, "datasetId": "urn:ngsi-ld:Dataset:night"},
    ],
    "side": {"value": 1, "note": {"type": "LanguageProperty", "languageMap": {"zh": "左", "en": "left"}}},
}


def test_each_instance_and_sub_attribute_is_shown_in_the_language_asked_for(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.post(E, json=SIGN)).status_code == 201

        async def shown(**asked: str) -> Any:
            return (await city.writer.get(f"{E}/{SIGN['id']}", params={"lang": "en", **asked})).json()

        simple = await shown(format="simplified")
        assert simple["text"] == {"dataset": {"@none": "Stop", "urn:ngsi-ld:Dataset:night": "行"}}
        assert simple["side"] == 1
        whole = await shown()
        assert [(one["type"], one["value"], one["lang"]) for one in whole["text"]] == [
            ("Property", "Stop", "en"),
            ("Property", "行", "zh"),
        ]
        assert whole["side"]["note"] == {"type": "Property", "value": "left", "lang": "en"}
        concise = await shown(format="concise")
        assert concise["side"] == {"value": 1, "note": {"value": "left", "lang": "en"}}

    in_city(talk)


def test_instances_are_chosen_by_data_set(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        shown = await _house(city, datasetId="@none")
        assert shown["rooms"] == {"type": "Property", "value": 4}
        assert "inTown" in shown

    in_city(talk)


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("House", 1),
        ("Museum", 1),
        ("House;Museum", 1),
        ("House;Town", 0),
        ("(House;Museum),Town", 2),
        ("Museum|Town", 2),
    ],
)
def test_an_entity_of_several_types_is_found_by_each_of_them(in_city: InCity, asked: str, number: int) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert len((await city.writer.get(E, params={"type": asked})).json()) == number
        assert (await _house(city))["type"] == ["House", "Museum"]

    in_city(talk)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/seen", True),
        ("/old", False),
        ("/old/#", True),
        ("/+/north", True),
        ("/old/north;/new", False),
        ("/new,/seen", True),
    ],
)
def test_entities_are_found_by_scope(in_city: InCity, asked: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    async def talk(city: City) -> None:
        await _build(city)
        answer = await city.writer.get(E, params={"type": "House", "scopeQ": asked})
        assert bool(answer.json()) is found, answer.text

    in_city(talk)


def test_what_an_entity_points_to_stands_inside_it_or_beside_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert (await _house(city, join="inline"))["inTown"]["entity"] == TOWN
        assert [one["id"] for one in await _house(city, join="flat")] == [HOUSE["id"], TOWN["id"]]
        inside = await _house(city, join="inline", pick="inTown{people}", format="simplified")
        assert inside == {"inTown": {"people": 9000}}

    in_city(talk)


def test_what_the_asker_may_not_see_is_not_joined(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        pointing = {"type": "Relationship", "object": TOWN["id"]}
        held = {**station(1), "district": {"type": "Property", "value": "north"}, "location": pointing}
        held["location"] = station(1)["location"]
        seen = {**held, "refTown": pointing}
        assert (await city.writer.post(E, json=seen)).status_code == 201
        answer = await city.limited.get(f"{E}/{seen['id']}", params={"join": "flat"})
        assert [one["id"] for one in answer.json()] == [seen["id"]]

    in_city(talk)


def test_types_and_attributes_are_discovered_as_far_as_they_may_be_seen(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert (await city.writer.post(E, json=station(1))).status_code == 201
        town = (await city.writer.get("/ngsi-ld/v1/types/Town")).json()
        assert (town["entityCount"], [one["attributeName"] for one in town["attributeDetails"]]) == (1, ["people"])
        listed = (await city.writer.get("/ngsi-ld/v1/attributes")).json()["attributeList"]
        assert {"people", "rooms", "pm25"} <= set(listed)
        assert "scope" not in listed
        limited = (await city.limited.get("/ngsi-ld/v1/attributes")).json()["attributeList"]
        assert set(limited) <= {"pm25", "location", "district"}
        assert (await city.limited.get("/ngsi-ld/v1/types/Town")).status_code == 404

    in_city(talk)


def test_a_parameter_that_nothing_would_heed_is_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for unheeded in ("tpye", "ordreBy"):
            answer = await city.writer.get(E, params={"type": "House", unheeded: "rooms"})
            assert answer.status_code == 400
            assert answer.json()["type"].endswith("/InvalidRequest")

    in_city(talk)


def test_entities_come_in_the_order_asked_for(in_city: InCity) -> None:
    houses = [("c", 2, "north"), ("a", 10, "south"), ("d", None, "north"), ("b", 2, "west")]

    async def ordered(city: City, order: str, **more: str) -> str:
        answer = await city.writer.get(E, params={"type": "Shed", "orderBy": order, **more})
        assert answer.status_code == 200, answer.text
        return "".join(one["id"][-1] for one in answer.json())

    async def talk(city: City) -> None:
        for key, rooms, side in houses:
            size = {} if rooms is None else {"rooms": {"type": "Property", "value": rooms}}
            front = {"type": "Property", "value": key, "side": {"type": "Property", "value": side}}
            body = {"id": f"urn:ngsi-ld:Shed:{key}", "type": "Shed", **size, "front": front}
            assert (await city.writer.post(E, json=body)).status_code == 201
        assert await ordered(city, "id;desc") == "dcba"
        assert await ordered(city, "rooms") == "bcad"
        assert await ordered(city, "rooms;desc,id;desc") == "acbd"
        assert await ordered(city, "front.side;asc,front;desc") == "dcab"
        assert await ordered(city, "createdAt") == await ordered(city, "front.modifiedAt") == "cadb"
        assert await ordered(city, "rooms", limit="2", offset="1") == "ca"
        # What an attribute's own times say, not its entity's; without the attribute, last.
        assert await ordered(city, "rooms.createdAt;desc") == "bacd"
        rooms = {"rooms": {"type": "Property", "value": 1}}
        assert (await city.writer.post(f"{E}/urn:ngsi-ld:Shed:d/attrs", json=rooms)).status_code == 204
        changed = {"value": "z"}
        assert (await city.writer.patch(f"{E}/urn:ngsi-ld:Shed:c/attrs/front", json=changed)).status_code == 204
        assert await ordered(city, "rooms.createdAt") == "cabd"
        assert await ordered(city, "front.modifiedAt") == "adbc"
        assert await ordered(city, "createdAt") == "cadb"
        for wrong in ("rooms;up", "a b", "rooms;asc;desc"):
            assert (await city.writer.get(E, params={"type": "Shed", "orderBy": wrong})).status_code == 400

    in_city(talk)
