"""Entity queries: what is asked of PostgreSQL, and what comes out.

Two ways in, as on SQLite. Where much lies in a box, a page is full after a few entities in the order of their
identifiers; where little does, the index of places has it at once. PostgreSQL takes the index for cheaper than it is
and has no idea of a city that was filled a minute ago, so the first way is tried first, as far as it costs little.
"""

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
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.shaped import COLUMNS, Statement, Want

#: Entities that are looked at in the order of their identifiers (0.6 ms), and for each that is wanted.
_REACH = 2_000
_REACH_OF_EACH = 50


def planning_of(query: EntityQuery) -> Planning:
    """Where only identifiers of one type are gone along, there is one way in; PostgreSQL may choose any other one.

    Which may be better for what compares identifiers, depends on the values: a pattern may begin like some of them.
    """
    compared = query.where is not None and "id" in query.where.names
    chosen = query.ids or query.id_pattern or query.geo or query.order or query.count or compared
    return Planning.ANEW if chosen or len(query.types) != 1 else Planning.ALONG


async def run_query(connection: Connection, query: EntityQuery) -> Page:
    """One page, and the count when asked; both of one snapshot."""
    values = values_of(query)
    page = statement_of(query, Want.PAGE, boxed="west" in values)
    if not page.branches:
        return Page(entities=[], count=0 if query.count else None)
    if not query.count:
        return Page(entities=await _entities(connection, query, page, values))
    # The count is of all, wherever the page begins.
    counting = statement_of(msgspec.structs.replace(query, order=(), after=None), Want.COUNT, boxed="west" in values)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        entities = await _entities(connection, query, page, values)
        [row] = await _run(connection, counting, values)
    return Page(entities=entities, count=row[0])


async def _entities(
    connection: Connection, query: EntityQuery, page: Statement, values: Mapping[str, Any]
) -> list[Stored]:
    """A page: of the first entities, where these fill it, else of all."""
    if "west" in values and not (query.ids or query.order):
        first = statement_of(query, Want.PAGE, boxed=True, along=True)
        reach = max(_REACH, _REACH_OF_EACH * (query.offset + query.limit))
        rows = await _run(connection, first, {**values, "reach": reach})
        if len(rows) == query.limit:
            return _stored(first, rows)
    return _stored(page, await _run(connection, page, values))


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


def _stored(statement: Statement, rows: list[Any]) -> list[Stored]:
    width = len(COLUMNS)
    return [stored(tuple(row)[:width], visible(statement.branches, tuple(row)[width:])) for row in rows]
