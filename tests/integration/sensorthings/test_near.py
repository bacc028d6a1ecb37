"""What lies in a small place is found by an index, not by a look at each entity of a city. Serves Q2."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from postgres import Server

from huicheng.city import Attribute, Entity
from huicheng.stores import Store, Transaction, Write, open_store, sensing

_SIDE = 80
_PATIENCE = 15.0
_LOCATION = sensing.Path(("location",))


def _lamp(east: int, north: int) -> Entity:
    place = {"type": "Point", "coordinates": [109 + east / 1000, 27 + north / 1000]}
    return Entity(
        id=f"urn:ngsi-ld:Lamp:{east}-{north}",
        type="Lamp",
        attributes={"location": Attribute(type="GeoProperty", value=place)},
    )


def _square(west: float, south: float, side: float) -> sensing.Constant:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return sensing.Constant({"type": "Polygon", "coordinates": [ring]}, "geometry")


@dataclass(frozen=True)
class Lamps:
    """Six thousand on a grid of about a hundred metres, on PostgreSQL."""

    database: str
    store: Store

    async def found(self, where: sensing.Term) -> list[Any]:
        return (await self.store.sense(sensing.Sought(steps=(sensing.Step("Locations"),), where=where))).rows

    async def looks(self) -> int:
        """How often anybody has looked into the index of places."""
        asked = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'entity_by_place'"
        connection = await asyncpg.connect(self.database)
        try:
            return int(await connection.fetchval(asked))
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def lamps(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lamps]:
    with postgres_server.databases() as one_more:
        url = one_more()
        store = open_store(tmp_path_factory.mktemp("lamps"), writer=True, database=url)
        every = [Write(entity=_lamp(east, north)) for east in range(_SIDE) for north in range(_SIDE)]
        asyncio.run(store.commit(Transaction(writes=every)))
        postgres_server.run(urlsplit(url).path.removeprefix("/"), "ANALYZE city.entity")
        yield Lamps(url, store)
        asyncio.run(store.close())


@pytest.mark.parametrize("by", ["within", "distance"])
def test_a_small_place_in_a_large_city_is_found_by_the_index_of_places(lamps: Lamps, by: str) -> None:
    point = sensing.Constant({"type": "Point", "coordinates": [109.02, 27.02]}, "geometry")
    distance = sensing.Call("geo.distance", (_LOCATION, point))
    near = {
        "within": sensing.Call("st_within", (_LOCATION, _square(109.0195, 27.0195, 0.002))),
        "distance": sensing.Call("lt", (distance, sensing.Constant(150, "number"))),
    }[by]
    # The same to logic, and nothing that tells of a box.
    twice = sensing.Call("not", (sensing.Call("not", (near,)),))

    async def talk() -> None:
        found = await lamps.found(near)
        assert found == await lamps.found(twice)
        assert 4 <= len(found) <= 9
        before, deadline = await lamps.looks(), time.monotonic() + _PATIENCE
        while await lamps.looks() == before and time.monotonic() < deadline:  # a session tells of itself once a second
            await lamps.found(near)
        assert await lamps.looks() > before

    asyncio.run(talk())
