"""Entity maps: what a query found is paged through while entities come and go (CIM 009, 5.5.14). Serves Q2, N2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from doors import ADMINISTRATOR, ALL, City, InCity
from sources import Source, another_city, offer, register, register_city, weather

from huicheng.access import Policy
from huicheng.city import parse_instant
from huicheng.context import EntityMaps, wall_clock

V = "/ngsi-ld/v1"
E = f"{V}/entities"
MAPS = f"{V}/entityMaps"
HEADER = "NGSILD-EntityMap"
MINUTE = 60_000_000
ALL_OF_THEM = {"type": "Weather", "limit": "2"}
PAST = {"timerel": "after", "timeAt": "2025-01-01T00:00:00Z"}


def _id(number: int) -> str:
    return f"urn:ngsi-ld:Weather:{number}"


async def _make(city: City, *numbers: int, **headers: str) -> None:
    batch = [weather(_id(one), rain=one) for one in numbers]
    made = await city.writer.post(f"{V}/entityOperations/upsert?local=true", json=batch, headers=headers)
    assert made.status_code in {201, 204}, made.text


async def _map(city: City, client: httpx.AsyncClient | None = None, **asked: str) -> str:
    """The name of the map of a query."""
    answer = await (client or city.writer).get(E, params={**ALL_OF_THEM, "entityMap": "true", **asked})
    assert answer.status_code == 200, answer.text
    return answer.headers[HEADER]


async def _page(city: City, name: str, offset: int = 0, **asked: str) -> httpx.Response:
    answer = await city.writer.get(E, params={**ALL_OF_THEM, "offset": str(offset), **asked}, headers={HEADER: name})
    assert answer.status_code == 200, answer.text
    return answer


def _ids(answer: httpx.Response) -> list[str]:
    return [one["id"] for one in answer.json()]


async def _kept(city: City, name: str, client: httpx.AsyncClient | None = None) -> Any:
    """What a map tells, or the status."""
    answer = await (client or city.writer).get(f"{MAPS}/{name}")
    return answer.json() if answer.status_code == 200 else answer.status_code


def _left(kept: dict[str, Any]) -> float:
    """Minutes that it has still to live."""
    return (parse_instant(kept["expiresAt"]) - wall_clock()) / MINUTE


# -- pages


def test_pages_of_a_map_stay_where_they_are_while_entities_come_and_go(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1, 2, 3, 4, 5)
        first = await city.writer.get(E, params={**ALL_OF_THEM, "entityMap": "true", "count": "true"})
        mapped = first.headers[HEADER]
        assert (_ids(first), first.headers["ngsild-results-count"]) == ([_id(1), _id(2)], "5")
        await _make(city, 0)
        assert (await city.writer.delete(f"{E}/{_id(1)}")).status_code == 204
        assert (await city.writer.delete(f"{E}/{_id(4)}")).status_code == 204
        pages = [await _page(city, mapped, offset) for offset in (0, 2, 4)]
        assert [_ids(one) for one in pages] == [[_id(2)], [_id(3)], [_id(5)]]
        assert [one.headers[HEADER] for one in pages] == [mapped] * 3
        assert ['rel="next"' in str(one.headers.get_list("link")) for one in pages] == [True, True, False]
        assert "entityMap" not in str(first.headers.get_list("link"))
        counted = await _page(city, mapped, 4, count="true")
        assert counted.headers["ngsild-results-count"] == "5"
        assert _ids(await _page(city, mapped, 6)) == []
        of_one = {"id": _id(2), "entityMap": "true", "offset": "1"}
        assert (await city.writer.get(E, params=of_one)).json() == []
        assert [one["id"] for one in (await city.writer.get(E, params=ALL_OF_THEM)).json()] == [_id(0), _id(2)]

    in_city(talk)


def test_who_does_not_fit_any_more_is_not_shown(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1, 2, 3)
        mapped = await _map(city, q="rain>1", orderBy="rain;desc")
        assert list((await _kept(city, mapped))["entityMap"]) == [_id(3), _id(2)]
        dry = {"rain": {"type": "Property", "value": 0}}
        assert (await city.writer.patch(f"{E}/{_id(3)}/attrs", json=dry)).status_code == 204
        assert _ids(await _page(city, mapped, q="rain>1")) == [_id(2)]

    in_city(talk)


def test_a_query_by_body_and_a_query_of_history_take_maps_too(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        seen = {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}
        for number in (1, 2, 3):
            made = await city.writer.post(E, json=weather(_id(number), rain=seen))
            assert made.status_code == 201, made.text
        body = {"type": "Query", "entities": [{"type": "Weather"}], "entityMap": True, "entityMapLifetime": "PT2M"}
        for address, further in (("entityOperations", {}), ("temporal/entityOperations", {"temporalQ": PAST})):
            path = f"{V}/{address}/query?limit=2"
            first = await city.writer.post(path, json={**body, **further})
            mapped = first.headers[HEADER]
            assert 1 < _left(await _kept(city, mapped)) <= 2
            assert (await city.writer.delete(f"{E}/{_id(2)}")).status_code == 204
            second = await city.writer.post(f"{path}&offset=2", json={**body, **further}, headers={HEADER: mapped})
            assert (_ids(first), _ids(second), second.headers[HEADER]) == ([_id(1), _id(2)], [_id(3)], mapped)
            assert (await city.writer.post(E, json=weather(_id(2), rain=seen))).status_code == 201
            ordinary = await city.writer.post(path, json={**body, **further, "entityMap": False})
            assert HEADER not in ordinary.headers

    in_city(talk)


def test_a_map_that_is_gone_is_made_anew_by_the_page_that_names_it(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1, 2, 3)
        for gone in (f"urn:ngsi-ld:EntityMap:{wall_clock()}", f"{MAPS}/none", ""):
            answer = await _page(city, gone, 2)
            made = answer.headers[HEADER]
            assert (_ids(answer), made == gone) == ([_id(3)], False)
            assert len((await _kept(city, made))["entityMap"]) == 3
        assert _ids(await _page(city, f"{MAPS}/{made}", 2)) == [_id(3)]
        nothing = await city.writer.get(E, headers={HEADER: "urn:ngsi-ld:EntityMap:none"})
        assert nothing.json()["code"] == "nothing-asked"

    in_city(talk)


# -- the map itself


@pytest.mark.parametrize("address", ["entityMaps", "entityMap"])
def test_a_map_is_read_prolonged_and_deleted(in_city: InCity, address: str) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1, 2)
        own = f"{V}/{address}/{(mapped := await _map(city))}"
        read = (await city.writer.get(own)).json()
        here = {_id(1): ["@none"], _id(2): ["@none"]}
        assert read == {"id": mapped, "type": "EntityMap", "expiresAt": read["expiresAt"], "entityMap": here}
        assert 9 < _left(read) <= 10
        later = {"expiresAt": "2999-01-01T00:00:00Z", "entityMap": {}}
        assert (await city.writer.patch(own, json=later)).status_code == 204
        longer = (await city.writer.get(own)).json()
        assert (59 < _left(longer) <= 60, longer["entityMap"]) == (True, here)
        wrongs: tuple[Any, ...] = ({"expiresAt": "2001-01-01T00:00:00Z"}, {"expiresAt": 5}, {"entityMap": {}}, [])
        for wrong in wrongs:
            refused = await city.writer.patch(own, json=wrong)
            assert (refused.status_code, refused.json()["place"]) == (400, "/expiresAt")
        assert (await city.writer.delete(own)).status_code == 204
        for gone in (city.writer.get(own), city.writer.patch(own, json=later), city.writer.delete(own)):
            assert (await gone).status_code == 404
        assert (await city.writer.get(f"{V}/{address}/no-uri")).status_code == 400

    in_city(talk)


@pytest.mark.parametrize(("asked", "minutes"), [("PT30S", 0.5), ("PT1H", 60), ("P7D", 60), ("PT0S", 10), ("1h", None)])
def test_a_map_lives_as_long_as_was_asked_for_and_no_longer_than_an_hour(
    in_city: InCity, asked: str, minutes: float | None
) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1)
        answer = await city.writer.get(E, params={**ALL_OF_THEM, "entityMap": "true", "entityMapLifetime": asked})
        if minutes is None:
            assert (answer.status_code, answer.json()["place"]) == (400, "entityMapLifetime")
            assert "timerel" not in answer.json()["detail"]
        else:
            left = _left(await _kept(city, answer.headers[HEADER]))
            assert minutes - 0.4 < left <= minutes

    in_city(talk)


def test_a_map_whose_time_is_over_is_gone_and_is_swept(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        subject = await city.authority.subject_of_key(city.keys["writer"])
        assert subject is not None
        guard = await city.authority.guard(subject, "read")
        lately = EntityMaps(city.store, now=lambda: wall_clock() - 9 * MINUTE)
        earlier = EntityMaps(city.store, now=lambda: wall_clock() - 11 * MINUTE)
        over = await earlier.create({_id(1): ["@none"]}, guard)
        kept = await lately.create({_id(1): ["@none"]}, guard)
        assert await _kept(city, over.id) == 404
        assert (await _kept(city, kept.id))["id"] == kept.id
        await _map(city)
        assert await earlier.find(over.id, guard) is None

    in_city(talk)


def test_of_more_than_twenty_maps_of_one_owner_the_oldest_goes(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1)
        other = await _map(city, city.limited)
        maps = [await _map(city) for _ in range(21)]
        assert await _kept(city, maps[0]) == 404
        assert [(await _kept(city, one))["id"] for one in maps[1:]] == maps[1:]
        assert (await _kept(city, other, city.limited))["id"] == other

    in_city(talk)


def test_a_query_that_finds_more_than_ten_thousand_gets_no_map(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, *range(10_000))
        assert len((await _kept(city, await _map(city)))["entityMap"]) == 10_000
        await _make(city, 10_000)
        refused = await city.writer.get(E, params={**ALL_OF_THEM, "entityMap": "true"})
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "TooManyResults")
        assert (await city.writer.get(E, params=ALL_OF_THEM)).status_code == 200

    in_city(talk)


# -- policies, owners, tenants


def test_a_map_is_its_owners_alone_and_nobody_owns_none(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1, 2)
        mapped = await _map(city)
        for client in (city.limited, city.nobody):
            assert await _kept(city, mapped, client) == 404
            assert (await client.delete(f"{MAPS}/{mapped}")).status_code == 404
            assert (
                await client.patch(f"{MAPS}/{mapped}", json={"expiresAt": "2999-01-01T00:00:00Z"})
            ).status_code == 404
        other = await city.limited.get(E, params=ALL_OF_THEM, headers={HEADER: mapped})
        assert other.headers[HEADER] != mapped
        for headers in ({}, {HEADER: mapped}):
            anybody = await city.nobody.get(E, params={**ALL_OF_THEM, "entityMap": "true"}, headers=headers)
            assert (_ids(anybody), HEADER in anybody.headers) == ([_id(1), _id(2)], False)

    in_city(talk)


def test_a_map_holds_what_its_owner_may_see_and_ends_with_the_policy(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for number, district in enumerate(("north", "south", "north")):
            one = {**weather(f"urn:x:{number}", pm25=4, district=district), "type": "AirQualityObserved"}
            assert (await city.writer.post(E, json=one)).status_code == 201
        mapped = await _map(city, city.limited, type="AirQualityObserved")
        assert list((await _kept(city, mapped, city.limited))["entityMap"]) == ["urn:x:0", "urn:x:2"]
        moved = {"district": {"type": "Property", "value": "south"}}
        assert (await city.writer.patch(f"{E}/urn:x:0/attrs", json=moved)).status_code == 204
        asked = {"type": "AirQualityObserved"}
        page = await city.limited.get(E, params=asked, headers={HEADER: mapped})
        assert (_ids(page), page.headers[HEADER]) == (["urn:x:2"], mapped)
        await city.revoke("partner")
        assert await _kept(city, mapped, city.limited) == 404
        page = await city.limited.get(E, params=asked, headers={HEADER: mapped})
        assert (page.json(), page.headers[HEADER] == mapped) == ([], False)

    in_city(talk)


def test_maps_of_tenants_are_apart(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        policy = Policy(id="east", grantee="role:integration", actions=ALL, resource="Tenant", rows="name = 'east'")
        await city.authority.put_policies([policy], ADMINISTRATOR)
        await _make(city, 1, **{"NGSILD-Tenant": "east"})
        east = {"NGSILD-Tenant": "east"}
        answer = await city.writer.get(E, params={**ALL_OF_THEM, "entityMap": "true"}, headers=east)
        mapped = answer.headers[HEADER]
        assert (await city.writer.get(f"{MAPS}/{mapped}", headers=east)).json()["entityMap"] == {_id(1): ["@none"]}
        assert await _kept(city, mapped) == 404

    in_city(talk)


# -- sources


def test_a_map_tells_who_holds_what_and_a_page_asks_only_those(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        told, silent = Source(answer=[weather(_id(4), wind=4)]), Source(answer=[])
        async with another_city(tmp_path / "b") as there, told.serving() as one, silent.serving() as other:
            await _make(city, 1, 2)
            await _make(there, 2, 3)
            second = (await register_city(city, there)).rpartition("/")[2]
            third = (await register(city, offer(one))).rpartition("/")[2]
            await register(city, offer(other))
            mapped = await _map(city)
            held = {_id(1): ["@none"], _id(2): ["@none", second], _id(3): [second], _id(4): [third]}
            assert (await _kept(city, mapped))["entityMap"] == held
            told.asked.clear()
            silent.asked.clear()
            await _make(city, 0)
            await _make(there, 0)
            assert _ids(await _page(city, mapped, 0)) == [_id(1), _id(2)]
            assert told.asked == silent.asked == []
            assert _ids(await _page(city, mapped, 2)) == [_id(3), _id(4)]
            assert (len(told.asked), silent.asked) == (1, [])
            posted = {"type": "Query", "entities": [{"type": "Weather"}]}
            answer = await city.writer.post(
                f"{V}/entityOperations/query?limit=2&offset=2&count=true", json=posted, headers={HEADER: mapped}
            )
            assert (_ids(answer), answer.headers["ngsild-results-count"]) == ([_id(3), _id(4)], "4")
            assert silent.asked == []

    in_city(talk)


@pytest.mark.parametrize("further", [{}, PAST], ids=["now", "then"])
def test_a_source_shows_no_entity_that_its_page_does_not_hold(in_city: InCity, further: dict[str, str]) -> None:
    async def talk(city: City) -> None:
        seen = {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}
        source = Source(answer=[weather(_id(number), wind=seen) for number in (1, 2, 3)])
        async with source.serving() as address:
            await register(city, offer(address, operations=["queryEntity", "queryTemporal"]))
            path, asked = (f"{V}/temporal/entities" if further else E), {**ALL_OF_THEM, **further, "limit": "1"}
            first = await city.writer.get(path, params={**asked, "entityMap": "true"})
            source.answer.append(weather(_id(0), wind=seen))
            headers = {HEADER: first.headers[HEADER]}
            second = await city.writer.get(path, params={**asked, "offset": "1"}, headers=headers)
            assert (_ids(first), _ids(second)) == ([_id(1)], [_id(2)])

    in_city(talk)


def test_a_source_that_fails_is_told_by_who_makes_the_map(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _make(city, 1)
        source = Source(status=500)
        async with source.serving() as address:
            await register(city, offer(address))
            answer = await city.writer.get(E, params={**ALL_OF_THEM, "entityMap": "true"})
            assert (_ids(answer), len(answer.headers.get_list("ngsild-warning"))) == ([_id(1)], 1)
            assert "ngsild-warning" not in (await _page(city, answer.headers[HEADER])).headers

    in_city(talk)


def test_a_source_that_may_hold_more_than_it_tells_gets_no_map(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=[weather(_id(number), wind=4) for number in range(1000)])
        async with source.serving() as address:
            await register(city, offer(address))
            refused = await city.writer.get(E, params={**ALL_OF_THEM, "entityMap": "true"})
            assert (refused.status_code, refused.json()["code"]) == (403, "too-many-results")

    in_city(talk)


def test_history_of_elsewhere_is_paged_through_by_a_map(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            seen = {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}
            for one, numbers in ((city, (1, 2)), (there, (2, 3))):
                for number in numbers:
                    assert (await one.writer.post(E, json=weather(_id(number), rain=seen))).status_code == 201
            able = ["retrieveTemporal", "queryTemporal", "queryBatchTemporal"]
            second = (await register_city(city, there, operations=able)).rpartition("/")[2]
            asked = {**ALL_OF_THEM, **PAST}
            path = f"{V}/temporal/entities"
            first = await city.writer.get(path, params={**asked, "entityMap": "true"})
            mapped = first.headers[HEADER]
            assert (await _kept(city, mapped))["entityMap"] == {
                _id(1): ["@none"], _id(2): ["@none", second], _id(3): [second]
            }  # fmt: skip
            assert (await city.writer.delete(f"{E}/{_id(1)}?local=true")).status_code == 204
            rest = await city.writer.get(path, params={**asked, "offset": "2"}, headers={HEADER: mapped})
            assert (_ids(first), _ids(rest)) == ([_id(1), _id(2)], [_id(3)])

    in_city(talk)
