"""Plain SQL beside the platform, on either engine; for one caller, who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import asyncpg

from bench.engine import database_of

#: A statement and its parameters → its rows.
Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


@contextmanager
def plain(data: Path) -> Iterator[Ask]:
    """Reading an installation's city; parameters are ``?1`` in SQLite, ``$1`` in PostgreSQL."""
    url = database_of(data)
    with _postgres(url) if url else _sqlite(data / "city.db") as ask:
        yield ask


@contextmanager
def _sqlite(path: Path) -> Iterator[Ask]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        yield lambda statement, parameters: list(connection.execute(statement, tuple(parameters)))
    finally:
        connection.close()


@contextmanager
def _postgres(url: str) -> Iterator[Ask]:
    with asyncio.Runner() as runner:
        settings = {"search_path": "city, public", "default_transaction_read_only": "on"}
        connection = runner.run(asyncpg.connect(url, server_settings=settings))
        try:
            yield lambda statement, parameters: [
                tuple(row) for row in runner.run(connection.fetch(statement, *parameters))
            ]
        finally:
            runner.run(connection.close())
