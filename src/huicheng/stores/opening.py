"""Opening the store of a data directory."""

from __future__ import annotations

import math
from pathlib import Path

import apsw

from huicheng.stores.history.files import lake_lock, remove_orphans
from huicheng.stores.history.reading import LAKE
from huicheng.stores.sqlite.database import open_reading, open_writing
from huicheng.stores.sqlite.handing import HandedWrites, WriteSocket
from huicheng.stores.sqlite.lock import DataLock, cannot_write
from huicheng.stores.sqlite.readers import Readers
from huicheng.stores.sqlite.schema import check_migrated, migrate
from huicheng.stores.sqlite.statements import Statements, read_statements
from huicheng.stores.sqlite.store import EmbeddedStore
from huicheng.stores.sqlite.writer import Writer


def open_store(data: Path, *, writer: bool, vfs: str | None = None) -> EmbeddedStore:
    """The store of ``data``.

    ``writer=True`` (the server, or an offline command) takes the data lock, brings the database up
    to date and starts the writer; a second one is refused with ``Unavailable``. ``writer=False``
    reads, and hands its transactions to the process that writes. ``vfs`` names an SQLite VFS for the
    writer, which then keeps every reader out: the means to try what happens when a disk fails.
    """
    return _open_writer(data, vfs) if writer else _open_reader(data)


def _open_writer(data: Path, vfs: str | None) -> EmbeddedStore:
    _make(data)
    lock = DataLock(data)
    try:
        connection = open_writing(data, vfs=vfs)
        migrate(connection)
        statements = Statements(connection, read_statements())
        _clean_lake(data, connection, statements)
        return EmbeddedStore(data, Writer(connection, statements, data), Readers(data, statements), lock)
    except BaseException:
        lock.release()
        raise


def _open_reader(data: Path) -> EmbeddedStore:
    connection = open_reading(data)
    try:
        check_migrated(connection)
        statements = Statements(connection, read_statements())
    finally:
        connection.close()
    return EmbeddedStore(data, HandedWrites(data), Readers(data, statements), None)


def _clean_lake(data: Path, connection: apsw.Connection, statements: Statements) -> None:
    """Remove what a crash left: with the data lock held and nobody compacting, unlisted files are orphans."""
    with lake_lock(data / LAKE) as ours:
        if ours:
            listed = {path for (path,) in connection.execute(statements.reading("history.all_files"))}
            remove_orphans(data / LAKE, listed, math.inf)


def _make(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(data, error) from error


async def serve_writes(store: EmbeddedStore) -> WriteSocket:
    """Take transactions of other processes over the data directory's socket, until ``close()`` of the answer."""
    opened = WriteSocket(store, store.data)
    await opened.open()
    return opened
