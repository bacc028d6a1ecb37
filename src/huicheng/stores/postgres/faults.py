"""What PostgreSQL's errors mean to a user."""

from __future__ import annotations

import asyncio

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
            why=f"PostgreSQL does not answer ({_said(error)}).",
            mend="See that the server runs and that HUICHENG_DATABASE names it, then send it again.",
        )
    for kind, why, mend in _MEANINGS:
        if isinstance(error, kind):
            return Unavailable(place=place, why=why, mend=mend)
    if isinstance(error, asyncpg.NotNullViolationError):  # named as SQLite does: a statement may refuse by a NULL
        why = f"The values do not fit the table: {error.table_name}.{error.column_name} is missing"
        return Invalid(place="transaction", why=why)
    if isinstance(error, _UNFIT):
        return Invalid(place="transaction", why=f"The values do not fit the table: {_said(error)}")
    return Unavailable(
        place=place, why=f"PostgreSQL reported: {_said(error)}.", mend="See the logs of the server and of PostgreSQL."
    )


def is_closed(error: BaseException) -> bool:
    """Whether asyncpg says that it has no connection any more (it has no class of its own for that)."""
    return type(error) is asyncpg.InterfaceError and "clos" in str(error)


def _said(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


_MEANINGS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
    (MET, "Too many write the same at once; nothing of this was written.", "Send it again."),
    (asyncpg.DiskFullError, "The disk is full; nothing of this was written.", "Free some space and send it again."),
    (
        asyncpg.QueryCanceledError,
        "The query takes too long.",
        "Narrow it: name a type, a smaller area, or fewer conditions.",
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        "This PostgreSQL server takes no writes: it is a replica, or was set so.",
        "Name the primary server in HUICHENG_DATABASE.",
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        "This user may not do that in the database.",
        "Make it the owner of the database, or have an administrator run CREATE EXTENSION postgis there.",
    ),
    (
        (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError),
        "PostgreSQL does not let Huicheng in, or has no such database.",
        "See user, password and name of the database in HUICHENG_DATABASE.",
    ),
)
