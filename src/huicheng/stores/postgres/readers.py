"""Reading transactions for code that serves every engine: it runs in threads and waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from itertools import chain
from typing import Any

import numpy as np

from huicheng.stores.feed.names import KnownNames
from huicheng.stores.feed.terms import KnownTerms
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.faults import meaning
from huicheng.stores.postgres.links import READING_SECONDS, Links
from huicheng.stores.postgres.sensing.asking import built
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.snapshots import Snapshot

#: Rows of the feed at a time: one may hold thousands of observations.
_AT_ONCE = 64
#: Statements whose rows are taken as they are needed.
_LONG = frozenset({"feed.after"})


class PostgresSnapshot:
    """See :class:`huicheng.stores.snapshots.Snapshot`; not for the loop of the connections."""

    def __init__(self, links: Links, connection: Connection, statements: Statements) -> None:
        self._links = links
        self._connection = connection
        self._statements = statements

    def rows(self, statement: str, *parameters: Any) -> Iterable[tuple[Any, ...]]:
        """The rows of a named reading statement."""
        sql, bound = self._statements.reading(statement), [_bound(one) for one in parameters]
        if statement in _LONG:
            return chain.from_iterable(self._pages(sql, bound))
        found = self._links.wait(self._connection.fetch(sql, *bound))
        return [tuple(row) for row in found]

    async def built(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """See :class:`huicheng.stores.snapshots.BuiltSnapshot`; parameters are ``$1``, ``$2`` …"""
        return self._links.wait(built(self._connection, text, parameters))

    async def told(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """See above."""
        return list(self.rows(statement, *parameters))

    async def moment(self, terms: int) -> PostgresSnapshot:
        """Itself."""
        del terms
        return self

    def unsettled(self) -> Iterable[tuple[Any, ...]]:
        """What was committed while a transaction that began earlier is still going on."""
        return self.rows("feed.unsettled")

    def _pages(self, sql: str, parameters: list[Any]) -> Iterator[list[tuple[Any, ...]]]:
        cursor = self._links.wait(_cursor(self._connection, sql, parameters))
        while page := self._links.wait(cursor.fetch(_AT_ONCE)):
            yield [tuple(row) for row in page]
            if len(page) < _AT_ONCE:
                return


async def _cursor(connection: Connection, sql: str, parameters: list[Any]) -> Any:
    return await connection.cursor(sql, *parameters)


def _bound(parameter: Any) -> Any:
    return parameter.tolist() if isinstance(parameter, np.ndarray) else parameter


class Readers:
    """Borrow with ``with readers.snapshot() as snapshot``. See :class:`huicheng.stores.reads.Reads`."""

    def __init__(self, links: Links, statements: Statements) -> None:
        self.links = links
        self.statements = statements
        self.names = KnownNames()
        self._terms = KnownTerms()

    @contextmanager
    def snapshot(self, seconds: float = READING_SECONDS) -> Iterator[PostgresSnapshot]:
        """One read transaction; errors come out as ours, a slow read as ``Unavailable``."""
        del seconds  # each statement has its own bound
        links = self.links
        reading = links.reading()
        connection, transaction = links.wait(_begun(reading))
        fault: BaseException | None = None
        try:
            yield PostgresSnapshot(links, connection, self.statements)
        except Exception as error:
            fault = error
            raise meaning(error, links.place) from error
        except BaseException as end:
            fault = end
            raise
        finally:
            links.start(_ended(reading, transaction, fault))  # nobody waits for that

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


async def _begun(reading: AbstractAsyncContextManager[Connection]) -> tuple[Connection, Any]:
    connection = await reading.__aenter__()
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    try:
        await transaction.start()
    except BaseException as error:
        await reading.__aexit__(type(error), error, error.__traceback__)
        raise
    return connection, transaction


async def _ended(
    reading: AbstractAsyncContextManager[Connection], transaction: Any, fault: BaseException | None
) -> None:
    """Give the connection back; one that was lost, or did not come to its end, is let go of there."""
    with suppress(Exception):  # where the connection is lost, there is nobody to tell
        await transaction.rollback()
    with suppress(Exception):  # what it says was said before
        await reading.__aexit__(type(fault) if fault else None, fault, None)
