"""Each member of a subscription does what it says (ETSI GS CIM 009, 5.2.12–5.2.15). Serves Q2."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from doors import City, InCity, served, station, until
from receivers import Receiver, notifying

S = "/ngsi-ld/v1/subscriptions"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"


def _wish(receiver: Receiver, **members: Any) -> dict[str, Any]:
    endpoint = {"uri": receiver.uri, **members.pop("endpoint", {})}
    notification = {"endpoint": endpoint, **members.pop("told", {})}
    return {"type": "Subscription", "entities": [{"type": "Thing"}], "notification": notification, **members}


async def _subscribe(city: City, wish: dict[str, Any]) -> str:
    answer = await city.writer.post(S, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def _put(city: City, *entities: dict[str, Any]) -> None:
    assert (await city.writer.post(UPSERT, json=list(entities))).status_code in {201, 204}


THING = {
    "id": "urn:ngsi-ld:Thing:1",
    "type": "Thing",
    "scope": "/town/hall",
    "says": {"type": "LanguageProperty", "languageMap": {"zh": "晴", "en": "clear"}},
    "level": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:2"}],
    "tags": {"type": "Property", "value": ["red", "blue"]},
    "sky": {"type": "VocabProperty", "vocab": "clear"},
}


@pytest.mark.parametrize(
    ("members", "seen"),
    [
        ({"lang": "en", "told": {"format": "simplified", "pick": ["says"]}}, {"says": "clear"}),
        (
            {"datasetId": ["urn:d:2"], "told": {"format": "concise", "pick": ["level"]}},
            {"level": {"value": 2, "datasetId": "urn:d:2"}},
        ),
        ({"scopeQ": "/town/#", "told": {"format": "simplified", "pick": ["tags"]}}, {"tags": ["red", "blue"]}),
        ({"q": 'tags=="blue"', "told": {"format": "simplified", "omit": ["says", "level", "sky", "id"]}}, None),
        ({"q": "tags%3D%3D%22red%22", "told": {"format": "simplified", "pick": ["id"]}}, {"id": THING["id"]}),
        (
            {"q": "sky==clear", "expandValues": ["sky"], "told": {"format": "simplified", "pick": ["sky"]}},
            {"sky": {"vocab": "clear"}},
        ),
        ({"jsonKeys": ["raw"], "splitEntities": True, "told": {"pick": ["type"]}}, {"type": "Thing"}),
        ({"entities": [{"id": [THING["id"], "urn:x:1"]}], "told": {"pick": ["type"]}}, {"type": "Thing"}),
    ],
    ids=str,
)
def test_it_is_told_in_the_form_and_under_the_conditions_asked_for(
    in_city: InCity, members: dict[str, Any], seen: dict[str, Any] | None
) -> None:
    async def talk(city: City) -> None:
        receiver, other = Receiver(), Receiver()
        await _subscribe(city, _wish(receiver, **members))
        await _subscribe(city, _wish(other, scopeQ="/village/#", q='tags=="green"'))
        async with served(receiver.app, receiver.port), served(other.app, other.port), notifying(city):
            await _put(city, THING)
            await until(lambda: receiver.got)
        shown = receiver.got[0]["data"][0]
        assert shown == (seen or {"type": "Thing", "scope": "/town/hall", "tags": ["red", "blue"]})
        assert not other.got

    in_city(talk)


def test_json_ld_carries_its_context_in_the_notification_and_in_each_entity(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        wish = _wish(receiver, endpoint={"accept": "application/ld+json"}, jsonldContext=CORE)
        address = await _subscribe(city, wish)
        async with served(receiver.app, receiver.port), notifying(city):
            await _put(city, THING)
            await until(lambda: receiver.got)
        (told,) = receiver.got
        assert told["@context"] == told["data"][0]["@context"] == CORE
        assert b"link" not in receiver.headers[0]
        shown = (await city.writer.get(address)).json()
        assert shown["jsonldContext"] == CORE
        assert "format" not in shown["notification"]

    in_city(talk)


def test_what_is_told_at_intervals_is_first_told_when_one_is_over(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await _put(city, THING)
        made = time.monotonic()
        await _subscribe(city, _wish(receiver, timeInterval=0.3))
        async with served(receiver.app, receiver.port), notifying(city):
            await until(lambda: len(receiver.got) >= 2)
            assert time.monotonic() - made > 0.6
        assert all(one["data"][0]["id"] == THING["id"] for one in receiver.got)

    in_city(talk)


def test_counters_tell_how_notifications_fared_and_who_failed_is_left_alone_for_its_cooldown(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        receiver.answers = [503]
        address = await _subscribe(city, _wish(receiver, endpoint={"cooldown": 300, "timeout": 2000}))
        began = time.monotonic()
        async with served(receiver.app, receiver.port), notifying(city):
            await _put(city, THING)
            shown: dict[str, Any] = {}
            async with asyncio.timeout(20):
                while shown.get("timesSent") != 1:
                    await asyncio.sleep(0.02)
                    shown = (await city.writer.get(address)).json()["notification"]
        assert time.monotonic() - began > 0.3
        assert (shown["timesFailed"], shown["status"]) == (1, "ok")
        assert shown["lastFailure"] < shown["lastSuccess"] == shown["lastNotification"]

    in_city(talk)


def test_what_has_expired_or_is_paused_is_not_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, last = Receiver(), Receiver()
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        address = await _subscribe(city, _wish(receiver, expiresAt=soon))
        paused = await _subscribe(city, _wish(receiver, isActive=False))
        assert (await city.writer.get(paused)).json()["status"] == "paused"
        await _subscribe(city, _wish(last))
        async with asyncio.timeout(60):
            while (await city.writer.get(address)).json()["status"] != "expired":
                await asyncio.sleep(0.05)
        async with served(receiver.app, receiver.port), served(last.app, last.port), notifying(city):
            await _put(city, THING)
            await until(lambda: last.got)
        assert not receiver.got

    in_city(talk)


@pytest.mark.soak
def test_a_thousand_made_at_once_all_hear_of_a_change(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        async with served(receiver.app, receiver.port), notifying(city):
            made: list[str] = []
            for _ in range(20):  # as many as one client keeps lines open
                made += await asyncio.gather(*(_subscribe(city, _wish(receiver)) for _ in range(50)))
            await _put(city, {**THING, "id": "urn:ngsi-ld:Thing:2"}, station(1))
            await until(lambda: len(receiver.got) >= len(made), within=200)
        assert {one["subscriptionId"] for one in receiver.got} == {one.rpartition("/")[2] for one in made}

    in_city(talk)
