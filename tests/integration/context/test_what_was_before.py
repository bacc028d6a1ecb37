"""Notifications of what went and of what was before, of joined entities, of every kind of trigger. Serves Q2."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from doors import City, InCity, served, station, until
from receivers import Receiver, notifying

S = "/ngsi-ld/v1/subscriptions"
E = "/ngsi-ld/v1/entities"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
FIRST = station(1)["id"]
NULL = "urn:ngsi-ld:null"


async def _subscribe(city: City, receiver: Receiver, *, client: Any = None, **members: Any) -> None:
    told = {"endpoint": {"uri": receiver.uri}, **members.pop("told", {})}
    wish = {"type": "Subscription", "entities": [{"type": "AirQualityObserved"}], "notification": told, **members}
    answer = await (client or city.writer).post(S, json=wish)
    assert answer.status_code == 201, answer.text


async def _put(city: City, *stations: dict[str, Any]) -> None:
    assert (await city.writer.post(UPSERT, json=list(stations))).status_code in {201, 204}


async def _gone(city: City, address: str) -> None:
    assert (await city.writer.delete(address)).status_code == 204


@asynccontextmanager
async def _hearing(*receivers: Receiver) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for one in receivers:
            await stack.enter_async_context(served(one.app, one.port))
        yield


def test_an_attribute_that_goes_is_told_as_a_null_with_what_it_was(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, plain, other = Receiver(), Receiver(), Receiver()
        trigger = {"notificationTrigger": ["attributeDeleted"], "watchedAttributes": ["name"]}
        await _put(city, station(1))
        await _subscribe(city, receiver, told={"showChanges": True, "sysAttrs": True}, **trigger)
        await _subscribe(city, plain, told={"format": "keyValues"}, **trigger)
        await _subscribe(city, other, notificationTrigger=["attributeDeleted"], watchedAttributes=["pm25"])
        async with _hearing(receiver, plain, other), notifying(city):
            await _gone(city, f"{E}/{FIRST}/attrs/name")
            await _gone(city, f"{E}/{FIRST}/attrs/pm25")
            await until(lambda: receiver.got and plain.got and other.got)
        (told,) = receiver.got
        name = told["data"][0]["name"]
        assert (name["value"], name["previousValue"]) == (NULL, "Station 1")
        assert name["deletedAt"]
        assert "previousValue" not in told["data"][0]["pm25"]
        assert plain.got[0]["data"][0]["name"] == NULL
        assert len(other.got) == 1
        assert other.got[0]["data"][0]["pm25"] == {"type": "Property", "value": NULL}

    in_city(talk)


def test_an_entity_that_goes_is_told_to_who_could_see_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, partner, whole = Receiver(), Receiver(), Receiver()
        trigger = {"notificationTrigger": ["entityDeleted"]}
        await _put(city, station(1, 7), station(2, 8, district="south"))
        near = {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [109.201, 27.7]}
        await _subscribe(city, receiver, q="pm25<8", geoQ=near, **trigger)
        await _subscribe(city, partner, client=city.limited, told={"showChanges": True}, **trigger)
        await _subscribe(city, whole, told={"sysAttrs": True}, **trigger)
        async with _hearing(receiver, partner, whole), notifying(city):
            await _gone(city, f"{E}/{station(2)['id']}")
            await _gone(city, f"{E}/{FIRST}")
            await until(lambda: receiver.got and partner.got and len(whole.got) == 2)
        (told,) = receiver.got[0]["data"]
        assert (told["id"], told.keys()) == (FIRST, {"id", "type", "deletedAt"})
        assert [one["data"][0]["id"] for one in partner.got] == [FIRST]
        seen = partner.got[0]["data"][0]
        assert seen["pm25"]["previousValue"] == 7
        assert "name" not in seen
        assert whole.got[0]["data"][0].keys() == {"id", "type", "createdAt", "modifiedAt", "deletedAt"}

    in_city(talk)


def test_each_change_is_told_with_what_was_before_it_though_the_notifier_comes_late(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await _put(city, station(1, 1))
        await _subscribe(city, receiver, told={"showChanges": True, "attributes": ["pm25"]})
        for value in (2, 3, 4):
            await _put(city, station(1, value))
        async with served(receiver.app, receiver.port), notifying(city):
            await until(lambda: len(receiver.got) == 3)
            await _put(city, station(1, 5))
            await until(lambda: len(receiver.got) == 4)
            await _put(city, station(2, 5))
            await until(lambda: len(receiver.got) == 5)
        told = [one["data"][0]["pm25"] for one in receiver.got]
        assert [(one["previousValue"], one["value"]) for one in told[:4]] == [(1, 2), (2, 3), (3, 4), (4, 5)]
        assert "previousValue" not in told[4]
        # What is before the last windows is no longer kept.
        assert len(await city.store.rows("earlier.all")) <= 2

    in_city(talk)


@pytest.mark.parametrize(
    ("triggers", "told"),
    [
        (["attributeCreated"], ["made", "added"]),
        (["attributeUpdated"], ["written"]),
        (["attributeDeleted"], ["taken", "gone"]),
        (["entityCreated"], ["made"]),
        (["entityUpdated"], ["written", "added", "taken"]),
        (["entityDeleted"], ["gone"]),
        (["entityCreated", "attributeDeleted"], ["made", "taken", "gone"]),
    ],
    ids=str,
)
def test_each_trigger_is_set_off_by_what_it_names(in_city: InCity, triggers: list[str], told: list[str]) -> None:
    async def talk(city: City) -> None:
        receiver, last = Receiver(), Receiver()
        await _subscribe(city, receiver, entities=[{"type": "Thing"}], notificationTrigger=triggers)
        await _subscribe(city, last, entities=[{"type": "Weather"}])
        thing = "urn:ngsi-ld:Thing:1"
        steps = [
            lambda: city.writer.post(E, json={"id": thing, "type": "Thing", "state": "made"}),
            lambda: city.writer.patch(f"{E}/{thing}/attrs", json={"state": "written"}),
            lambda: city.writer.post(f"{E}/{thing}/attrs", json={"more": 1}),
            lambda: city.writer.delete(f"{E}/{thing}/attrs/more"),
            lambda: city.writer.delete(f"{E}/{thing}"),
        ]
        async with _hearing(receiver, last), notifying(city):
            for number, step in enumerate(steps, start=1):
                assert (await step()).is_success
                await _put(city, {"id": "urn:w:1", "type": "Weather", "wind": number})
                await until(lambda number=number: len(last.got) == number)
            await until(lambda: len(receiver.got) >= len(told))
        assert [_named(one["data"][0]) for one in receiver.got] == told

    in_city(talk)


def _named(entity: dict[str, Any]) -> str:
    """What happened to it, as it is told."""
    if "deletedAt" in entity:
        return "gone"
    more = entity.get("more")
    if more is not None:
        return "taken" if more["value"] == NULL else "added"
    return str(entity["state"]["value"])


@pytest.mark.parametrize("type", ["AirQualityObserved|Weather", "(AirQualityObserved;Indoor)", "Indoor,Rain", "*"])
def test_types_are_chosen_in_their_language_whichever_of_them_leads(in_city: InCity, type: str) -> None:
    async def talk(city: City) -> None:
        receiver, last = Receiver(), Receiver()
        await _subscribe(city, receiver, entities=[{"type": type}], watchedAttributes=["pm25"])
        await _subscribe(city, last, entities=[{"type": "Weather"}])
        both = {**station(1, 1), "type": ["Indoor", "AirQualityObserved"]}
        async with served(receiver.app, receiver.port), served(last.app, last.port), notifying(city):
            await _put(city, both)
            await _put(city, {"id": "urn:w:1", "type": "Weather", "wind": 3})
            await until(lambda: receiver.got and last.got)
        assert [one["data"][0]["id"] for one in receiver.got] == [FIRST]

    in_city(talk)


@pytest.mark.parametrize("join", ["flat", "inline"])
def test_what_an_entity_points_to_is_told_with_it_as_far_as_it_may_be_seen(in_city: InCity, join: str) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        keeper = {"id": "urn:k:1", "type": "Keeper", "name": "Li"}
        await _put(city, keeper)
        told = {"join": join, "joinLevel": 1, "format": "simplified", "pick": ["id", "keptBy{id,name}"]}
        await _subscribe(city, receiver, told=told)
        async with served(receiver.app, receiver.port), notifying(city):
            await _put(city, {**station(1), "keptBy": {"type": "Relationship", "object": "urn:k:1"}})
            await until(lambda: receiver.got)
        inside = {"id": "urn:k:1", "name": "Li"}
        flat = [{"id": FIRST, "keptBy": "urn:k:1"}, inside]
        assert receiver.got[0]["data"] == (flat if join == "flat" else [{"id": FIRST, "keptBy": inside}])

    in_city(talk)


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"told": {"showChanges": True, "format": "keyValues"}}, "/notification/showChanges"),
        ({"told": {"pick": ["name"], "omit": ["name"]}}, "/notification/omit"),
        ({"told": {"joinLevel": 0}}, "/notification/joinLevel"),
        ({"jsonldContext": "no address"}, "/jsonldContext"),
        ({"notificationTrigger": ["attributeLost"]}, "/notificationTrigger/0"),
        ({"entities": [{"type": "A;"}]}, "type"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_with_its_place(in_city: InCity, members: dict[str, Any], place: str) -> None:
    async def talk(city: City) -> None:
        told = {"endpoint": {"uri": "http://127.0.0.1:9/"}, **members.get("told", {})}
        rest = {name: held for name, held in members.items() if name != "told"}
        wish = {"type": "Subscription", "entities": [{"type": "Thing"}], "notification": told, **rest}
        answer = await city.writer.post(S, json=wish)
        assert (answer.status_code, answer.json()["place"]) == (400, place)

    in_city(talk)
