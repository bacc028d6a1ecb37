"""What PostgreSQL's errors mean to a user."""

from __future__ import annotations

import asyncio
from functools import partial

import asyncpg

from huicheng.errors import HuichengError, Invalid, Unavailable

#: Two transactions met; the same one again will very likely do.
MET = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
#: The server is not there, goes, or has just come.
GONE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
_UNFIT = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.exceptions.DataError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.UntranslatableCharacterError,
    TypeError,
    ValueError,
    OverflowError,
)


def meaning(error: BaseException, place: str) -> HuichengError:
    """What an error under the store means to its caller; ``place`` names the database, without its password."""
    if isinstance(error, HuichengError):
        return error
    if isinstance(error, GONE) or is_closed(error):
        return Unavailable(
            place=place,
            why="PostgreSQL does not answer (%(fault)s).",
            mend="See that the server runs and that HUICHENG_DATABASE names it, then send it again.",
            fault=_said(error),
        )
    for kind, meant in _MEANINGS:
        if isinstance(error, kind):
            return meant(place=place)
    if isinstance(error, asyncpg.NotNullViolationError):  # named as SQLite does: a statement may refuse by a NULL
        missing = f"{error.table_name}.{error.column_name}"
        return Invalid(
            place="transaction", why="The values do not fit the table: %(column)s is missing", column=missing
        )
    if isinstance(error, _UNFIT):
        return Invalid(place="transaction", why="The values do not fit the table: %(fault)s", fault=_said(error))
    return Unavailable(
        place=place,
        why="PostgreSQL reported: %(fault)s.",
        mend="See the logs of the server and of PostgreSQL.",
        fault=_said(error),
    )


def is_closed(error: BaseException) -> bool:
    """Whether asyncpg says that it has no connection any more (it has no class of its own for that)."""
    return type(error) is asyncpg.InterfaceError and "clos" in str(error)


def _said(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


_MEANINGS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], partial[Unavailable]], ...] = (
    (
        MET,
        partial(
            Unavailable, why="Too many write the same at once; nothing of this was written.", mend="Send it again."
        ),
    ),
    (
        asyncpg.DiskFullError,
        partial(
            Unavailable, why="The disk is full; nothing of this was written.", mend="Free some space and send it again."
        ),
    ),
    (
        asyncpg.QueryCanceledError,
        partial(
            Unavailable,
            why="The query takes too long.",
            mend="Narrow it: name a type, a smaller area, or fewer conditions.",
        ),
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        partial(
            Unavailable,
            why="This PostgreSQL server takes no writes: it is a replica, or was set so.",
            mend="Name the primary server in HUICHENG_DATABASE.",
        ),
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        partial(
            Unavailable,
            why="This user may not do that in the database.",
            mend="Make it the owner of the database, or have an administrator run CREATE EXTENSION postgis there.",
        ),
    ),
    (
        (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError),
        partial(
            Unavailable,
            why="PostgreSQL does not let Huicheng in, or has no such database.",
            mend="See user, password and name of the database in HUICHENG_DATABASE.",
        ),
    ),
)
