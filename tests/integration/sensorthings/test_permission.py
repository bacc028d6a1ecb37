"""Policies hold at this door as at every other. Serves G3, N2."""

from __future__ import annotations

from doors import City, InCity, station

S = "/sta/v1.1"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


async def _fill(city: City) -> None:
    stations = [station(1), station(2, district="south"), station(3, 30), station(4, district="south")]
    assert (await city.writer.post(UPSERT, json=stations)).status_code == 201


async def _ids(city: City, path: str, condition: str = "") -> set[str]:
    answer = await city.limited.get(f"{S}/{path}", params={"$filter": condition} if condition else {})
    assert answer.status_code == 200, answer.text
    return {one["@iot.id"] for one in answer.json()["value"]}


def test_every_set_shows_only_rows_of_the_contract(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        one, three = station(1)["id"], station(3)["id"]
        assert await _ids(city, "Things") == {one, three}
        assert await _ids(city, "Datastreams") == {f"{one}!pm25", f"{three}!pm25"}
        assert await _ids(city, "Locations") == {f"{one}!location", f"{three}!location"}
        assert {id_.partition("@")[0] for id_ in await _ids(city, "Observations")} == {f"{one}!pm25", f"{three}!pm25"}
        two = station(2)["id"]
        for hidden in (f"Things('{two}')", f"Datastreams('{two}!pm25')", f"Datastreams('{two}!pm25')/Observations"):
            assert (await city.limited.get(f"{S}/{hidden}")).status_code == 404

    in_city(talk)


def test_a_hidden_column_is_neither_shown_nor_probed(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        one = station(1)["id"]
        shown = (await city.limited.get(f"{S}/Things('{one}')")).json()
        assert shown["name"] == one  # the name is not in the contract
        assert "Station" not in str(shown)
        assert await _ids(city, "Things", "startswith(name,'Station')") == set()
        assert await _ids(city, "Observations", "startswith(Datastream/Thing/name,'Station')") == set()

    in_city(talk)


def test_who_may_only_read_writes_nothing(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        one = station(1)["id"]
        thing = {"name": "x", "description": "x"}
        tries = [
            await city.limited.post(f"{S}/Things", json=thing),
            await city.limited.patch(f"{S}/Things('{one}')", json={"description": "x"}),
            await city.limited.post(f"{S}/Datastreams('{one}!pm25')/Observations", json={"result": 1}),
            await city.limited.patch(f"{S}/Datastreams('{one}!pm25')", json={"description": "x"}),
            await city.limited.delete(f"{S}/Datastreams('{one}!pm25')"),
            await city.limited.delete(f"{S}/Things('{one}')"),
        ]
        assert [answer.status_code for answer in tries] == [403] * len(tries)
        assert len(await _ids(city, "Datastreams")) == 2

    in_city(talk)


def test_personal_attributes_are_not_shown_here_to_anybody(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        body = {**station(1), "keeper": "Wang Fang"}
        assert (await city.writer.post(UPSERT, json=[body])).status_code == 201
        shown = await city.writer.get(f"{S}/Things")
        assert "Wang Fang" not in shown.text
        found = await city.writer.get(f"{S}/Things", params={"$filter": "properties/keeper eq 'Wang Fang'"})
        assert found.json()["value"] == []

    in_city(talk)
