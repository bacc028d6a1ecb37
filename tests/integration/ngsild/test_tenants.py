"""Tenants: each on a store of its own, open only to whom a policy names it (decision 10). Serves N1, N6."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from doors import ADMINISTRATOR, ALL, City, InCity

from huicheng.access import Policy
from huicheng.stores import TenantStores

E = "/ngsi-ld/v1/entities"
ONE = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "lit": {"type": "Property", "value": True}}


def _of(tenant: str) -> dict[str, str]:
    return {"NGSILD-Tenant": tenant}


async def _grant(city: City, actions: tuple[str, ...] = ALL, rows: str = "name = 'east'") -> None:
    policy = Policy(id="east", grantee="role:integration", actions=actions, resource="Tenant", rows=rows)
    await city.authority.put_policies([policy], ADMINISTRATOR)


async def _missing(city: City, method: str, path: str, tenant: str, **sent: Any) -> bool:
    answer = await city.writer.request(method, path, headers=_of(tenant), **sent)
    return answer.status_code == 404 and answer.json()["type"].endswith("/NonexistentTenant")


def test_a_tenant_is_made_by_the_first_entity_and_is_told_in_each_answer(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _grant(city)
        assert await _missing(city, "GET", f"{E}?type=Lamp", "east")
        made = await city.writer.post(E, json=ONE, headers=_of("east"))
        assert (made.status_code, made.headers["ngsild-tenant"]) == (201, "east")
        read = await city.writer.get(f"{E}/{ONE['id']}", headers=_of("east"))
        assert (read.json(), read.headers["ngsild-tenant"]) == (ONE, "east")

    in_city(talk)


def test_nothing_of_one_tenant_is_seen_from_another(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _grant(city, rows="name IN ('east', 'west')")
        for tenant, lit in (("east", True), ("west", False)):
            entity = {**ONE, "lit": {"type": "Property", "value": lit}}
            made = await city.writer.post(E, json=entity, headers=_of(tenant))
            assert made.status_code == 201, made.text
        assert (await city.writer.delete(f"{E}/{ONE['id']}", headers=_of("west"))).status_code == 204
        assert (await city.writer.get(f"{E}/{ONE['id']}", headers=_of("east"))).json() == ONE
        assert (await city.writer.get(f"{E}/{ONE['id']}")).status_code == 404
        assert (await city.writer.get(E, params={"type": "Lamp"}, headers=_of("default"))).json() == []
        assert (await city.writer.get("/ngsi-ld/v1/types", headers=_of("west"))).json()["typeList"] == []

    in_city(talk)


def test_a_policy_on_everything_opens_no_tenant_and_one_that_is_revoked_closes_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        assert await _missing(city, "POST", E, "east", json=ONE)
        await _grant(city)
        assert (await city.writer.post(E, json=ONE, headers=_of("east"))).status_code == 201
        assert await _missing(city, "POST", E, "west", json=ONE)
        await city.revoke("east")
        assert await _missing(city, "GET", f"{E}/{ONE['id']}", "east")
        assert city.tenants.there("east")
        assert not city.tenants.there("west")

    in_city(talk)


def test_who_may_only_read_a_tenant_neither_makes_nor_changes_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _grant(city, actions=("read",))
        assert await _missing(city, "POST", E, "east", json=ONE)
        await city.tenants.store("east")
        assert (await city.writer.post(E, json=ONE, headers=_of("east"))).status_code == 403
        assert (await city.writer.get(E, params={"type": "Lamp"}, headers=_of("east"))).json() == []

    in_city(talk)


def test_subscriptions_and_registrations_are_of_one_tenant(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _grant(city)
        wish = {
            "type": "Subscription",
            "entities": [{"type": "Lamp"}],
            "notification": {"endpoint": {"uri": "http://127.0.0.1:9/news"}},
        }
        made = await city.writer.post("/ngsi-ld/v1/subscriptions", json=wish, headers=_of("east"))
        assert made.status_code == 201, made.text
        assert len((await city.writer.get("/ngsi-ld/v1/subscriptions", headers=_of("east"))).json()) == 1
        assert (await city.writer.get("/ngsi-ld/v1/subscriptions")).json() == []
        assert (await city.writer.get(made.headers["location"])).status_code == 404

    in_city(talk)


@pytest.mark.parametrize("name", ["../east", "East", "a" * 51, "east/x", "\u00e9", " "])
def test_a_name_that_is_none_is_never_a_directory(in_city: InCity, name: str) -> None:
    async def talk(city: City) -> None:
        await _grant(city, rows="TRUE")
        header = {"NGSILD-Tenant": name.encode()}
        made = await city.writer.post(E, json=ONE, headers=header)
        assert (made.status_code, made.json()["place"]) == (400, "NGSILD-Tenant")
        assert (await city.writer.get(E, params={"type": "Lamp"}, headers=header)).status_code == 404
        assert not city.tenants.there(name)

    in_city(talk)


@pytest.mark.engines("postgres")  # a file has one server
@pytest.mark.usefixtures("database")
def test_a_tenant_is_seen_by_every_server_as_soon_as_one_has_made_it(in_city: InCity, data_dir: Path) -> None:
    async def talk(city: City) -> None:
        elsewhere = TenantStores(data_dir)
        assert not elsewhere.there("east")
        await _grant(city)
        assert (await city.writer.post(E, json=ONE, headers=_of("east"))).status_code == 201
        assert elsewhere.there("east")
        assert await (await elsewhere.store("east")).get(ONE["id"]) is not None
        await elsewhere.close()

    in_city(talk)
