"""The writer's codes of strings that recur in the feed: it alone adds any."""

from __future__ import annotations

import apsw

from huicheng.stores.sqlite.statements import Statements


class Terms:
    """The term table in memory."""

    def __init__(self, connection: apsw.Connection, statements: Statements) -> None:
        self._connection = connection
        self._all = statements.reading("term.all")
        self._add = statements.writing("term.add")
        self._codes: dict[str, int] = {}

    def code(self, text: str | None) -> int:
        """The code of a text, added to the table when it is new. Codes count from 0; the table's ids from 1."""
        if text is None:
            return -1
        code = self._codes.get(text)
        if code is None:
            code = self._codes[text] = len(self._codes)
            self._connection.execute(self._add, (code + 1, text))
        return code

    def read(self) -> None:
        """Read the table anew: after a rollback what was added may be gone."""
        self._codes = {text: number - 1 for number, text in self._connection.execute(self._all, (0,))}
