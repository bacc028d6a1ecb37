"""Every data door over a real store, spoken to in-process over ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from huicheng.access import Guard, Policy, Subject, compile_guard
from huicheng.api import DataDoors, Scope, UnknownKey, data_doors, key_of
from huicheng.context import Reach
from huicheng.ingest import Ingest
from huicheng.packs import EntityType
from huicheng.packs.model import AttributeType
from huicheng.stores import EmbeddedStore, open_store

TEXT = {"zh-hans": "空气", "en": "Air"}
TYPES = {
    "AirQualityObserved": EntityType(
        name=TEXT,
        source="test",
        attributes={
            "pm25": AttributeType(name=TEXT, unit="GQ", minimum=0, maximum=2000),
            "name": AttributeType(name=TEXT, kind="text"),
            "location": AttributeType(name=TEXT, kind="geometry"),
        },
    )
}
WRITER = Subject(id="key-writer", roles=("integration",))
LIMITED = Subject(id="key-limited", roles=("partner",))
KEYS = {"writer": WRITER, "limited": LIMITED}
ALL = ("read", "create", "update", "delete")


class Book:
    """Policies in memory, compiled for every question: what the authority does with its table."""

    def __init__(self) -> None:
        self.policies = [
            Policy(id="writer", grantee="role:integration", actions=ALL, resource="*"),
            Policy(
                id="partner",
                grantee="role:partner",
                actions=("read",),
                resource="AirQualityObserved",
                rows="district = 'north'",
                columns=("pm25", "location", "district"),
            ),
            Policy(
                id="own",
                grantee="role:partner",
                actions=ALL,
                resource="Subscription",
                rows="owner = subject_id",
            ),
            Policy(id="open", grantee="anyone", actions=("read",), resource="Weather"),
        ]

    async def guard(self, subject: Subject, action: str) -> Guard:
        return compile_guard(subject, action, self.policies, date(2026, 11, 22))


async def by_key(scope: Scope) -> Subject:
    """The subject of a test key."""
    key = key_of(scope)
    if key is None:
        return Subject(id="anonymous", roles=())
    if key not in KEYS:
        raise UnknownKey
    return KEYS[key]


class City(msgspec.Struct, kw_only=True):
    """A running set of doors."""

    store: EmbeddedStore
    book: Book
    doors: DataDoors
    #: A client with every right.
    writer: httpx.AsyncClient
    #: A client whose contract shows it rows of the north and three columns.
    limited: httpx.AsyncClient
    nobody: httpx.AsyncClient

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """All doors by their addresses."""
        path = scope["path"]
        for prefix, app in self.doors.apps.items():
            if path == prefix or (prefix.endswith("/") and path.startswith(prefix)):
                return await app(scope, receive, send)
        raise LookupError(path)


@asynccontextmanager
async def open_city(data: Path) -> AsyncIterator[City]:
    store = open_store(data, writer=True)
    book = Book()
    doors = data_doors(store=store, ingest=Ingest(store, TYPES), guards=book, authenticate=by_key, reach=Reach.LOOPBACK)
    city = City(store=store, book=book, doors=doors, **dict.fromkeys(("writer", "limited", "nobody")))
    for name, key in (("writer", "writer"), ("limited", "limited"), ("nobody", None)):
        transport = httpx.ASGITransport(app=city.app)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        setattr(city, name, httpx.AsyncClient(transport=transport, base_url="http://city", headers=headers))
    try:
        yield city
    finally:
        for client in (city.writer, city.limited, city.nobody):
            await client.aclose()
        await doors.close()
        await store.close()


Talk = Callable[[City], Coroutine[Any, Any, None]]


@pytest.fixture
def in_city(data_dir: Path) -> Callable[[Talk], None]:
    """``in_city(talk)`` runs a coroutine function with a fresh city."""

    def run(talk: Talk) -> None:
        async def whole() -> None:
            async with open_city(data_dir) as city:
                await talk(city)

        asyncio.run(whole())

    return run


def station(number: int, pm25: float = 10.0, *, district: str = "north", hour: int = 0) -> dict[str, Any]:
    """A station in normalized NGSI-LD."""
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:{number}",
        "type": "AirQualityObserved",
        "pm25": {
            "type": "Property",
            "value": pm25,
            "unitCode": "GQ",
            "observedAt": f"2026-01-01T{hour:02}:00:00Z",
        },
        "district": {"type": "Property", "value": district},
        "name": {"type": "Property", "value": f"Station {number}"},
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [109.2 + number / 1000, 27.7]},
        },
    }
