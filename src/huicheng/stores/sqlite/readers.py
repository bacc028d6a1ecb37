"""A pool of reading connections: any thread borrows one, each read sees one snapshot."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import apsw

from huicheng.errors import Unavailable
from huicheng.stores.feed.names import KnownNames
from huicheng.stores.feed.terms import KnownTerms
from huicheng.stores.snapshots import Snapshot
from huicheng.stores.sqlite.database import meaning, open_reading
from huicheng.stores.sqlite.geometry import register_geometry
from huicheng.stores.sqlite.patterns import register_patterns
from huicheng.stores.sqlite.sensing.spatial import register_spatial
from huicheng.stores.sqlite.snapshots import SqliteSnapshot
from huicheng.stores.sqlite.statements import Statements


class Patience(NamedTuple):
    """How long a read may take before it is given up, in seconds of a clock."""

    seconds: float
    clock: Callable[[], float]


#: So that no query can hold the installation.
LONGEST = Patience(10.0, time.monotonic)
#: What takes no longer than this is read where it is asked for: to hand it to a thread and back takes as long as a
#: page of twenty. Of the processor's time, or a busy machine would read everything twice.
BRIEF = Patience(0.002, time.thread_time)
#: SQLite steps between two looks at the clock: some tenths of a millisecond.
_STEPS = 5_000
_MOST_IDLE = 6

Q = TypeVar("Q")
T = TypeVar("T")


async def soon(read: Callable[[Q, Patience], T], asked: Q) -> T:
    """Read on the event loop, and what is not brief anew in a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return read(asked, LONGEST)
    try:
        return read(asked, BRIEF)
    except Unavailable as fault:
        if not isinstance(fault.__cause__, apsw.InterruptError):
            raise
    return await asyncio.to_thread(read, asked, LONGEST)


class Readers:
    """Borrow with ``with readers.snapshot() as connection``."""

    def __init__(self, data: Path, statements: Statements) -> None:
        self.statements = statements
        self._data = data
        #: Its steps are atomic, and a queue's locks would cost a tenth of a single update.
        self._idle: deque[apsw.Connection] = deque()
        #: Of entities in the feed.
        self.names = KnownNames()
        self._terms = KnownTerms()
        self._closed = False

    @contextmanager
    def snapshot(self, patience: Patience = LONGEST) -> Iterator[SqliteSnapshot]:
        """One read transaction; errors come out as ours, a slow read as ``Unavailable``."""
        with self.single(patience) as connection:
            connection.execute("BEGIN")
            yield SqliteSnapshot(connection, self.statements)

    @contextmanager
    def single(self, patience: Patience = LONGEST) -> Iterator[apsw.Connection]:
        """For one statement that is read to its end, which is a snapshot by itself: a third of the calls."""
        connection = self._borrow()
        clock, deadline = patience.clock, patience.clock() + patience.seconds
        connection.set_progress_handler(lambda: clock() > deadline, _STEPS)
        try:
            yield connection
        except apsw.Error as error:  # not by another context manager: every single update comes here twice
            raise meaning(error, self._data) from error
        finally:
            connection.set_progress_handler(None)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._give_back(connection)

    def by_key(self, sql: str, key: str) -> list[tuple[Any, ...]]:
        """What stands under a key: so short that no deadline is needed, whose clock is half the time."""
        connection = self._borrow()
        try:
            return connection.execute(sql, (key,)).fetchall()
        except apsw.Error as error:
            raise meaning(error, self._data) from error
        finally:
            self._give_back(connection)

    @property
    def known_terms(self) -> int:
        """See :class:`huicheng.stores.reads.Reads`."""
        return self._terms.known

    def terms(self, snapshot: Snapshot, enough: int | None = None) -> list[str]:
        """See :meth:`KnownTerms.texts`."""
        return self._terms.texts(snapshot, enough)

    def codes(self, snapshot: Snapshot, texts: Iterable[str]) -> tuple[int, ...]:
        """See :meth:`KnownTerms.codes`."""
        return self._terms.codes(snapshot, texts)

    def close(self) -> None:
        """Close the idle connections, and borrowed ones when they come back."""
        self._closed = True
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def _borrow(self) -> apsw.Connection:
        if self._closed:
            raise Unavailable(place=str(self._data), why="The store is closed.", mend="Start the server again.")
        try:
            return self._idle.pop()
        except IndexError:
            connection = open_reading(self._data)
            register_geometry(connection)
            register_patterns(connection)
            register_spatial(connection)
            return connection

    def _give_back(self, connection: apsw.Connection) -> None:
        if self._closed or len(self._idle) >= _MOST_IDLE:
            connection.close()
        else:
            self._idle.append(connection)
