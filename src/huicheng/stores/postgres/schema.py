"""Numbered migrations of a schema: ``migrations/NNNN_name.sql``, the same numbers as on SQLite."""

from __future__ import annotations

import re
from importlib import resources

from huicheng.errors import Unavailable
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.statements import Statements

_FILE = re.compile(r"(\d{4})_[a-z_]+\.sql")
_LEAST = 150_000


def migrations() -> dict[int, str]:
    """Number → SQL, in order."""
    folder = resources.files(__package__) / "migrations"
    numbered = {}
    for file in folder.iterdir():
        if match := _FILE.fullmatch(file.name):
            numbered[int(match[1])] = file.read_text(encoding="utf-8")
    return dict(sorted(numbered.items()))


async def migrate(connection: Connection, statements: Statements, place: str) -> None:
    """Bring the schema to this program's version: one process at a time, all of it or nothing."""
    await _refuse_older_server(connection, statements, place)
    async with connection.transaction():
        await connection.fetch(statements.reading("feed.orderly"))
        await connection.execute(statements.writing("schema.postgis"))
        await connection.execute(statements.writing("schema.create"))
        await connection.execute(statements.writing("schema.migrations"))
        known, applied = migrations(), await _applied(connection, statements)
        _refuse_newer(applied, known, place)
        for number, sql in known.items():
            if number not in applied:
                await connection.execute(sql)
                await connection.execute(statements.writing("schema.apply"), number)
        await connection.fetch(statements.reading("feed.go_on"))
        await connection.fetch(statements.reading("feed.room"))


async def check_migrated(connection: Connection, statements: Statements, place: str) -> None:
    """``Unavailable`` unless the schema is at exactly this program's version."""
    known = migrations()
    there = await connection.fetchval(statements.reading("schema.there"))
    applied = await _applied(connection, statements) if there else set()
    _refuse_newer(applied, known, place)
    if applied != set(known):
        raise Unavailable(
            place=place,
            why="The city database is older than this program.",
            mend="Start the server once; it brings the database up to date.",
        )


async def _applied(connection: Connection, statements: Statements) -> set[int]:
    return {row["number"] for row in await connection.fetch(statements.reading("schema.applied"))}


async def _refuse_older_server(connection: Connection, statements: Statements, place: str) -> None:
    if await connection.fetchval(statements.reading("schema.version")) < _LEAST:
        raise Unavailable(place=place, why="This PostgreSQL is older than 15.", mend="Use PostgreSQL 15 or newer.")


def _refuse_newer(applied: set[int], known: dict[int, str], place: str) -> None:
    if applied - set(known):
        raise Unavailable(
            place=place,
            why="The city database was written by a newer version of Huicheng.",
            mend="Install that version, or restore a backup made before.",
        )
