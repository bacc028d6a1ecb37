"""Registrations of context sources over the door: kept, found, guarded. Serves Q2."""

from __future__ import annotations

from typing import Any

import pytest
from doors import ADMINISTRATOR, City, InCity
from sources import REGISTRATIONS, offer, register

from huicheng.access import Policy

_ELSEWHERE = "http://127.0.0.1:9"


def test_a_registration_is_kept_changed_and_deleted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        address = await register(city, offer(_ELSEWHERE, registrationName="rain", mode="redirect"))
        kept = (await city.writer.get(address)).json()
        assert (kept["registrationName"], kept["mode"]) == ("rain", "redirect")
        assert "timesSent" not in kept
        changed = await city.writer.patch(address, json={"registrationName": None, "scope": "/north"})
        assert changed.status_code == 204
        kept = (await city.writer.get(address)).json()
        assert "registrationName" not in kept
        assert kept["scope"] == "/north"
        assert (await city.writer.delete(address)).status_code == 204
        assert (await city.writer.get(address)).status_code == 404

    in_city(talk)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "Registration"),
        ("information", []),
        ("information", [{}]),
        ("information", [{"entities": [{"type": "A", "idPattern": "(a+)+$"}]}]),
        ("endpoint", "ftp://example.org"),
        ("mode", "sideways"),
        ("operations", ["steal"]),
        ("expiresAt", "2001-01-01T00:00:00Z"),
        ("expiresAt", "soon"),
        ("location", {"type": "Point", "coordinates": [200, 0]}),
        ("observationInterval", {"startAt": "2026-01-02T00:00:00Z", "endAt": "2026-01-01T00:00:00Z"}),
        ("management", {"timeout": 0}),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(in_city: InCity, member: str, value: Any) -> None:
    async def talk(city: City) -> None:
        refused = await city.writer.post(REGISTRATIONS, json=offer(_ELSEWHERE, **{member: value}))
        # What takes too long to match has a status of its own (TooComplexQuery).
        assert refused.status_code == (403 if "(a+)+$" in str(value) else 400), refused.text
        assert member in refused.json()["place"] or refused.json()["place"].endswith(("/startAt", "/endAt"))

    in_city(talk)


def test_an_id_is_registered_once_and_an_attribute_exclusively_once(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        entities = [{"type": "Weather", "id": "urn:ngsi-ld:Weather:1"}]
        said = offer(_ELSEWHERE, id="urn:a:1", mode="exclusive", entities=entities, names=["rain", "wind"])
        await register(city, said)
        assert (await city.writer.post(REGISTRATIONS, json=said)).status_code == 409
        other = {**said, "id": "urn:a:2", "information": [{"entities": entities, "propertyNames": ["wind"]}]}
        refused = await city.writer.post(REGISTRATIONS, json=other)
        assert (refused.status_code, refused.json()["code"]) == (409, "overlapping")
        await register(city, {**other, "information": [{"entities": entities, "propertyNames": ["sun"]}]})

    in_city(talk)


def test_registrations_are_found_by_what_they_hold(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        place = {"type": "Point", "coordinates": [109.2, 27.7]}
        await register(city, offer(_ELSEWHERE, id="urn:r:rain", names=["rain"], location=place, scope="/city/north"))
        entities = [{"type": "Bus", "idPattern": "^urn:bus:7"}]
        await register(city, offer(_ELSEWHERE, id="urn:r:bus", entities=entities, operator="Blue Lines"))
        interval = {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"}
        await register(city, offer(_ELSEWHERE, id="urn:r:past", observationInterval=interval))

        async def found(**asked: str) -> set[str]:
            answer = await city.writer.get(REGISTRATIONS, params=asked)
            assert answer.status_code == 200, answer.text
            return {one["id"].removeprefix("urn:r:") for one in answer.json()}

        assert await found(type="Weather") == {"rain"}
        assert await found(type="Weather,Bus") == {"rain", "bus"}
        assert await found(attrs="rain") == {"rain", "bus"}
        assert await found(type="Weather", attrs="wind") == set()
        assert await found(id="urn:bus:71") == {"rain", "bus"}
        assert await found(type="Bus", id="urn:bus:81") == set()
        assert await found(type="Bus", csf='operator=="Blue Lines"') == {"bus"}
        assert await found(type="Bus", csf='operator=="Red"') == set()
        assert await found(type="Weather", scopeQ="/city/#") == {"rain"}
        assert await found(type="Weather", scopeQ="/land/#") == set()
        assert await found(type="Weather", scopeQ="/city/#;/land/#") == set()
        assert await found(type="Weather", scopeQ="/city/#,/land/#") == {"rain"}
        near = {"georel": "near;maxDistance==1000", "geometry": "Point"}
        assert await found(type="Weather", coordinates="[109.201,27.7]", **near) == {"rain"}
        assert await found(type="Weather", coordinates="[110,27.7]", **near) == set()
        assert await found(type="Weather", timerel="after", timeAt="2026-01-15T00:00:00Z") == {"past"}
        assert await found(type="Weather", timerel="after", timeAt="2026-03-15T00:00:00Z") == set()

    in_city(talk)


def test_pages_of_registrations_follow_each_other(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for number in range(3):
            await register(city, offer(_ELSEWHERE, id=f"urn:r:{number}"))
        page = await city.writer.get(REGISTRATIONS, params={"type": "Weather", "limit": "2", "count": "true"})
        assert [one["id"] for one in page.json()] == ["urn:r:0", "urn:r:1"]
        assert page.headers["ngsild-results-count"] == "3"
        assert 'rel="next"' in page.headers["link"]

    in_city(talk)


def test_nobody_registers_or_reads_registrations_without_a_policy(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        address = await register(city, offer(_ELSEWHERE))
        assert (await city.limited.post(REGISTRATIONS, json=offer(_ELSEWHERE))).status_code == 403
        assert (await city.limited.get(address)).status_code == 404
        assert (await city.nobody.get(REGISTRATIONS, params={"type": "Weather"})).json() == []
        assert (await city.limited.delete(address)).status_code == 404
        own = Policy(
            id="own-sources",
            grantee="role:partner",
            actions=("read", "create"),
            resource="ContextSourceRegistration",
            rows="owner = subject_id",
        )
        await city.authority.put_policies([own], ADMINISTRATOR)
        made = await city.limited.post(REGISTRATIONS, json=offer(_ELSEWHERE))
        assert made.status_code == 201
        seen = (await city.limited.get(REGISTRATIONS, params={"type": "Weather"})).json()
        assert [one["id"] for one in seen] == [made.headers["location"].rpartition("/")[2]]
        assert (await city.limited.delete(made.headers["location"])).status_code == 403

    in_city(talk)


def test_a_source_on_a_private_network_is_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for address in ("http://10.1.2.3", "http://169.254.169.254", "http://[fd00::1]:1026"):
            refused = await city.writer.post(REGISTRATIONS, json=offer(address))
            assert (refused.status_code, refused.json()["code"]) == (400, "forbidden-endpoint"), address

    in_city(talk)
