"""Webhooks: signed, one for each transition, within what their owner may read at that moment (Q2, N2, W4.1)."""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from doors import ADMINISTRATOR, City, InCity, served, until
from receivers import Receiver, notifying

from huicheng.access import Policy
from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write

HOOKS = "/webhooks/v1/hooks"
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASES = Policy(
    id="cases",
    grantee="role:partner",
    actions=("read",),
    resource="Case",
    rows="kind = 'city/event'",
    columns=("kind", "status"),
)


async def move(city: City, number: str, status: str, minute: int = 0, kind: str = "city/event") -> None:
    """One transition of a case, as the projector writes it."""
    at = T0 + timedelta(minutes=minute)
    values = {"kind": kind, "status": status, "ownerUnit": "SECRET-UNIT"}
    held: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Property", value=value, observed_at=at if name == "status" else T0)
        for name, value in values.items()
    }
    entity = Entity(id=f"urn:ngsi-ld:Case:{number}", type="Case", attributes=held)
    await city.store.commit(Transaction(writes=[Write(entity=entity)]))


async def registered(city: City, receiver: Receiver, client: Any = None, **more: Any) -> dict[str, Any]:
    answer = await (client or city.limited).post(HOOKS, json={"name": "app", "address": receiver.uri, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{HOOKS}/{answer.json()['id']}"
    return dict(answer.json())


def signed_by(secret: str, header: bytes, body: bytes) -> bool:
    """As a receiver checks it, with nothing of ours."""
    parts = dict(part.split("=") for part in header.decode().split(","))
    expected = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"])


def test_each_transition_is_told_once_signed_and_only_what_the_owner_may_read(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.authority.put_policies([CASES], ADMINISTRATOR)
        receiver = Receiver()
        hook = await registered(city, receiver)
        async with served(receiver.app, receiver.port), notifying(city):
            for minute, status in enumerate(("pending", "handling", "closed"), 1):
                await move(city, "1", status, minute)
            await move(city, "2", "pending", kind="city/petition")
            await until(lambda: len(receiver.got) == 3)
        assert [one["case"]["status"] for one in receiver.got] == ["pending", "handling", "closed"]
        assert [one["number"] for one in receiver.got] == ["1"] * 3
        assert set(receiver.got[-1]["case"]) == {"id", "kind", "status"}
        assert receiver.got[-1]["changed"] == ["status"]
        assert len({one["id"] for one in receiver.got}) == 3
        for headers, body in zip(receiver.headers, receiver.bodies, strict=True):
            assert signed_by(hook["secret"], headers[b"x-huicheng-signature"], body)
            assert not signed_by(hook["secret"] + "x", headers[b"x-huicheng-signature"], body)
            assert not signed_by(hook["secret"], headers[b"x-huicheng-signature"], body + b" ")
            assert b"SECRET" not in body

    in_city(talk)


def test_the_secret_is_told_once_and_lies_nowhere(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        hook = await registered(city, Receiver())
        shown = (await city.limited.get(f"{HOOKS}/{hook['id']}")).json()
        assert set(hook) - set(shown) == {"secret"}
        [listed] = (await city.limited.get(HOOKS)).json()
        assert listed == shown
        held = str(await city.store.rows("subscription.all"))
        assert hook["secret"] not in held

    in_city(talk)


def test_a_receiver_that_is_away_hears_later_also_after_a_restart(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.authority.put_policies([CASES], ADMINISTRATOR)
        receiver = Receiver()
        hook = await registered(city, receiver)
        async with notifying(city):
            await move(city, "1", "pending", 1)
            await _failed(city, hook["id"])
        receiver.answers = [500, 503]
        async with served(receiver.app, receiver.port), notifying(city):
            await move(city, "1", "handling", 2)
            await until(lambda: len(receiver.got) == 2)
        assert [one["case"]["status"] for one in receiver.got] == ["pending", "handling"]

    in_city(talk)


async def _failed(city: City, id: str) -> None:
    async with asyncio.timeout(60):
        while not (await city.limited.get(f"{HOOKS}/{id}")).json()["failed"]:
            await asyncio.sleep(0.01)


def test_what_a_policy_takes_away_is_not_sent_any_more(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.authority.put_policies([CASES], ADMINISTRATOR)
        limited, whole = Receiver(), Receiver()
        await registered(city, limited)
        await registered(city, whole, city.writer)
        async with served(limited.app, limited.port), served(whole.app, whole.port), notifying(city):
            await move(city, "1", "pending", 1)
            await until(lambda: limited.got)
            await city.revoke("cases")
            await move(city, "1", "handling", 2)
            await move(city, "1", "closed", 3)
            await until(lambda: len(whole.got) == 3)
        assert [one["case"]["status"] for one in limited.got] == ["pending"]
        assert [one["case"]["status"] for one in whole.got] == ["pending", "handling", "closed"]
        assert whole.got[0]["case"]["ownerUnit"] == "SECRET-UNIT"

    in_city(talk)


def test_a_paused_webhook_is_silent_and_a_deleted_one_is_gone(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.authority.put_policies([CASES], ADMINISTRATOR)
        receiver, witness = Receiver(), Receiver()
        hook = await registered(city, receiver, kinds=["city/event"])
        await registered(city, witness, city.writer)
        assert hook["kinds"] == ["city/event"]
        address = f"{HOOKS}/{hook['id']}"
        async with served(receiver.app, receiver.port), served(witness.app, witness.port), notifying(city):
            assert (await city.limited.patch(address, json={"active": False})).json()["active"] is False
            await move(city, "1", "pending", 1)
            await until(lambda: witness.got)  # so the notifier has passed it by
            assert (await city.limited.patch(address, json={"active": True})).json()["active"] is True
            await move(city, "1", "closed", 2)
            await until(lambda: receiver.got)
        assert [one["case"]["status"] for one in receiver.got] == ["closed"]
        assert (await city.limited.delete(address)).status_code == 204
        assert (await city.limited.get(address)).status_code == 404

    in_city(talk)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"name": "x", "address": "http://169.254.169.254/latest"}, 400),
        ({"name": "x", "address": "http://10.0.0.1/"}, 400),
        ({"name": "x", "address": "ftp://example.org/"}, 400),
        ({"name": "x", "address": "javascript:alert(1)"}, 400),
        ({"name": "", "address": "http://127.0.0.1:9/"}, 400),
        ({"name": "x", "address": "http://127.0.0.1:9/", "kinds": ['a"; DROP']}, 400),
        ({"name": "x", "address": "http://127.0.0.1:9/", "more": 1}, 400),
        ({"name": "x"}, 400),
        ([], 400),
    ],
)
def test_addresses_that_must_not_be_reached_and_bad_bodies_are_refused(in_city: InCity, sent: Any, status: int) -> None:
    async def talk(city: City) -> None:
        answer = await city.limited.post(HOOKS, json=sent)
        assert answer.status_code == status, answer.text
        assert (await city.limited.get(HOOKS)).json() == []
        assert (await city.nobody.post(HOOKS, json=sent)).status_code == 403
        assert (await city.limited.put(HOOKS, json=sent)).status_code == 405

    in_city(talk)


def test_nobody_sees_or_touches_the_webhook_of_another(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        hook = await registered(city, Receiver())
        address = f"{HOOKS}/{hook['id']}"
        assert (await city.writer.get(HOOKS)).json() == []
        for client in (city.writer, city.nobody):
            for method, body in (("GET", None), ("PATCH", {"active": False}), ("DELETE", None)):
                assert (await client.request(method, address, json=body)).status_code in {403, 404}
        assert (await city.limited.get(address)).json()["active"] is True

    in_city(talk)
