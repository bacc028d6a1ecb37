"""The writer's codes of strings that recur in the feed; several processes number them, one at a time."""

from __future__ import annotations

from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.statements import Statements


class Codes:
    """The term table in memory. :meth:`code` notes what it does not know, :meth:`learn` has it numbered."""

    def __init__(self, links: Links, statements: Statements) -> None:
        self._links = links
        self._all, self._add = statements.reading("term.all"), statements.writing("term.add")
        self._orderly = statements.reading("term.orderly")
        self._codes: dict[str, int] = {}
        self._unknown: set[str] = set()

    def code(self, text: str | None) -> int:
        """The code of a text: they count from 0, the table's ids from 1; -1 stands for "none"."""
        if text is None:
            return -1
        found = self._codes.get(text)
        if found is None:
            self._unknown.add(text)
            return -1
        return found

    async def learn(self) -> bool:
        """Whether something was not known; it is now. Committed by itself, so that nobody waits for the group."""
        if not self._unknown:
            return False
        connection = await self._links.writing()
        try:
            async with connection.transaction():
                await connection.fetch(self._orderly)
                await connection.execute(self._add, list(self._unknown))
            await self._read(connection)
        finally:
            await connection.close()
        self._unknown.clear()
        return True

    async def _read(self, connection: Connection) -> None:
        self._codes.update((row["text"], row["id"] - 1) for row in await connection.fetch(self._all, len(self._codes)))
