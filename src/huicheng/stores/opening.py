"""Opening the store of a data directory."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from huicheng.errors import Unavailable
from huicheng.stores.history.files import lake_lock, remove_orphans
from huicheng.stores.history.reading import LAKE
from huicheng.stores.opened import OpenedStore
from huicheng.stores.sqlite.database import open_reading, open_writing
from huicheng.stores.sqlite.handing import SOCKET, HandedWrites, WriteSocket
from huicheng.stores.sqlite.lock import DataLock, cannot_write
from huicheng.stores.sqlite.readers import Readers
from huicheng.stores.sqlite.schema import check_migrated, migrate
from huicheng.stores.sqlite.statements import Statements
from huicheng.stores.sqlite.store import EmbeddedStore
from huicheng.stores.sqlite.writer import Writer
from huicheng.stores.statements import named_statements

if TYPE_CHECKING:
    from huicheng.stores.postgres.store import PostgresStore

#: The setting that names a PostgreSQL database; without it, or empty, the city is a file of the data directory.
SETTING = "HUICHENG_DATABASE"


def open_store(  # noqa: PLR0913 - how a store is opened, name by name
    data: Path,
    *,
    writer: bool,
    vfs: str | None = None,
    database: str | None = None,
    schema: str | None = None,
    shared: bool = False,
) -> EmbeddedStore | PostgresStore:
    """The store of ``data``: embedded, or in the PostgreSQL ``database`` (``None``: as the environment says).

    ``writer=True`` (the server, or an offline command) takes the data lock, brings the database up
    to date and starts the writer; a second one is refused with ``Unavailable``. ``writer=False``
    reads, and hands its transactions to the process that writes; on PostgreSQL it writes, too, and servers
    that are ``shared`` are let in beside each other, but beside nobody who wants to be alone. ``vfs``
    names an SQLite VFS for the writer, which then keeps every reader out: the means to try what happens
    when a disk fails. ``schema`` is another one of the PostgreSQL database than the city's.
    """
    url = os.environ.get(SETTING, "") if database is None else database
    if url:
        return _open_postgres(data, url, writer=writer, schema=schema, shared=shared)
    return _open_writer(data, vfs) if writer else _open_reader(data)


def open_beside(data: Path) -> EmbeddedStore | PostgresStore:
    """The store itself, or beside the server that has it."""
    try:
        return open_store(data, writer=True)
    except Unavailable:
        if not (os.environ.get(SETTING) or (data / SOCKET).exists()):
            raise
        return open_store(data, writer=False)


def _open_postgres(data: Path, url: str, *, writer: bool, schema: str | None, shared: bool) -> PostgresStore:
    open_postgres = postgres_driver()
    _make(data)
    lock = DataLock(data, shared=shared) if writer else None
    try:
        store = open_postgres(data, url, lock) if schema is None else open_postgres(data, url, lock, schema=schema)
        if writer:
            _clean_lake(data, partial(_listed, store))
        return store  # noqa: TRY300 - the lock is its own now
    except BaseException:
        if lock is not None:
            lock.release()
        raise


def postgres_driver() -> Callable[..., PostgresStore]:
    """How a store on PostgreSQL is opened; loaded only where it is asked for, because its driver is an extra.

    ``Unavailable`` where that is not installed.
    """
    try:
        from huicheng.stores.postgres.store import open_postgres  # noqa: PLC0415 - optional
    except ModuleNotFoundError as error:
        raise Unavailable(
            place=SETTING,
            why="There is no driver for PostgreSQL here: %(fault)s.",
            mend="Install huicheng[postgres].",
            fault=str(error),
        ) from error
    return open_postgres


def _open_writer(data: Path, vfs: str | None) -> EmbeddedStore:
    _make(data)
    lock = DataLock(data)
    try:
        connection = open_writing(data, vfs=vfs)
        migrate(connection)
        statements = Statements(connection, named_statements("sqlite"))
        _clean_lake(data, partial(connection.execute, statements.reading("history.all_files")))
        return EmbeddedStore(data, Writer(connection, statements, data), Readers(data, statements), lock)
    except BaseException:
        lock.release()
        raise


def _open_reader(data: Path) -> EmbeddedStore:
    connection = open_reading(data)
    try:
        check_migrated(connection)
        statements = Statements(connection, named_statements("sqlite"))
    finally:
        connection.close()
    return EmbeddedStore(data, HandedWrites(data), Readers(data, statements), None)


def _listed(store: PostgresStore) -> Iterable[tuple[str]]:
    with store.readers.snapshot() as snapshot:
        return list(snapshot.rows("history.all_files"))


def _clean_lake(data: Path, listed: Callable[[], Iterable[tuple[str]]]) -> None:
    """Remove what a crash left: while nobody compacts, files that are not listed are orphans."""
    with lake_lock(data / LAKE) as ours:
        if ours:
            remove_orphans(data / LAKE, {path for (path,) in listed()}, math.inf)


def _make(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(data, error) from error


class NoSocket:
    """Where everybody writes by themselves, nothing is served."""

    def close(self) -> None:
        """Nothing is to be let go of."""


async def serve_writes(store: OpenedStore) -> WriteSocket | NoSocket:
    """Take transactions of other processes over the data directory's socket, until ``close()`` of the answer."""
    if not isinstance(store, EmbeddedStore):
        return NoSocket()
    opened = WriteSocket(store, store.data)
    await opened.open()
    return opened
