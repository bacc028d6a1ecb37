"""What waits for one subscriber: at hand as soon as it is written down, or in the store.

The store is the record that survives; to read every notification from it again, a moment after it was written, took
more of a core than to send it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from huicheng.city import Entity
from huicheng.context.news import past_in
from huicheng.context.notification import Item
from huicheng.stores import Store, Stored

#: Taken from it, or read from the store, at once.
_AT_ONCE = 100
#: Kept at hand; of more the store is asked when their turn comes.
_MOST_AT_HAND = 1_000


class Waiting:
    """One subscriber's, oldest first. Who adds to the store says so by :meth:`hand` or :meth:`look`."""

    def __init__(self, store: Store, subscription: str) -> None:
        self._store = store
        self._subscription = subscription
        self._items: list[Item] = []
        #: The store may have more than is at hand.
        self._beyond = True
        #: How often something was added.
        self._added = 0

    @property
    def empty(self) -> bool:
        """Nothing waits any more."""
        return not self._items and not self._beyond

    def hand(self, items: Sequence[Item]) -> None:
        """These were written down just now, after all that was there before."""
        self._added += 1
        if self._beyond or len(self._items) + len(items) > _MOST_AT_HAND:
            self._beyond = True
        else:
            self._items += items

    def look(self) -> None:
        """Something was written down that is not at hand."""
        self._added += 1
        self._beyond = True

    async def first(self, after: int) -> list[Item]:
        """The oldest, beyond what has arrived: that may not be written down yet."""
        if not self._items and self._beyond:
            added = self._added
            rows = await self._store.rows("notification.pending", (self._subscription, after, _AT_ONCE))
            self._items = [_item(row) for row in rows]
            self._beyond = len(rows) == _AT_ONCE or added != self._added  # added while it was read
        return self._items[:_AT_ONCE]

    def arrived(self, last: int) -> None:
        """All up to this id need not be sent any more."""
        del self._items[: bisect_right(self._items, last, key=attrgetter("id"))]

    def put_back(self) -> None:
        """Let go of what is at hand: it is read again, as it is then."""
        self._items = []
        self._beyond = True


#: The same is told to many.
_entity = lru_cache(maxsize=512)(Entity.from_document)


def _item(row: Any) -> Item:
    entity = _entity(row["entity"], row["type"], row["doc"])
    stored = Stored(held=entity, created_at=row["created_at"], modified_at=row["modified_at"])
    return Item(id=row["id"], seq=row["seq"], stored=stored, past=past_in(row))
