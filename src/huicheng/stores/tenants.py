"""Stores of tenants: each a city of its own beside the district's, so that nothing of one can be asked from another.

Embedded, a directory ``<data>/tenants/<name>``; on PostgreSQL a schema ``tenant_<name>``, with its history there.
"""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import AsyncExitStack
from pathlib import Path

from huicheng.errors import Unavailable
from huicheng.stores.opened import OpenedStore
from huicheng.stores.opening import SETTING, open_store, serve_writes

FOLDER = "tenants"
#: Each has a writer's thread and readers of its own.
MOST = 200
#: A directory, a schema, a part of the way to a socket.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
#: Written last: a tenant is there from then on.
_READY = "ready"


def is_tenant_name(name: str) -> bool:
    """Whether a tenant may be called so: lower case letters, digits and ``_``."""
    return _NAME.fullmatch(name) is not None


def schema_of(name: str) -> str:
    """Where a tenant is in a PostgreSQL database."""
    return f"tenant_{name}"


def tenant_names(data: Path) -> list[str]:
    """Those that are there."""
    found = (data / FOLDER).glob(f"*/{_READY}")
    return sorted(one.parent.name for one in found if is_tenant_name(one.parent.name))


def open_tenant(data: Path, name: str, *, writer: bool) -> OpenedStore:
    """The store of a tenant; the process that writes makes it if it is not there. Blocking."""
    if not is_tenant_name(name):
        raise ValueError(name)
    place = data / FOLDER / name
    schema = schema_of(name) if os.environ.get(SETTING) else None
    store = open_store(place, writer=writer, schema=schema, shared=True)
    if writer:
        (place / _READY).touch(mode=0o600)
    return store


class TenantStores:
    """Those of the process that writes. What is there is open from the start, so that the worker can write, too."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._stores: dict[str, OpenedStore] = {}
        self._making = asyncio.Lock()
        self._ends = AsyncExitStack()

    @classmethod
    async def opened(cls, data: Path) -> TenantStores:
        """With every tenant that there is."""
        made = cls(data)
        for name in tenant_names(data):
            await made.store(name)
        return made

    def there(self, name: str) -> bool:
        """Whether there is such a tenant, made here or, on PostgreSQL, by another server of this directory."""
        return name in self._stores or (is_tenant_name(name) and (self._data / FOLDER / name / _READY).exists())

    async def store(self, name: str) -> OpenedStore:
        """Its store; made if it is not there. ``Unavailable`` beyond a bound."""
        async with self._making:
            known = self._stores.get(name)
            if known is not None:
                return known
            if len(self._stores) >= MOST:
                raise Unavailable(
                    place="NGSILD-Tenant",
                    why="There are %(most)s tenants already.",
                    mend="Use one of them, or another installation.",
                    most=MOST,
                )
            store = await asyncio.to_thread(open_tenant, self._data, name, writer=True)
            self._ends.push_async_callback(store.close)
            self._ends.callback((await serve_writes(store)).close)
            self._stores[name] = store
            return store

    async def close(self) -> None:
        """Close each."""
        await self._ends.aclose()
