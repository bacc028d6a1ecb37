"""A reading transaction of SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import apsw
import numpy as np

from huicheng.stores.sqlite.statements import Statements


class SqliteSnapshot:
    """See :class:`huicheng.stores.snapshots.Snapshot`."""

    __slots__ = ("_statements", "connection")

    def __init__(self, connection: apsw.Connection, statements: Statements) -> None:
        #: For statements that are built.
        self.connection = connection
        self._statements = statements

    def rows(self, statement: str, *parameters: Any) -> apsw.Cursor:
        """The rows of a named reading statement."""
        return self.connection.execute(self._statements.reading(statement), tuple(map(_bound, parameters)))

    async def built(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """See :class:`huicheng.stores.snapshots.BuiltSnapshot`; parameters are ``:name``."""
        return self.connection.execute(text, parameters).fetchall()

    async def told(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """See above."""
        return self.rows(statement, *parameters).fetchall()

    async def moment(self, terms: int) -> SqliteSnapshot:
        """Itself."""
        del terms
        return self

    def unsettled(self) -> tuple[()]:
        """None: one writes, and one row comes after the other."""
        return ()


def _bound(parameter: Any) -> Any:
    """Many values go as one array."""
    return apsw.carray(parameter) if isinstance(parameter, tuple | np.ndarray) else parameter
