"""The store for callers in threads: Django's views, command lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from huicheng.access import EVERYTHING, Guard
from huicheng.city import Instant, Observation
from huicheng.stores.driving import drive
from huicheng.stores.faces import (
    Bucket,
    Committed,
    EntityQuery,
    HistoryQuery,
    Page,
    Selection,
    Store,
    Transaction,
    Window,
)
from huicheng.stores.found import Stored


class Blocking:
    """Each method of :class:`Store`, waiting for the answer. Not for threads with a running event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def commit(self, transaction: Transaction) -> Committed:
        """See :meth:`Store.commit`."""
        return drive(self.store.commit(transaction))

    def get(self, id: str, guard: Guard = EVERYTHING) -> Stored | None:
        """See :meth:`Store.get`."""
        return drive(self.store.get(id, guard))

    def query(self, query: EntityQuery) -> Page:
        """See :meth:`Store.query`."""
        return drive(self.store.query(query))

    def history(self, query: HistoryQuery) -> list[Observation]:
        """See :meth:`Store.history`."""
        return drive(self.store.history(query))

    def aggregate(self, query: HistoryQuery, period: Instant, offset: Instant = 0) -> list[Bucket]:
        """See :meth:`Store.aggregate`."""
        return drive(self.store.aggregate(query, period, offset))

    def select(self, selection: Selection) -> dict[str, list[Any]]:
        """See :meth:`Store.select`."""
        return drive(self.store.select(selection))

    def window(
        self,
        after: int,
        limit: int = 200_000,
        *,
        changes_of: Collection[str] | None = None,
        observations: bool = True,
    ) -> Window:
        """See :meth:`Store.window`."""
        return drive(self.store.window(after, limit, changes_of=changes_of, observations=observations))

    def head(self) -> int:
        """See :meth:`Store.head`."""
        return drive(self.store.head())

    def position(self, consumer: str) -> int:
        """See :meth:`Store.position`."""
        return drive(self.store.position(consumer))

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Mapping[str, Any]]:
        """See :meth:`Store.rows`."""
        return drive(self.store.rows(statement, parameters))

    def close(self) -> None:
        """See :meth:`Store.close`."""
        drive(self.store.close())
