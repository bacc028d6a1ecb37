"""On which store the figures are measured: files, or a PostgreSQL server with a database for each installation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bench.cluster import cluster
from huicheng.stores import Blocking, open_store

#: Names a server of the bench's own where an address could stand.
OWN = "own"


class Databases:
    """Databases that the bench makes on a server, and drops."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._made: dict[str, str] = {}
        #: Whether what is acknowledged has reached the disk, as the server says it.
        self.settings = asyncio.run(_durable(url))

    def of(self, data: Path) -> str:
        """The address of an installation's database; made, empty, when it is first asked for."""
        key = str(data)
        if key not in self._made:
            name = f"huicheng_bench_{len(self._made) + 1}"
            asyncio.run(_told(self.url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'))
            self._made[key] = urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))
        return self._made[key]

    def drop(self) -> None:
        """They take disk, and their autovacuum time."""
        names = (urlsplit(one).path[1:] for one in self._made.values())
        asyncio.run(_told(self.url, *(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names)))
        self._made.clear()


async def _told(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _durable(url: str) -> dict[str, str]:
    """What the server is set to. ``RuntimeError`` where it could lose what it has acknowledged."""
    connection = await asyncpg.connect(url)
    try:
        found = {
            name: str(await connection.fetchval("SELECT current_setting($1)", name))
            for name in ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        }
    finally:
        await connection.close()
    if "off" in found.values():
        raise RuntimeError(f"Figures are of durable writes only, and the server is set to {found}.")
    return found


#: Of the process: figures are measured one after the other, and each starts programs and opens stores in many places.
_current: list[Databases] = []


@contextmanager
def on(address: str, folder: Path | None) -> Iterator[Databases | None]:
    """Figures within are measured on this server (``own``: one of the bench's own), or with "" on files."""
    if address == OWN:
        with cluster(folder) as own, on(own, folder) as databases:
            yield databases
        return
    databases = Databases(address) if address else None
    _current[:] = [databases] if databases else []
    try:
        yield databases
    finally:
        _current.clear()
        if databases is not None:
            databases.drop()


def database_of(data: Path) -> str:
    """The database of an installation; "": it is in the files of its directory."""
    return _current[0].of(data) if _current else ""


def on_postgres() -> bool:
    """Whether figures are measured on PostgreSQL."""
    return bool(_current)


@contextmanager
def city_of(data: Path, *, writer: bool = False) -> Iterator[Blocking]:
    """An installation's store, opened by this process."""
    city = Blocking(open_store(data, writer=writer, database=database_of(data)))
    try:
        yield city
    finally:
        city.close()
