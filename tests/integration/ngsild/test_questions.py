"""What a query asks beyond one entity and one selector, and how it is refused (CIM 009, 4.9, 6.3). Serves Q2."""

from __future__ import annotations

from typing import Any

from doors import City, InCity

E = "/ngsi-ld/v1/entities"
Q = "/ngsi-ld/v1/entityOperations/query"


def _linked(id: str, type: str, name: str, at: str | None = None, **more: Any) -> dict[str, Any]:
    points = {"at": {"type": "Relationship", "object": at}} if at else {}
    return {"id": f"urn:ngsi-ld:{id}", "type": type, "name": {"type": "Property", "value": name}, **points, **more}


PLACES = [
    _linked("Town:1", "Town", "Tongren"),
    _linked("House:1", "House", "Tower", "urn:ngsi-ld:Town:1"),
    _linked("House:2", "House", "Hut", "urn:ngsi-ld:Town:2"),
    _linked("Room:1", "Room", "Hall", "urn:ngsi-ld:House:1"),
    _linked("Room:2", "Room", "Shed", "urn:ngsi-ld:House:2"),
    _linked("Room:3", "Room", "Both", in_={"type": "ListRelationship", "objectList": ["urn:ngsi-ld:House:1"]}),
]


async def _found(city: City, **asked: Any) -> list[str]:
    answer = await city.writer.get(E, params={"pick": "id", "type": "Room", **asked})
    assert answer.status_code == 200, answer.text
    return [one["id"][-1] for one in answer.json()]


async def _build(city: City) -> None:
    answer = await city.writer.post("/ngsi-ld/v1/entityOperations/create", json=PLACES)
    assert answer.status_code == 201, answer.text


def test_a_condition_reaches_what_relationships_point_to(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert await _found(city, q='at{name}=="Tower"') == ["1"]
        assert await _found(city, q='at{House:name}=="Tower"|in_{name}=="Tower"') == ["1", "3"]
        assert await _found(city, q='at{Town:name}=="Tower"') == []
        assert await _found(city, q='at{at{name}}=="Tongren"') == ["1"]
        assert await _found(city, q='at{name}~=^H;name=="Shed"') == ["2"]
        assert await _found(city, q="at{at}") == ["1", "2"]
        broken = await city.writer.get(E, params={"type": "Room", "q": "at{name=="})
        assert (broken.status_code, broken.json()["code"]) == (400, "bad-condition")

    in_city(talk)


def test_each_of_several_selectors_holds_as_a_whole(in_city: InCity) -> None:
    async def asked(city: City, *selectors: dict[str, Any]) -> list[str]:
        answer = await city.writer.post(Q, json={"type": "Query", "entities": selectors, "pick": ["id"]})
        assert answer.status_code == 200, answer.text
        return [one["id"].removeprefix("urn:ngsi-ld:") for one in answer.json()]

    async def talk(city: City) -> None:
        await _build(city)
        room, house = {"type": "Room", "idPattern": ":[13]$"}, {"type": "House", "id": "urn:ngsi-ld:House:2"}
        assert await asked(city, room, house) == ["House:2", "Room:1", "Room:3"]
        assert await asked(city, {"type": "Town"}, {"idPattern": "Room:2"}) == ["Room:2", "Town:1"]
        assert await asked(city, {"type": "Room", "id": "urn:ngsi-ld:House:1"}, house) == ["House:2"]
        assert await asked(city, {"type": "Town"}, {"type": "House"}) == ["House:1", "House:2", "Town:1"]
        nothing = await city.writer.post(Q, json={"type": "Query", "entities": [{"type": "Town"}, {}]})
        assert nothing.status_code == 400

    in_city(talk)


def test_a_question_that_is_too_complex_is_refused_as_the_standard_has_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for q in ("(a+)+$", "|".join(["a"] * 200)):
            answer = await city.writer.get(E, params={"type": "Room", "q": f"name~={q}" if "+" in q else q})
            assert answer.status_code == answer.json()["status"] == 403
            assert answer.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/TooComplexQuery"

    in_city(talk)


def test_geojson_leaves_its_context_to_the_link_when_that_is_preferred(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        accept = {"Accept": "application/geo+json"}
        for address in (f"{E}/urn:ngsi-ld:Room:1", f"{E}?type=Room"):
            assert "@context" in (await city.writer.get(address, headers=accept)).json()
            preferred = await city.writer.get(address, headers={**accept, "Prefer": "body=json"})
            assert "@context" not in preferred.json()
            assert "json-ld#context" in preferred.headers["link"]

    in_city(talk)


def test_a_subscription_says_which_sources_it_is_about_and_gives_up_members(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        wish = {
            "type": "Subscription",
            "entities": [{"type": "Room"}],
            "csf": "owner==%22x%22",
            "expiresAt": "2100-01-01T00:00:00Z",
            "notification": {"endpoint": {"uri": "https://example.org/news"}},
        }
        made = await city.writer.post("/ngsi-ld/v1/subscriptions", json=wish)
        assert made.status_code == 201, made.text
        address = made.headers["location"]
        changed = await city.writer.patch(address, json={"expiresAt": "urn:ngsi-ld:null"})
        assert changed.status_code == 204, changed.text
        kept = (await city.writer.get(address)).json()
        assert kept["csf"] == wish["csf"]
        assert "expiresAt" not in kept
        refused = await city.writer.patch(address, json={"csf": "owner=="})
        assert (refused.status_code, refused.json()["place"]) == (400, "/csf")

    in_city(talk)


def test_one_entity_of_another_type_is_not_there(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        address = f"{E}/urn:ngsi-ld:Room:1"
        changes = {"json": {"name": {"type": "Property", "value": "Other"}}}
        for method, path, more in (
            ("GET", address, {}),
            ("DELETE", address, {}),
            ("PATCH", address, changes),
            ("PATCH", f"{address}/attrs", changes),
            ("DELETE", f"{address}/attrs/name", {}),
        ):
            answer = await city.writer.request(method, path, params={"type": "House"}, **more)
            assert answer.status_code == 404, (method, path)
        right = await city.writer.get(address, params={"type": "House,Room", "format": "simplified"})
        assert right.json()["name"] == "Hall"
        assert (await city.writer.delete(address, params={"type": "Room"})).status_code == 204

    in_city(talk)


def test_any_type_is_asked_for_by_a_star(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _build(city)
        assert len(await _found(city, type="*")) == len(PLACES)
        answer = await city.writer.post(Q, json={"type": "Query", "entities": [{"type": "*", "idPattern": "Town"}]})
        assert [one["id"] for one in answer.json()] == ["urn:ngsi-ld:Town:1"]

    in_city(talk)


def test_instances_of_history_tell_when_they_came_in(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        sensed = {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}
        await city.writer.post(E, json={"id": "urn:ngsi-ld:Room:9", "type": "Room", "warm": sensed})
        address = "/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:Room:9"
        for asked in ({"options": "sysAttrs"}, {"sysAttrs": "true", "format": "concise"}):
            [one] = (await city.writer.get(address, params=asked)).json()["warm"]
            assert one["createdAt"] == one["modifiedAt"] > "2026-01-02"
        [plain] = (await city.writer.get(address)).json()["warm"]
        assert plain.keys().isdisjoint({"createdAt", "modifiedAt"})

    in_city(talk)
