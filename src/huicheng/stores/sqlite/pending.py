"""Documents on their way to SQLite, gathered so that many cost one statement.

Python's lock is let go of and asked for again around every step of a statement. While another thread
is busy each of these waits its turn, so five hundred rows in one step take a fraction of five hundred
steps of one row.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from huicheng.city import Instant
from huicheng.stores.sqlite.statements import Statements

#: The type of entities that say when observations had their results.
SAYING = "Observation"


class Pending:
    """What a group of transactions has written so far; read through it, and :meth:`flush` at the end."""

    def __init__(self, connection: apsw.Connection, statements: Statements) -> None:
        self._connection = connection
        self._create, self._replace = statements.writing("state.create"), statements.writing("state.replace")
        self._documents = statements.reading("state.documents")
        self._forget_said, self._read_said = statements.writing("said.forget"), statements.writing("said.again")
        #: When the rows are said to be written.
        self._now: Instant = 0
        self.forget()

    def forget(self) -> None:
        """Drop everything: it is rolled back."""
        self._creates: list[tuple[Any, ...]] = []
        #: Row → its new document; of several the last.
        self._replaces: dict[int, bytes] = {}
        #: Row → its stored document, read ahead.
        self._read: dict[int, str] = {}
        #: Rows that say when observations had their results.
        self._saying: set[int] = set()

    def begin(self, now: Instant) -> None:
        """What follows is written at this time."""
        if now != self._now:
            self.flush()
            self._now = now

    def create(self, row: int, iri: str, type: str, version: int | None, document: bytes) -> None:
        """A new row."""
        self._creates.append((row, iri, type, version, self._now, document))

    def replace(self, row: int, document: bytes) -> None:
        """A new document of a row that is there."""
        self._replaces[row] = document

    def replace_all(self, rows: Sequence[int], documents: Sequence[bytes]) -> None:
        """New documents of many rows."""
        self._replaces.update(zip(rows, documents, strict=True))

    def says(self, row: int) -> None:
        """What a row says of an observation has changed, or goes with it."""
        self._saying.add(row)

    def read_ahead(self, rows: Iterable[int]) -> None:
        """These documents will be asked for."""
        wanted = array("q", rows)
        if wanted:
            self._read.update(self._connection.execute(self._documents, (apsw.carray(wanted),)))

    def document(self, row: int) -> bytes | str:
        """The document of a row as it stands now."""
        found = self._replaces.get(row) or self._read.get(row)
        if found is None:
            self.flush()
            self.read_ahead([row])
            found = self._read[row]
        return found

    def flush(self) -> None:
        """Send it all to SQLite. New rows first: a later write may be an update of one."""
        self._read.clear()
        if self._creates:
            self._connection.executemany(self._create, self._creates)
            self._creates.clear()
        if self._replaces:
            new = tuple(b"%012d%b" % held for held in self._replaces.items())
            self._connection.execute(self._replace, (apsw.carray(new), self._now))
            self._replaces.clear()
        if self._saying:
            rows = array("q", self._saying)
            self._connection.execute(self._forget_said, (apsw.carray(rows),))
            self._connection.execute(self._read_said, (apsw.carray(rows),))
            self._saying.clear()
