"""Subscribers to registrations hear of them, over real HTTP (CIM 009, 5.11). Serves Q2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from doors import City, InCity, served, until
from receivers import QUICK, Receiver
from sources import offer, register

from huicheng.context import Contexts, Herald, Reach, wall_clock

S = "/ngsi-ld/v1/csourceSubscriptions"
_ELSEWHERE = "http://127.0.0.1:9"


@asynccontextmanager
async def telling(city: City) -> AsyncIterator[Herald]:
    """The worker's loop."""
    contexts = Contexts(city.store, None, now=wall_clock)
    herald = Herald(city.store, city.authority, contexts, reach=Reach.LOOPBACK, retry=QUICK)

    async def work() -> None:
        while True:
            await herald.step()
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    try:
        yield herald
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await herald.close()


def _wish(uri: str, **members: Any) -> dict[str, Any]:
    notification = {"endpoint": {"uri": uri, "accept": "application/json"}}
    return {"type": "Subscription", "entities": [{"type": "Weather"}], "notification": notification, **members}


async def _subscribe(city: City, wish: dict[str, Any]) -> str:
    answer = await city.writer.post(S, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def _told(receiver: Receiver) -> list[tuple[str, list[str]]]:
    return [(one["triggerReason"], [held["id"] for held in one["data"]]) for one in receiver.got]


def test_a_subscriber_hears_what_is_there_what_comes_what_changes_and_what_goes(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await register(city, offer(_ELSEWHERE, id="urn:r:1"))
        await register(city, offer(_ELSEWHERE, id="urn:r:bus", entities=[{"type": "Bus"}]))
        async with served(receiver.app, receiver.port), telling(city):
            address = await _subscribe(city, _wish(receiver.uri))
            await until(lambda: len(receiver.got) == 1)
            second = await register(city, offer(_ELSEWHERE, id="urn:r:2"))
            await city.writer.patch(second, json={"endpoint": "http://127.0.0.1:10"})
            await city.writer.patch(second, json={"information": [{"entities": [{"type": "Bus"}]}]})
            await until(lambda: len(receiver.got) == 4)
            assert _told(receiver) == [
                ("newlyMatching", ["urn:r:1"]),
                ("newlyMatching", ["urn:r:2"]),
                ("updated", ["urn:r:2"]),
                ("noLongerMatching", ["urn:r:2"]),
            ]
            assert receiver.got[0]["type"] == "ContextSourceNotification"
            shown = (await city.writer.get(address)).json()
            assert shown["status"] == "active"

    in_city(talk)


def test_only_the_parts_that_fit_are_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        said = offer(_ELSEWHERE)
        said["information"] += [{"entities": [{"type": "Bus"}], "propertyNames": ["line"]}]
        await register(city, said)
        async with served(receiver.app, receiver.port), telling(city):
            await _subscribe(city, _wish(receiver.uri, watchedAttributes=["rain"]))
            await until(lambda: len(receiver.got) == 1)
            assert receiver.got[0]["data"][0]["information"] == [{"entities": [{"type": "Weather"}]}]

    in_city(talk)


def test_what_could_not_be_told_waits_and_is_told_in_order(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        address = await _subscribe(city, _wish(receiver.uri))
        async with telling(city):
            for number in range(3):
                await register(city, offer(_ELSEWHERE, id=f"urn:r:{number}"))
            async with asyncio.timeout(60):
                while "failureReason" not in (await city.writer.get(address)).json()["notification"]:
                    await asyncio.sleep(0.01)
            async with served(receiver.app, receiver.port):
                await until(lambda: len(receiver.got) == 3)
            assert [ids for _, ids in _told(receiver)] == [["urn:r:0"], ["urn:r:1"], ["urn:r:2"]]

    in_city(talk)


def test_a_dead_subscriber_delays_nobody_else(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver, dead = Receiver(), Receiver()
        async with served(receiver.app, receiver.port), telling(city):
            await _subscribe(city, _wish(dead.uri))
            await _subscribe(city, _wish(receiver.uri))
            await register(city, offer(_ELSEWHERE))
            await until(lambda: len(receiver.got) == 1, within=60)

    in_city(talk)


def test_at_intervals_all_that_fits_is_told_again(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await register(city, offer(_ELSEWHERE, id="urn:r:1"))
        async with served(receiver.app, receiver.port), telling(city):
            await _subscribe(city, _wish(receiver.uri, timeInterval=0.2))
            await until(lambda: len(receiver.got) >= 3)
            assert {tuple(ids) for _, ids in _told(receiver)} == {("urn:r:1",)}

    in_city(talk)


def test_a_paused_subscriber_hears_nothing_and_then_all(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        async with served(receiver.app, receiver.port), telling(city):
            address = await _subscribe(city, _wish(receiver.uri, isActive=False))
            await register(city, offer(_ELSEWHERE, id="urn:r:1"))
            assert not await city.store.rows("registration_notice.next")
            await city.writer.patch(address, json={"isActive": True})
            await until(lambda: len(receiver.got) == 1)
            assert _told(receiver) == [("newlyMatching", ["urn:r:1"])]

    in_city(talk)


def test_a_subscriber_hears_only_of_registrations_that_it_may_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        receiver = Receiver()
        await register(city, offer(_ELSEWHERE))
        assert (await city.limited.post(S, json=_wish(receiver.uri))).status_code == 201
        await register(city, offer(_ELSEWHERE))
        assert not await city.store.rows("registration_notice.next")
        assert (await city.nobody.post(S, json=_wish(receiver.uri))).status_code == 403

    in_city(talk)


def test_an_owner_sees_and_changes_only_their_own(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        address = await _subscribe(city, _wish(_ELSEWHERE))
        assert (await city.limited.get(address)).status_code == 404
        assert (await city.limited.delete(address)).status_code == 404
        assert (await city.limited.get(S)).json() == []
        assert len((await city.writer.get(S)).json()) == 1
        assert (await city.writer.delete(address)).status_code == 204

    in_city(talk)
