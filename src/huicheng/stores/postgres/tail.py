"""The newest rows of the feed, read and decoded once for all consumers of this process.

A dozen of them follow the feed, and all come when it has moved. Each row that they read for themselves was a
transaction, a way through the thread of the connections, and a decoding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import attrgetter
from threading import Lock
from typing import Any

from huicheng.stores.feed.window import FeedRow, feed_row, until
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.threads import NotBrief
from huicheng.stores.together import Together

#: Rows in one answer: one may hold thousands of observations.
_AT_ONCE = 64
#: Rows that are held, and changes or observations in them, some 10 bytes each.
_MOST_ROWS, _MOST = 500, 400_000


class Tail:
    """Under any event loop, and in threads without one."""

    def __init__(self, links: Links, statements: Statements) -> None:
        self._links = links
        self._sql = statements.reading("feed.page")
        self._lock = Lock()
        #: All rows after one that somebody has read, without a gap; replaced as a whole. What lies before, the feed may
        #: have let go meanwhile.
        self._held: tuple[int, list[FeedRow]] = (0, [])
        self._newer = Together(self._look)

    async def after(self, position: int, limit: int) -> list[FeedRow]:
        """Whole rows after a position as they are after this call, until about ``limit`` changes or observations.

        Whoever stands in a thread asks on the loop of the connections, where those who do so share one question.
        """
        return await self._links.here_or_there(self._after(position, limit))

    async def _after(self, position: int, limit: int) -> list[FeedRow]:
        found: list[FeedRow] = []
        while limit > 0:
            page = await self._page(position)
            taken = list(until(limit, page))
            found += taken
            limit -= sum(row.size for row in taken)
            if len(page) < _AT_ONCE or len(taken) < len(page):
                break
            position = page[-1].seq
        return found

    async def _page(self, position: int) -> list[FeedRow]:
        """The next rows: fewer than :data:`_AT_ONCE` are all."""
        start, rows = self._held
        if rows and start <= position <= rows[-1].seq:
            await self._newer.answer()
            start, rows = self._held
            if start <= position:
                return rows[bisect_right(rows, position, key=attrgetter("seq")) :]
        page = await self._read(position)
        self._begin(position, page)
        return page

    async def _look(self) -> None:
        """See whether there is more after what is held."""
        _, rows = self._held
        last = rows[-1].seq
        self._grow(last, await self._read(last))

    async def _read(self, position: int) -> list[FeedRow]:
        async def read(connection: Connection) -> list[Any]:
            return await connection.fetch(self._sql, position, _AT_ONCE)

        return [feed_row(row) for row in await self._links.read(read, Planning.ALONG)]

    def _begin(self, position: int, page: list[FeedRow]) -> None:
        """Hold these, where nothing is held that is newer: who is far behind reads by itself until it is here."""
        with self._lock:
            _, rows = self._held
            if page and (not rows or position > rows[-1].seq):
                self._held = _cut(page[0].seq, page)

    def _grow(self, last: int, page: Iterable[FeedRow]) -> None:
        """Hold also these, which follow ``last``; somebody else may have read some of them meanwhile."""
        with self._lock:
            start, rows = self._held
            if start <= last <= rows[-1].seq:
                self._held = _cut(start, [*rows, *(row for row in page if row.seq > rows[-1].seq)])


def _cut(start: int, rows: list[FeedRow]) -> tuple[int, list[FeedRow]]:
    """Without the oldest of too many; one at least stays."""
    size = sum(row.size for row in rows)
    gone = 0
    while gone < len(rows) - 1 and (len(rows) - gone > _MOST_ROWS or size > _MOST):
        size -= rows[gone].size
        gone += 1
    return (rows[gone - 1].seq if gone else start), rows[gone:]


class Unasked:
    """A :class:`~huicheng.stores.snapshots.Snapshot` for what is known without the store: it is not asked here."""

    def rows(self, statement: str, *parameters: Any) -> Iterable[tuple[Any, ...]]:
        """``NotBrief``."""
        del statement, parameters
        raise NotBrief

    def unsettled(self) -> Iterable[tuple[Any, ...]]:
        """``NotBrief``."""
        raise NotBrief
