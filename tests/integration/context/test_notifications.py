"""Subscriptions and what receivers hear, with a real store, a real server and real receivers. Serves Q2."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from doors import City, InCity, served, station, until
from ports import free_port
from receivers import Receiver, notifying

S = "/ngsi-ld/v1/subscriptions"
E = "/ngsi-ld/v1/entities"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


def _wish(uri: str, *, endpoint: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    notification = {"format": "keyValues", "endpoint": {"uri": uri, **(endpoint or {})}, **members.pop("told", {})}
    return {
        "type": "Subscription",
        "entities": [{"type": "AirQualityObserved"}],
        "notification": notification,
        **members,
    }


async def _subscribe(city: City, wish: dict[str, Any], client: Any = None) -> str:
    answer = await (client or city.writer).post(S, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


async def _put(city: City, *stations: dict[str, Any]) -> None:
    assert (await city.writer.post(UPSERT, json=list(stations))).status_code in {201, 204}


async def _counted(city: City, address: str, times: int) -> dict[str, Any]:
    """The subscription once it has counted so many notifications; it counts after the receiver has answered."""
    async with asyncio.timeout(60):
        while True:
            shown: dict[str, Any] = (await city.writer.get(address)).json()
            if shown["notification"].get("timesSent") == times:
                return shown
            await asyncio.sleep(0.01)


async def _waiting(city: City, *, something: bool) -> None:
    """Return once something is kept for a receiver that is away, or once nothing is any more."""
    async with asyncio.timeout(60):
        while bool(await city.store.rows("notification.waiting")) is not something:
            await asyncio.sleep(0.01)


def test_a_change_is_told_as_the_subscriber_wished(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        pairs = [{"key": "X-Token", "value": "yours"}, {"key": "Host", "value": "evil"}]
        wish = _wish(receiver.uri, endpoint={"receiverInfo": pairs}, told={"attributes": ["pm25"]})
        address = await _subscribe(city, wish)
        async with served(receiver.app, receiver.port), notifying(city):
            await _put(city, station(1, 12))
            await until(lambda: receiver.got)
            shown = await _counted(city, address, 1)
        (told,) = receiver.got
        assert told["type"] == "Notification"
        assert address.endswith(told["subscriptionId"])
        assert told["data"] == [{"id": station(1)["id"], "type": "AirQualityObserved", "pm25": 12}]
        assert receiver.headers[0][b"x-token"] == b"yours"
        assert receiver.headers[0][b"host"] == f"127.0.0.1:{receiver.port}".encode()
        assert b"json-ld#context" in receiver.headers[0][b"link"]
        assert shown["status"] == "active"
        assert shown["notification"]["lastSuccess"]

    in_city(talk)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, [10, 50, 90, 20]),
        ({"q": "pm25>=50"}, [50, 90]),
        ({"entities": [{"id": station(2)["id"]}]}, [50]),
        ({"entities": [{"idPattern": "[13]$", "type": "AirQualityObserved"}]}, [10, 90]),
        ({"entities": [{"id": station(1)["id"]}, {"id": station(4)["id"], "type": "Weather"}]}, [10]),
        ({"watchedAttributes": ["name"]}, [10, 50, 90, 20]),
        ({"watchedAttributes": ["colour"]}, []),
        ({"notificationTrigger": ["entityUpdated"]}, []),
        (
            {"geoQ": {"georel": "near;maxDistance==120", "geometry": "Point", "coordinates": [109.203, 27.7]}},
            [50, 90, 20],
        ),
        ({"isActive": False}, []),
    ],
    ids=str,
)
def test_only_what_was_wished_for_is_told(in_city: InCity, members: dict[str, Any], told: list[int]) -> None:
    async def talk(city: City) -> None:
        receiver, all_of_it = Receiver(), Receiver()
        await _subscribe(city, _wish(receiver.uri, **members))
        await _subscribe(city, _wish(all_of_it.uri, entities=[{"type": "Weather"}], told={"format": "normalized"}))
        async with served(receiver.app, receiver.port), served(all_of_it.app, all_of_it.port), notifying(city):
            for number, value in enumerate((10, 50, 90, 20), start=1):
                await _put(city, station(number, value))
            await _put(city, {"id": "urn:w:1", "type": "Weather", "wind": 3})
            await until(lambda: all_of_it.got)
            await until(lambda: len(receiver.values) >= len(told))
        assert receiver.values == told

    in_city(talk)


def test_every_change_is_told_in_order_though_the_notifier_comes_late(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await _subscribe(city, _wish(receiver.uri, q="pm25>=0"))
        for value in range(25):
            await _put(city, station(1, value, hour=value % 24))
        async with served(receiver.app, receiver.port), notifying(city):
            await until(lambda: len(receiver.got) >= 25)
        assert receiver.values == list(range(25))

    in_city(talk)


def test_a_receiver_that_fails_is_tried_again_until_it_has_everything(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        receiver.answers = [500, 503, 429]
        address = await _subscribe(city, _wish(receiver.uri))
        async with notifying(city):
            for value in (1, 2, 3):
                await _put(city, station(1, value))
            await _waiting(city, something=True)  # nobody listens yet
            async with served(receiver.app, receiver.port):
                await until(lambda: len(receiver.got) == 3)
                shown = (await _counted(city, address, 3))["notification"]
        assert receiver.values == [1, 2, 3]
        assert shown["timesFailed"] >= 3
        assert shown["status"] == "ok"

    in_city(talk)


def test_a_refusal_is_given_up_after_three_tries_and_the_next_is_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        receiver.answers = [400, 400, 400]
        await _subscribe(city, _wish(receiver.uri))
        async with served(receiver.app, receiver.port), notifying(city):
            await _put(city, station(1, 1))
            await _put(city, station(1, 2))
            await until(lambda: receiver.got)
        assert receiver.values == [2]

    in_city(talk)


def test_a_restart_loses_nothing(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await _subscribe(city, _wish(receiver.uri))
        async with notifying(city):
            for value in (1, 2):
                await _put(city, station(1, value))
            await _waiting(city, something=True)
        await _put(city, station(1, 3))
        async with served(receiver.app, receiver.port), notifying(city):
            await until(lambda: len(receiver.got) >= 3)
        assert receiver.values == [1, 2, 3]
        assert len({told["id"] for told in receiver.got}) == 3

    in_city(talk)


def test_a_dead_receiver_delays_nobody(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        for _ in range(20):
            await _subscribe(city, _wish(f"http://127.0.0.1:{free_port()}/dead"))
        await _subscribe(city, _wish(receiver.uri))
        async with served(receiver.app, receiver.port), notifying(city):
            for value in range(10):
                await _put(city, station(1, value))
            await until(lambda: len(receiver.got) >= 10)
        assert receiver.values == list(range(10))

    in_city(talk)


def test_throttling_tells_the_last_state(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await _subscribe(city, _wish(receiver.uri, throttling=3))
        async with served(receiver.app, receiver.port), notifying(city):
            await _put(city, station(1, 0))
            await until(lambda: receiver.got)
            for value in (1, 2, 3):
                await _put(city, station(1, value))
            await until(lambda: len(receiver.got) >= 2)
        assert receiver.values == [0, 3]

    in_city(talk)


def test_a_subscriber_hears_only_what_the_contract_shows_and_nothing_after_it_ends(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, witness = Receiver(), Receiver()
        await _subscribe(city, _wish(receiver.uri), city.limited)
        await _subscribe(city, _wish(receiver.uri, watchedAttributes=["name"]), city.limited)
        await _subscribe(city, _wish(receiver.uri, q='name=="Station 1"'), city.limited)
        await _subscribe(city, _wish(witness.uri))
        async with served(receiver.app, receiver.port), served(witness.app, witness.port), notifying(city):
            await _put(city, station(1, 1), station(2, 2, district="south"))
            await until(lambda: receiver.got and witness.got)
            await city.revoke("partner")
            await _put(city, station(1, 3))
            await until(lambda: len(witness.values) >= 3)
        (told,) = receiver.got
        assert [sorted(one) for one in told["data"]] == [["district", "id", "location", "pm25", "type"]]

    in_city(talk)


def test_a_revoked_key_is_told_nothing_more(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, witness = Receiver(), Receiver()
        await _subscribe(city, _wish(receiver.uri), city.limited)
        await _subscribe(city, _wish(witness.uri))
        async with served(receiver.app, receiver.port), served(witness.app, witness.port), notifying(city):
            await _put(city, station(1, 1))
            await until(lambda: receiver.got and witness.got)
            await city.revoke_key("limited")
            await _put(city, station(1, 2))
            await until(lambda: len(witness.got) == 2)
        assert receiver.values == [1]

    in_city(talk)


def test_what_waits_is_not_sent_once_the_contract_has_ended(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, witness = Receiver(), Receiver()
        await _subscribe(city, _wish(receiver.uri), city.limited)
        await _subscribe(city, _wish(witness.uri))
        async with served(witness.app, witness.port), notifying(city):
            await _put(city, station(1, 1))
            await until(lambda: witness.got)
            await _waiting(city, something=True)
            await city.revoke("partner")
            async with served(receiver.app, receiver.port):
                await _waiting(city, something=False)
        assert receiver.got == []

    in_city(talk)


def test_a_subscription_is_read_changed_listed_and_deleted_by_its_owner_alone(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        wish = {**_wish("http://127.0.0.1:9/"), "id": "urn:ngsi-ld:Subscription:mine", "q": "pm25>5"}
        address = await _subscribe(city, wish)
        assert (await city.writer.post(S, json=wish)).status_code == 409
        assert (await city.writer.get(address)).json()["q"] == "pm25>5"
        assert (await city.writer.patch(address, json={"notification": {"format": "concise"}})).status_code == 400
        told = {"format": "concise", "endpoint": {"uri": "http://127.0.0.1:9/"}}
        patched = await city.writer.patch(address, json={"q": None, "isActive": False, "notification": told})
        assert patched.status_code == 204, patched.text
        shown = (await city.writer.get(address)).json()
        assert (shown["status"], "q" in shown) == ("paused", False)
        assert shown["notification"]["format"] == "concise"
        assert shown["notification"]["endpoint"]["uri"] == "http://127.0.0.1:9/"
        assert (await city.writer.patch(address, json={"q": "pm25>"})).status_code == 400
        for answer in (
            await city.limited.get(address),
            await city.limited.patch(address, json={"isActive": True}),
            await city.limited.delete(address),
        ):
            assert answer.status_code == 404
        assert (await city.limited.get(S)).json() == []
        listed = await city.writer.get(S, params={"options": "count", "limit": "1"})
        assert (len(listed.json()), listed.headers["ngsild-results-count"]) == (1, "1")
        assert (await city.writer.delete(address)).status_code == 204
        assert (await city.writer.get(address)).status_code == 404

    in_city(talk)


def test_a_deleted_subscription_is_told_nothing_more(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, witness = Receiver(), Receiver()
        address = await _subscribe(city, _wish(receiver.uri))
        await _subscribe(city, _wish(witness.uri))
        async with served(receiver.app, receiver.port), served(witness.app, witness.port), notifying(city):
            await _put(city, station(1, 1))
            await until(lambda: receiver.got and witness.got)
            await city.writer.delete(address)
            await _put(city, station(1, 2))
            await until(lambda: len(witness.got) == 2)
        assert receiver.values == [1]

    in_city(talk)


def test_what_has_gathered_is_told_together_and_in_order(in_city: InCity) -> None:
    """Q2: 30 commits of 15 entities, which nobody has told so far."""

    async def talk(city: City) -> None:
        receiver = Receiver()
        address = await _subscribe(city, _wish(receiver.uri))
        for value in (12, 13):
            for number in range(15):
                await _put(city, station(number, value))
        async with served(receiver.app, receiver.port), notifying(city):
            await until(lambda: sum(len(told["data"]) for told in receiver.got) == 30)
            await _counted(city, address, len(receiver.got))
            await _waiting(city, something=False)
        told = [(one["id"], one["pm25"]) for notification in receiver.got for one in notification["data"]]
        assert told == [(station(number, 0)["id"], value) for value in (12, 13) for number in range(15)]
        assert len(receiver.got) < 30
        assert len({notification["id"] for notification in receiver.got}) == len(receiver.got)

    in_city(talk)
