"""A snapshot for questions that are answered on the event loop of their connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from huicheng.errors import Invalid
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.moment import Rows, moment_of
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.values import plain
from huicheng.stores.snapshots import Snapshot
from huicheng.stores.threads import NotBrief


class AskingSnapshot:
    """See :class:`huicheng.stores.snapshots.BuiltSnapshot`; a transaction that somebody has begun, or one statement.

    Named statements are for :meth:`moment`: here they raise ``NotBrief``.
    """

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    def rows(self, statement: str, *parameters: Any) -> Rows:
        """None: see above."""
        del statement, parameters
        raise NotBrief

    def unsettled(self) -> Rows:
        """None: see above."""
        raise NotBrief

    async def built(self, text: str, parameters: Mapping[str, Any]) -> Rows:
        """See above."""
        return await built(self._connection, text, parameters)

    async def told(self, statement: str, *parameters: Any) -> Rows:
        """See above."""
        return list(map(tuple, await self._connection.fetch(self._statements.reading(statement), *parameters)))

    async def moment(self, terms: int) -> Snapshot:
        """See above."""
        return await moment_of(self._connection, self._statements.reading("history.moment"), terms)


async def built(connection: Connection, text: str, parameters: Mapping[str, Any]) -> Rows:
    """The rows of a statement that was built; ``Invalid`` where PostgreSQL cannot reckon what is asked."""
    try:
        found = await connection.fetch(text, *parameters.values())
    except asyncpg.DataError as error:
        raise Invalid(place="$filter", why="PostgreSQL cannot reckon that: %(fault)s.", fault=str(error)) from error
    return [tuple(map(plain, row)) for row in found]
