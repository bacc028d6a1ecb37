"""What an address takes it heeds, and what it would not heed it refuses (CIM 009, 6.3.20). Serves Q2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from doors import City, InCity
from sources import Source, another_city, offer, register, register_city, weather

from huicheng.api.faults import NotAcceptable
from huicheng.api.ngsild.answers import media_of

B = "/ngsi-ld/v1"
E, Q, TQ = f"{B}/entities", f"{B}/entityOperations/query", f"{B}/temporal/entityOperations/query"
AT = "2026-01-01T00:00:00Z"
ROOM: dict[str, Any] = {
    "id": "urn:ngsi-ld:Room:1",
    "type": "Room",
    "warm": {"type": "Property", "value": 20, "observedAt": AT},
    "wet": {"type": "Property", "value": 5},
    "name": {"type": "LanguageProperty", "languageMap": {"en": "Hall", "fr": "Salle"}},
    "near": {"type": "Relationship", "object": "urn:x:1"},
    "marks": {"type": "ListProperty", "valueList": [1]},
}


async def _make(city: City) -> str:
    assert (await city.writer.post(E, json=ROOM)).status_code == 201
    return f"{E}/{ROOM['id']}"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json;q=0, */*", "application/ld+json"),
        ("application/ld+json;q=0.1, application/json;q=0.5", "application/json"),
        ("application/*;q=0.2, text/html", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/geo+json, */*;q=0.1", "application/geo+json"),
        ("", "application/json"),
    ],
)
def test_the_form_that_is_liked_best_is_given(accept: str, media: str) -> None:
    assert media_of(accept) == media


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "application/json;q=0", "application/xml, text/*"])
def test_where_none_is_liked_the_answer_is_406(in_city: InCity, accept: str) -> None:
    async def talk(city: City) -> None:
        assert (await city.writer.get(E, params={"type": "Room"}, headers={"Accept": accept})).status_code == 406

    in_city(talk)
    with pytest.raises(NotAcceptable):
        media_of(accept)


@pytest.mark.parametrize("surplus", ["type", "q", "attrs", "pick", "lang", "datasetId", "orderBy", "join", "csf"])
def test_what_a_body_asks_is_not_asked_beside_it(in_city: InCity, surplus: str) -> None:
    async def talk(city: City) -> None:
        body = {"type": "Query", "entities": [{"type": "Room"}]}
        for address in (Q, TQ):
            answer = await city.writer.post(address, json=body, params={surplus: "x"})
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")
            unknown = await city.writer.post(address, json={**body, "attributes": ["x"]})
            assert (unknown.status_code, unknown.json()["place"]) == (400, "/attributes")

    in_city(talk)


def test_how_a_body_is_answered_stands_beside_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city)
        body = {"type": "Query", "entities": [{"type": "Room"}], "attrs": ["warm"]}
        asked = {"format": "simplified", "limit": "5", "count": "true", "local": "true"}
        answer = await city.writer.post(Q, json=body, params=asked)
        assert answer.headers["ngsild-results-count"] == "1"
        assert answer.json() == [{"id": ROOM["id"], "type": "Room", "warm": 20}]
        system = (await city.writer.post(Q, json=body, params={"sysAttrs": "true"})).json()[0]
        assert "createdAt" in system["warm"]
        course = {**body, "temporalQ": {"timerel": "after", "timeAt": "2025-01-01T00:00:00Z"}}
        sums = {"format": "aggregatedValues", "aggrMethods": "sum", "aggrPeriodDuration": "P1Y"}
        told = (await city.writer.post(TQ, json=course, params=sums)).json()
        assert told[0]["warm"]["sum"] == [[20, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]]
        newest = (await city.writer.post(TQ, json=course, params={"lastN": "1"})).json()
        assert [one["value"] for one in newest[0]["warm"]] == [20]
        assert (await city.writer.post(TQ, json=course, params={"lastN": "0"})).status_code == 400

    in_city(talk)


def test_local_and_split_entities_are_true_or_false(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        for asked in ({"local": "maybe"}, {"splitEntities": "maybe"}):
            answer = await city.writer.get(E, params={"type": "Room", **asked})
            assert answer.status_code == 400
        whole = {"type": "Weather", "splitEntities": "false"}
        assert (await city.writer.get(E, params=whole)).status_code == 200
        async with another_city(tmp_path / "b") as there:
            await register_city(city, there)
            refused = await city.writer.get(E, params=whole)
            assert (refused.status_code, refused.json()["place"]) == (400, "splitEntities")
            assert (await city.writer.get(E, params={**whole, "local": "true"})).status_code == 200
            assert (await city.writer.get(E, params={**whole, "splitEntities": "true"})).status_code == 200

    in_city(talk)


def test_subscriptions_tell_their_times_where_that_is_asked(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        notification = {"endpoint": {"uri": "https://example.org/news"}}
        wish = {"type": "Subscription", "entities": [{"type": "Room"}], "notification": notification}
        for place in ("subscriptions", "csourceSubscriptions"):
            made = await city.writer.post(f"{B}/{place}", json=wish)
            for address in (made.headers["location"], f"{B}/{place}"):
                for asked in ({"sysAttrs": "true"}, {"options": "sysAttrs"}):
                    shown = (await city.writer.get(address, params=asked)).json()
                    assert "createdAt" in (shown[0] if isinstance(shown, list) else shown)
                unknown = await city.writer.get(address, params={"options": "keyValues"})
                assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown-option")

    in_city(talk)


def test_delete_all_is_true_or_false(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        one = await _make(city)
        for address in (f"{one}/attrs/warm", f"{B}/temporal/entities/{ROOM['id']}/attrs/warm"):
            answer = await city.writer.delete(address, params={"deleteAll": "maybe"})
            assert (answer.status_code, answer.json()["place"]) == (400, "deleteAll")
        assert (await city.writer.delete(f"{one}/attrs/warm", params={"deleteAll": "true"})).status_code == 204

    in_city(talk)


# -- merging


def test_a_merge_says_once_when_it_held(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        one = await _make(city)
        body = {"warm": {"value": 21}, "wet": 6, "new": 1, "near": "urn:ngsi-ld:null"}
        later = "2026-02-01T08:00:00+08:00"
        assert (await city.writer.patch(one, json=body, params={"observedAt": later})).status_code == 204
        shown = (await city.writer.get(one)).json()
        assert shown["warm"] == {"type": "Property", "value": 21, "observedAt": "2026-02-01T00:00:00Z"}
        assert (shown["wet"], shown["new"]) == ({"type": "Property", "value": 6}, {"type": "Property", "value": 1})
        assert "near" not in shown
        own = {"warm": {"value": 22, "observedAt": "2026-03-01T00:00:00Z"}}
        assert (await city.writer.patch(one, json=own, params={"observedAt": later})).status_code == 204
        assert (await city.writer.get(one)).json()["warm"]["observedAt"] == "2026-03-01T00:00:00Z"
        assert (await city.writer.patch(one, json=own, params={"observedAt": "soon"})).status_code == 400

    in_city(talk)


@pytest.mark.parametrize("form", [{"format": "simplified"}, {"options": "keyValues"}])
def test_a_simplified_merge_keeps_what_an_attribute_is(in_city: InCity, form: dict[str, str]) -> None:
    async def talk(city: City) -> None:
        one = await _make(city)
        body = {"name": "Saal", "near": "urn:x:2", "marks": [2, 3], "warm": 19}
        assert (await city.writer.patch(one, json=body, params={**form, "lang": "de"})).status_code == 204
        shown = (await city.writer.get(one)).json()
        assert shown["name"]["languageMap"] == {"en": "Hall", "fr": "Salle", "de": "Saal"}
        assert shown["near"] == {"type": "Relationship", "object": "urn:x:2"}
        assert shown["marks"] == {"type": "ListProperty", "valueList": [2, 3]}
        assert shown["warm"]["value"] == 19

    in_city(talk)


@pytest.mark.parametrize("wrong", [{"options": "bare"}, {"format": "bare"}, {"options": "noOverwrite"}])
def test_a_form_that_there_is_not_is_refused_of_a_merge(in_city: InCity, wrong: dict[str, str]) -> None:
    async def talk(city: City) -> None:
        one = await _make(city)
        answer = await city.writer.patch(one, json={"warm": 1}, params=wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-option")

    in_city(talk)


# -- sources of older versions


def test_a_source_is_written_to_in_the_version_that_it_knows(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            key = {"key": "Authorization", "value": f"Bearer {there.keys['writer']}"}
            version = {"key": "ngsildConformance", "value": "1.6"}
            management = {"timeout": 60_000}
            said = offer(await there.address(), contextSourceInfo=[key, version], management=management)
            await register(city, said)
            sky = {"type": "VocabProperty", "vocab": "clear"}
            assert (await city.writer.post(E, json=weather(sky=sky))).status_code == 201
            address = f"{E}/{weather()['id']}"
            assert (await there.writer.get(address)).json()["sky"] == {"type": "Property", "value": "clear"}
            here = await city.writer.get(address, params={"local": "true"})
            assert here.json()["sky"] == sky

    in_city(talk)


@pytest.mark.parametrize("management", [{"localOnly": True}, {"localOnly": False}, {"timeout": 5_000}])
def test_a_source_that_is_asked_for_its_own_asks_nobody_else(in_city: InCity, management: dict[str, Any]) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=[])
        async with source.serving() as address:
            await register(city, offer(address, management=management))
            for asked in (city.writer.get(E, params={"type": "Weather"}), city.writer.post(E, json=weather(rain=1))):
                await asked
        assert len(source.asked) == 2
        only = management.get("localOnly", False)
        assert ["local=true" in path for _, path in source.asked] == [only, only]

    in_city(talk)
