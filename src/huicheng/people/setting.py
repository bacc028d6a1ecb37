"""Where people and cases are: Django's setting. Light: settings import it before Django stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huicheng.errors import Invalid, Unavailable

#: The schema of the people half; the city has another in the same database.
SCHEMA = "people"
#: The file of an installation without a database.
FILE = "people.db"
#: Seconds that a writer waits for the one before it, on either engine.
PATIENCE = 20
#: Connections of one process; a view or a consumer has one for as long as it works.
_MOST = 16
#: Seconds after which who waits for a connection looks whether PostgreSQL is there at all. The pool asks it as often:
#: its own way, to double the pauses to minutes, would leave people out long after PostgreSQL has come back.
_LOOK = 1.0
#: Seconds for a host that does not say a word.
_SILENCE = 5


def database(data: Path, url: str) -> dict[str, Any]:
    """What stands under ``DATABASES["default"]``; ``url`` "" = the file of the data directory."""
    return _postgresql(url) if url else _sqlite(data)


def exists(data: Path, url: str) -> bool:
    """Whether people can be there: a file, or a database that is set (whoever opens it sees what it holds)."""
    return bool(url) or (data / FILE).is_file()


def _sqlite(data: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": data / FILE,
        "OPTIONS": {
            # A transaction takes the write lock when it begins, so that what it has read holds
            # when it writes; FULL, because what is acknowledged must survive a loss of power.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            "timeout": PATIENCE,
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    given = _parts(url)
    own = (
        f"-c search_path={SCHEMA},public -c lock_timeout={PATIENCE}s -c synchronous_commit=on"
        " -c idle_in_transaction_session_timeout=120s"
    )
    return {
        "ENGINE": "huicheng.people.postgresql",
        "NAME": given.pop("dbname", "") or given.get("user", ""),
        # A connection that PostgreSQL's restart has broken is found when it is lent, not by who needs it.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": _SILENCE,
            **given,
            "application_name": "huicheng",
            "options": " ".join(filter(None, (given.get("options"), own))),
            "pool": {
                "min_size": 0,
                "max_size": _MOST,
                "timeout": _LOOK,
                "reconnect_timeout": _LOOK,
                "max_idle": 120.0,
            },
        },
    }


def _parts(url: str) -> dict[str, Any]:
    try:
        from psycopg import ProgrammingError, conninfo  # noqa: PLC0415 - optional
    except ImportError as error:
        raise Unavailable(
            place="HUICHENG_DATABASE",
            why="There is no driver for PostgreSQL here: %(fault)s.",
            mend="Install huicheng[postgres].",
            fault=str(error),
        ) from error
    try:
        return dict(conninfo.conninfo_to_dict(url))
    except ProgrammingError:
        raise Invalid(place="HUICHENG_DATABASE", why="It begins with postgresql://.") from None
