"""Every data door over a real store, spoken to in-process over ASGI, or through the product's own server.

A room's conftest imports the fixture ``in_city``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from huicheng.access import Policy, Subject
from huicheng.api import Scope, UnknownKey, data_doors, key_of
from huicheng.context import Reach, Signer
from huicheng.ingest import Ingest
from huicheng.packs import AttributeType, EntityType, Pack, built_in, read_packs
from huicheng.stores import Authority, TenantStores, open_store

TEXT = {"zh-hans": "空气", "en": "Air"}
TYPES = {
    "AirQualityObserved": EntityType(
        name=TEXT,
        source="test",
        attributes={
            "pm25": AttributeType(name=TEXT, unit="GQ", minimum=0, maximum=2000),
            "name": AttributeType(name=TEXT, kind="text"),
            "location": AttributeType(name=TEXT, kind="geometry"),
            "keeper": AttributeType(name=TEXT, kind="text", personal=True),
        },
    )
}
ALL = ("read", "create", "update", "delete")


POLICIES = (
    Policy(id="writer", grantee="role:integration", actions=ALL, resource="*"),
    Policy(
        id="partner",
        grantee="role:partner",
        actions=("read",),
        resource="AirQualityObserved",
        rows="district = 'north'",
        columns=("pm25", "location", "district"),
    ),
    Policy(id="own", grantee="role:partner", actions=ALL, resource="Subscription", rows="owner = subject_id"),
    Policy(id="open", grantee="anyone", actions=("read",), resource="Weather"),
)
SIGNER = Signer(b"a key of this test run")
#: Observations in one answer: few, so that a test of pages need not write many.
HISTORY_PAGE = 40
#: Key of a client → its roles.
ROLES = {"writer": ("integration",), "limited": ("partner",)}
ADMINISTRATOR = Subject(id="test", roles=("security-admin",))


@cache
def _packs() -> tuple[Pack, ...]:
    return read_packs([built_in() / "platform", built_in() / "environment"])


class City:
    """A running set of doors on one store."""

    def __init__(self, data: Path, port: int, stack: AsyncExitStack, database: str | None = None) -> None:
        self.store = open_store(data, writer=True, database=database)
        self.authority = Authority(self.store)
        self.tenants = TenantStores(data)
        #: Client → its key.
        self.keys: dict[str, str] = {}
        self.doors = data_doors(
            store=self.store,
            ingest=Ingest(self.store, TYPES),
            guards=self.authority,
            types=TYPES,
            packs=_packs(),
            authenticate=self.by_key,
            reach=Reach.LOOPBACK,
            signer=SIGNER,
            history_page=HISTORY_PAGE,
            tenancy=self.tenants,
        )
        self._port = port
        self._stack = stack
        self._address = ""

    async def prepare(self) -> None:
        """Grant policies, issue keys, make clients."""
        await self.authority.put_policies(POLICIES, ADMINISTRATOR)
        for name, roles in ROLES.items():
            self.keys[name] = await self.authority.issue_key(name=name, roles=roles, unit="")
        #: With every right; with a contract for rows of the north and three columns; with no key.
        self.writer, self.limited, self.nobody = self._client("writer"), self._client("limited"), self._client("")

    async def revoke(self, policy: str) -> None:
        await self.authority.revoke(policy, ADMINISTRATOR)

    async def revoke_key(self, name: str) -> None:
        [number] = [row["id"] for row in await self.authority.keys() if row["name"] == name]
        await self.authority.revoke_key(number, ADMINISTRATOR)

    def _client(self, name: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.keys[name]}"} if name else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://city", headers=headers)

    async def by_key(self, scope: Scope) -> Subject:
        key = key_of(scope)
        if key is None:
            return Subject(id="anonymous", roles=())
        subject = await self.authority.subject_of_key(key)
        if subject is None:
            raise UnknownKey
        return subject

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """All doors by their addresses."""
        path = scope["path"]
        doors = self.doors.apps.items()
        door = next(app for prefix, app in doors if path == prefix or (prefix[-1] == "/" and path.startswith(prefix)))
        await door(scope, receive, send)

    async def address(self) -> str:
        """Where the doors are served from now on."""
        if not self._address:
            self._address = await self._stack.enter_async_context(served(self.app, self._port))
        return self._address

    @asynccontextmanager
    async def listening(self, key: str, query: str = "", *, last: str = "") -> AsyncIterator[AsyncIterator[Any]]:
        """The data of the events that come to one key, over the real server."""
        async with self._listening(f"/events?{query}", key, last) as events:
            yield events

    @asynccontextmanager
    async def streaming(self, key: str, query: str = "", *, last: str = "") -> AsyncIterator[AsyncIterator[Any]]:
        """The frames of layers that come to one key, over the real server."""
        async with self._listening(f"/operations/stream?{query}", key, last) as frames:
            yield frames

    @asynccontextmanager
    async def _listening(self, path: str, key: str, last: str) -> AsyncIterator[AsyncIterator[Any]]:
        headers = {"X-API-Key": self.keys[key], **({"Last-Event-ID": last} if last else {})}
        address = f"{await self.address()}{path}"
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("GET", address, headers=headers) as answer,
        ):
            assert answer.status_code == 200
            lines = answer.aiter_lines()
            await anext(lines)
            yield _events(lines)

    async def close(self) -> None:
        for client in (self.writer, self.limited, self.nobody):
            await client.aclose()
        await self.doors.close()
        await self._stack.aclose()
        await self.tenants.close()
        await self.store.close()


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[Any]:
    async for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


@asynccontextmanager
async def open_city(data: Path, port: int = 0, database: str | None = None) -> AsyncIterator[City]:
    """A city where the environment says, or in this ``database`` ("" = in its directory)."""
    city = City(data, port, AsyncExitStack(), database)
    await city.prepare()
    try:
        yield city
    finally:
        await city.close()


@asynccontextmanager
async def served(app: Any, port: int) -> AsyncIterator[str]:
    """The address of an application behind the server that the product uses."""
    server = Server(app, "127.0.0.1", port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False)
    running = asyncio.create_task(server.serve())
    try:
        await _listening(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await asyncio.wait_for(running, 60)


async def _listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


async def until(probe: Callable[[], Any], *, within: float = 60.0) -> None:
    """Return when the probe is truthy; the test fails at the deadline."""
    async with asyncio.timeout(within):
        while not probe():
            await asyncio.sleep(0.01)


Talk = Callable[[City], Coroutine[Any, Any, None]]
InCity = Callable[[Talk], None]


def station(number: int, pm25: float = 10.0, *, district: str = "north", hour: int = 0) -> dict[str, Any]:
    """A station in normalized NGSI-LD."""
    place = {"type": "Point", "coordinates": [109.2 + number / 1000, 27.7]}
    observed = {"unitCode": "GQ", "observedAt": f"2026-01-01T{hour:02}:00:00Z"}
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:{number}",
        "type": "AirQualityObserved",
        "pm25": {"type": "Property", "value": pm25, **observed},
        "district": {"type": "Property", "value": district},
        "name": {"type": "Property", "value": f"Station {number}"},
        "location": {"type": "GeoProperty", "value": place},
    }


@pytest.fixture
def in_city(data_dir: Path, free_port: int) -> InCity:
    """``in_city(talk)`` runs a coroutine function with a fresh city."""

    def run(talk: Talk) -> None:
        async def whole() -> None:
            async with open_city(data_dir, free_port) as city:
                await asyncio.wait_for(talk(city), 300)

        asyncio.run(whole())

    return run
