"""Numbered migrations of ``city.db``: ``migrations/NNNN_name.sql``, all that are new in one transaction."""

from __future__ import annotations

import re
from importlib import resources

import apsw

from huicheng.errors import Unavailable

_FILE = re.compile(r"(\d{4})_[a-z_]+\.sql")


def migrations() -> dict[int, str]:
    """Number → SQL, in order."""
    folder = resources.files(__package__) / "migrations"
    numbered = {}
    for file in folder.iterdir():
        if match := _FILE.fullmatch(file.name):
            numbered[int(match[1])] = file.read_text(encoding="utf-8")
    return dict(sorted(numbered.items()))


def migrate(connection: apsw.Connection) -> None:
    """Bring the database to this program's version. The caller holds the data lock."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, applied_at TEXT DEFAULT CURRENT_TIMESTAMP)"
    )
    known = migrations()
    applied = _applied(connection)
    _refuse_newer(applied, known)
    # All or none: a database that is new waits for the disk once, not once for each.
    with connection:
        for number, sql in known.items():
            if number not in applied:
                connection.execute(sql)
                connection.execute("INSERT INTO migration (number) VALUES (?)", (number,))


def check_migrated(connection: apsw.Connection) -> None:
    """``Unavailable`` unless the database is at exactly this program's version."""
    known = migrations()
    there = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'migration'").get
    applied = _applied(connection) if there else set()
    _refuse_newer(applied, known)
    if applied != set(known):
        raise Unavailable(
            place="city.db",
            why="The city database is older than this program.",
            mend="Start the server once; it brings the database up to date.",
        )


def _applied(connection: apsw.Connection) -> set[int]:
    return {number for (number,) in connection.execute("SELECT number FROM migration")}


def _refuse_newer(applied: set[int], known: dict[int, str]) -> None:
    if applied - set(known):
        raise Unavailable(
            place="city.db",
            why="The city database was written by a newer version of Huicheng.",
            mend="Install that version, or restore a backup made before.",
        )
