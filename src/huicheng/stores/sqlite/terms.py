"""Strings that recur in the feed, as small integers; -1 stands for "none"."""

from __future__ import annotations

import apsw

from huicheng.stores.sqlite.statements import Statements


class Terms:
    """The term table in memory: read forward when a code is new, added to by the writer only."""

    def __init__(self, statements: Statements) -> None:
        self._all = statements.reading("term.all")
        self._add = statements.writing("term.add")
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}

    def refresh(self, connection: apsw.Connection) -> None:
        """Read the terms added since. Codes count from 0; the table's ids from 1."""
        for number, text in connection.execute(self._all, (len(self.texts),)):
            if number == len(self.texts) + 1:  # another thread may have read it already
                self._codes[text] = number - 1
                self.texts.append(text)

    def code(self, connection: apsw.Connection, text: str | None) -> int:
        """The code of a text, added to the table when it is new."""
        if text is None:
            return -1
        code = self._codes.get(text)
        if code is None:
            code = len(self.texts)
            connection.execute(self._add, (code + 1, text))
            self._codes[text] = code
            self.texts.append(text)
        return code

    def known(self, text: str) -> int | None:
        """The code of a text, if it has been read."""
        return self._codes.get(text)

    def forget(self) -> None:
        """After a rollback: what was added may be gone."""
        self.texts.clear()
        self._codes.clear()
