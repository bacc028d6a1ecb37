"""Entity queries: what is asked of PostgreSQL, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from huicheng.stores.faces import EntityQuery, Page
from huicheng.stores.found import Stored, stored
from huicheng.stores.guarding import visible
from huicheng.stores.places import LOCATION
from huicheng.stores.postgres.compiling import statement_of, values_of
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.shaped import COLUMNS, Statement, Want


async def run_query(connection: Connection, query: EntityQuery) -> Page:
    """One page, and the count when asked; both of one snapshot."""
    values = values_of(query)
    page = statement_of(query, Want.PAGE, boxed="west" in values)
    if not page.branches:
        return Page(entities=[], count=0 if query.count else None)
    if not query.count:
        return Page(entities=_entities(page, await _run(connection, page, values)))
    # The count is of all, wherever the page begins.
    counting = statement_of(msgspec.structs.replace(query, order=(), after=None), Want.COUNT, boxed="west" in values)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        entities = _entities(page, await _run(connection, page, values))
        [row] = await _run(connection, counting, values)
    return Page(entities=entities, count=row[0])


async def run_extent(connection: Connection, query: EntityQuery) -> tuple[float, float, float, float] | None:
    """See :meth:`huicheng.stores.faces.Store.extent`."""
    located = msgspec.structs.replace(query, having=(LOCATION,), geo=None)
    statement = statement_of(located, Want.EXTENT, boxed=False)
    if not statement.branches:
        return None
    [row] = await _run(connection, statement, values_of(located))
    west, south, east, north = row
    return None if west is None else (west, south, east, north)


async def _run(connection: Connection, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
    return await connection.fetch(statement.text, *map(values.__getitem__, statement.names))


def _entities(statement: Statement, rows: list[Any]) -> list[Stored]:
    width = len(COLUMNS)
    return [stored(tuple(row)[:width], visible(statement.branches, tuple(row)[width:])) for row in rows]
