"""Holding the feed for a consumer whose position lies in another database."""

from __future__ import annotations

import time

from huicheng.stores.blocking import Blocking
from huicheng.stores.faces import Position, Transaction

#: Seconds between two tellings; each is a commit, and being late only keeps the feed a little longer.
_EVERY = 5.0


class FeedHold:
    """Tells the store how far the consumer has come, so that it lets go of nothing that is still to be read.

    The position told is never ahead of the true one: it is told after that has been committed. The
    first telling, before anything is read, is what holds the feed of a new consumer.
    """

    def __init__(self, store: Blocking, consumer: str) -> None:
        self._store = store
        self._consumer = consumer
        self._told: int | None = None
        self._at = 0.0

    def tell(self, seq: int) -> None:
        """The consumer has committed its work up to ``seq``; passed on now or within some seconds."""
        if seq == self._told or (self._told is not None and time.monotonic() - self._at < _EVERY):
            return
        self._store.commit(Transaction(position=Position(consumer=self._consumer, seq=seq)))
        self._told, self._at = seq, time.monotonic()
