"""A snapshot for questions that are answered on the event loop of their connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from huicheng.errors import Invalid
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.values import plain
from huicheng.stores.snapshots import Snapshot
from huicheng.stores.threads import NotBrief

Rows = list[tuple[Any, ...]]


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

    async def moment(self, terms: int) -> Snapshot:
        """See above."""
        sql = self._statements.reading("sensing.moment")
        return Moment(await self._connection.fetchrow(sql, terms))


async def built(connection: Connection, text: str, parameters: Mapping[str, Any]) -> Rows:
    """The rows of a statement that was built; ``Invalid`` where PostgreSQL cannot reckon what is asked."""
    try:
        found = await connection.fetch(text, *parameters.values())
    except asyncpg.DataError as error:
        raise Invalid(place="$filter", why=f"PostgreSQL cannot reckon that: {error}.") from error
    return [tuple(map(plain, row)) for row in found]


class Moment:
    """Named statements, answered from one row; ``NotBrief`` where that does not tell their rows."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._head = told["head"]
        self._rows: dict[str, Rows | None] = {
            "history.compacted": [(told["compacted"], None)],
            "feed.head": [(told["head"],)],
            "history.files": list(map(tuple, told["files"] or ())),
            "overlay.any": None if told["is_edited"] else [],
            "sensing.has_details": None if told["has_details"] else [],
            "term.all": None if told["has_terms"] else [],
        }
        self._unsettled = told["is_unsettled"]

    def rows(self, statement: str, *parameters: Any) -> Rows:
        """See :class:`huicheng.stores.snapshots.Snapshot`."""
        if statement == "feed.after" and parameters[0] >= self._head:
            return []
        found = self._rows.get(statement)
        if found is None:
            raise NotBrief
        return found

    def unsettled(self) -> Iterable[tuple[Any, ...]]:
        """See above."""
        if self._unsettled:
            raise NotBrief
        return ()
