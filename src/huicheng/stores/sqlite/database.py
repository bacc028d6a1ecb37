"""Opening ``city.db``, and what SQLite's errors mean to a user. Only this room's apsw opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import apsw

from huicheng.errors import HuichengError, Invalid, Unavailable

CITY = "city.db"
#: Pages (4 kB) in the log before it is folded into the database: rare enough that a page changed
#: many times is copied once, small enough (32 MB) that one folding stays in tens of milliseconds.
_CHECKPOINT_PAGES = 8000
_BUSY_MS = 10_000


def open_writing(data: Path, *, vfs: str | None = None) -> apsw.Connection:
    """The one connection that writes. A commit returns after the log has reached the disk."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    with translated(data):
        connection = apsw.Connection(str(data / CITY), flags=flags, vfs=vfs, statementcachesize=200)
        _keep_plans(connection)
        connection.set_busy_timeout(_BUSY_MS)
        if vfs is not None:  # one written in Python shares no memory: the log's index stays in this process
            connection.pragma("locking_mode", "exclusive")
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("foreign_keys", True)  # noqa: FBT003 - the pragma's own value
        connection.pragma("cache_size", -65_536)
        connection.pragma("temp_store", "memory")
        connection.wal_autocheckpoint(_CHECKPOINT_PAGES)
    return connection


def open_reading(data: Path) -> apsw.Connection:
    """A connection that can only read; ``Unavailable`` when there is no database yet."""
    path = data / CITY
    if not path.is_file():
        raise Unavailable(
            place=str(data),
            why="There is no city database in this data directory.",
            mend="Start the server there once: huicheng run --data DIR.",
        )
    with translated(data):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, statementcachesize=200)
        _keep_plans(connection)
        connection.set_busy_timeout(_BUSY_MS)
        connection.pragma("query_only", True)  # noqa: FBT003 - the pragma's own value
        connection.pragma("cache_size", -8_192)
        connection.pragma("mmap_size", 1 << 31)  # pages come from the system's cache without being copied
        connection.pragma("temp_store", "memory")
    return connection


def _keep_plans(connection: apsw.Connection) -> None:
    """A statement keeps its plan whatever is bound: many would be compiled anew for each value, a tenfold cost."""
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)


@contextmanager
def translated(data: Path) -> Iterator[None]:
    """Errors of SQLite become ours, with the place and the remedy."""
    try:
        yield
    except apsw.Error as error:
        raise meaning(error, data) from error


def meaning(error: BaseException, data: Path) -> HuichengError:
    """What an error under the store means to its caller."""
    if isinstance(error, HuichengError):
        return error
    for kind, meant in _MEANINGS:
        if isinstance(error, kind):
            return meant(place=str(data))
    if isinstance(error, (apsw.ConstraintError, apsw.BindingsError, apsw.MismatchError, apsw.RangeError)):
        return Invalid(place="transaction", why="The values do not fit the table: %(fault)s", fault=str(error))
    if isinstance(error, (TypeError, ValueError, OverflowError)):
        return Invalid(place="transaction", why="A value cannot be stored: %(fault)s", fault=str(error))
    return Unavailable(
        place=str(data),
        why="The database reported: %(fault)s.",
        mend="See the server's log; restore the last backup if it says that the file is malformed.",
        fault=str(error),
    )


_MEANINGS: tuple[tuple[type[BaseException], partial[Unavailable]], ...] = (
    (
        apsw.FullError,
        partial(
            Unavailable, why="The disk is full; nothing of this was written.", mend="Free some space and send it again."
        ),
    ),
    (
        apsw.ReadOnlyError,
        partial(
            Unavailable,
            why="The database cannot be written.",
            mend="Make the data directory writable for this user and send it again.",
        ),
    ),
    (
        apsw.IOError,
        partial(
            Unavailable,
            why="The disk reported an error; nothing of this was written.",
            mend="Check the disk and its free space, then send it again.",
        ),
    ),
    (
        apsw.CantOpenError,
        partial(
            Unavailable,
            why="The database cannot be opened.",
            mend="Check that the data directory exists and belongs to this user.",
        ),
    ),
    (
        apsw.BusyError,
        partial(
            Unavailable,
            why="Another program holds the database.",
            mend="Close the other program; only Huicheng may open city.db.",
        ),
    ),
    (
        apsw.InterruptError,
        partial(
            Unavailable,
            why="The query takes too long.",
            mend="Narrow it: name a type, a smaller area, or fewer conditions.",
        ),
    ),
)
