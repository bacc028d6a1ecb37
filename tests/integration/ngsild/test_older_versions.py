"""Answers and news in the words of an older version of the standard (CIM 009, 4.3.6.8, 6.3.6). Serves Q2."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, served, until
from receivers import Receiver, notifying

from huicheng.context.older import preferred_version

E, T, S = (f"/ngsi-ld/v1/{name}" for name in ("entities", "temporal/entities", "subscriptions"))
AT = "2026-01-01T00:00:00Z"
SIGN: dict[str, Any] = {
    "id": "urn:ngsi-ld:Sign:1",
    "type": ["Sign", "Thing"],
    "scope": "/town",
    "text": {"type": "LanguageProperty", "languageMap": {"en": "Stop"}},
    "raw": {"type": "JsonProperty", "json": {"a": 1}, "observedAt": AT},
    "kind": {"type": "VocabProperty", "vocab": "round"},
    "sizes": {"type": "ListProperty", "valueList": [1, 2]},
    "near": {"type": "ListRelationship", "objectList": ["urn:x:1", "urn:x:2"], "objectType": "Post"},
    "post": {"type": "Relationship", "object": "urn:x:1", "objectType": "Post"},
    "plain": {"type": "Property", "value": {"json": 7}, "note": {"type": "JsonProperty", "json": [1]}},
    "seen": [{"type": "Property", "value": 1, "datasetId": "urn:d:1"}, {"type": "Property", "value": 2}],
}
#: As 1.6 and 1.4 have it, where it differs.
OLDER = {
    "raw": {"type": "Property", "value": {"a": 1}, "observedAt": AT},
    "kind": {"type": "Property", "value": "round"},
    "sizes": {"type": "Property", "value": [1, 2]},
    "near": {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"]},
    "post": {"type": "Relationship", "object": "urn:x:1"},
    "plain": {"type": "Property", "value": {"json": 7}, "note": {"type": "Property", "value": [1]}},
}


async def _get(city: City, address: str, prefer: str, **asked: str) -> Any:
    return await city.writer.get(address, params=asked, headers={"Prefer": prefer})


async def _write(city: City) -> None:
    answer = await city.writer.post(E, json=SIGN)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("prefer", "version"),
    [
        ("ngsi-ld=1.6", 6),
        ('body=json, NGSI-LD="1.4.1"', 4),
        ("ngsi-ld=1.9", 8),
        ("ngsi-ld=1.10;x=y", 8),
        ("ngsi-ld=2.0", None),
        ("ngsi-ld", None),
        ("body=json", None),
        ("", None),
    ],
)
def test_a_preference_names_a_version(prefer: str, version: int | None) -> None:
    assert preferred_version(prefer) == version


def test_what_a_version_does_not_know_is_told_as_what_it_knows(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _write(city)
        one = f"{E}/{SIGN['id']}"
        ours = (await city.writer.get(one)).json()
        for address, asked in ((one, {}), (E, {"type": "Sign"})):
            answer = await _get(city, address, "ngsi-ld=1.6", **asked)
            assert (answer.status_code, answer.headers["preference-applied"]) == (203, "ngsi-ld=1.6")
            shown = answer.json()
            assert (shown if asked == {} else shown[0]) == ours | OLDER
        query = {"type": "Query", "entities": [{"type": "Sign"}]}
        headers = {"Prefer": "ngsi-ld=1.6"}
        posted = await city.writer.post("/ngsi-ld/v1/entityOperations/query", json=query, headers=headers)
        assert (posted.status_code, posted.json()) == (203, [ours | OLDER])
        oldest = (await _get(city, one, "ngsi-ld=1.1")).json()
        text = {"type": "Property", "value": {"en": "Stop"}}
        assert oldest == {k: v for k, v in ours.items() if k != "scope"} | OLDER | {
            "type": ours["type"][0],
            "text": text,
            "seen": {"type": "Property", "value": 2},
        }

    in_city(talk)


def test_what_it_knows_is_told_as_it_is(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _write(city)
        one = f"{E}/{SIGN['id']}"
        ours = (await city.writer.get(one)).json()
        for prefer in ("ngsi-ld=1.8", "ngsi-ld=1.9.1"):
            answer = await _get(city, one, prefer)
            assert (answer.status_code, answer.headers["preference-applied"]) == (200, "ngsi-ld=1.8")
            assert answer.json() == ours
        known = await _get(city, one, "ngsi-ld=1.4", attrs="seen,text")
        assert (known.status_code, known.headers["preference-applied"]) == (200, "ngsi-ld=1.4")
        unheard = await _get(city, one, "ngsi-ld=soon")
        assert (unheard.status_code, "preference-applied" in unheard.headers) == (200, False)

    in_city(talk)


def test_concise_and_simplified_forms_follow(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _write(city)
        one = f"{E}/{SIGN['id']}"
        simple = (await _get(city, one, "ngsi-ld=1.6", format="simplified")).json()
        assert (simple["raw"], simple["kind"], simple["plain"]) == ({"a": 1}, "round", {"json": 7})
        concise = (await _get(city, one, "ngsi-ld=1.6", format="concise")).json()
        assert (concise["kind"], concise["near"]) == ("round", {"object": ["urn:x:1", "urn:x:2"]})

    in_city(talk)


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        ("normalized", [{"type": "Property", "value": {"a": 1}, "observedAt": AT}]),
        ("concise", [{"value": {"a": 1}, "observedAt": AT}]),
        ("temporalValues", {"type": "Property", "values": [[{"a": 1}, AT]]}),
        ("aggregatedValues", {"type": "Property", "totalCount": [[1, AT, AT]]}),
    ],
)
def test_so_do_courses(in_city: InCity, form: str, raw: Any) -> None:
    async def talk(city: City) -> None:
        await _write(city)
        for address, asked in ((f"{T}/{SIGN['id']}", {}), (T, {"type": "Sign"})):
            answer = await _get(city, address, "ngsi-ld=1.1", format=form, aggrMethods="totalCount", **asked)
            assert (answer.status_code, answer.headers["preference-applied"]) == (203, "ngsi-ld=1.1")
            shown = answer.json() if asked == {} else answer.json()[0]
            assert "scope" not in shown
            found = shown["raw"]
            for instance in found if isinstance(found, list) else ():
                instance.pop("instanceId")
            assert found == raw

    in_city(talk)


def test_news_is_told_in_the_version_that_a_subscription_names(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        notification = {"endpoint": {"uri": receiver.uri}}
        wish = {"type": "Subscription", "entities": [{"type": "Sign"}], "notification": notification}
        made = await city.writer.post(S, json=wish | {"ngsildConformance": "1.6"})
        assert made.status_code == 201, made.text
        assert (await city.writer.get(made.headers["location"])).json()["ngsildConformance"] == "1.6"
        async with served(receiver.app, receiver.port), notifying(city):
            await _write(city)
            await until(lambda: receiver.got)
        told = receiver.got[0]["data"][0]
        assert {name: told[name] for name in OLDER} == OLDER
        refused = await city.writer.post(S, json=wish | {"ngsildConformance": "new"})
        assert (refused.status_code, refused.json()["place"]) == (400, "/ngsildConformance")

    in_city(talk)
