"""Waiting for those who read the feed, so that rows do not run far ahead of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from huicheng.stores import Position, Store, Transaction

#: A consumer that has not moved for so long does not run.
PATIENCE = 30.0
_LOOK_EVERY = 0.05


class Following:
    """Follows the positions of consumers; gives up when they stand still, or at once when none runs."""

    def __init__(
        self, store: Store, consumers: Sequence[str], *, running: bool = True, patience: float = PATIENCE
    ) -> None:
        self._store = store
        self._consumers = consumers
        self._patience = patience
        #: False once a consumer has stood still for too long: nobody is judging now.
        self.alive = running and bool(consumers)

    async def announce(self) -> None:
        """Give consumers that have never run a position, so that the feed keeps what they have not seen."""
        for one in self._consumers:
            if not await self._store.position(one):
                await self._store.commit(Transaction(position=Position(consumer=one, seq=0)))

    async def until(self, seq: int) -> None:
        """Return when every consumer has come to a sequence number of the feed, or none moves."""
        seen, since = -1, time.monotonic()
        while self.alive:
            slowest = min([await self._store.position(one) for one in self._consumers])
            if slowest >= seq:
                return
            if slowest > seen:
                seen, since = slowest, time.monotonic()
            elif time.monotonic() - since > self._patience:
                self.alive = False
            await asyncio.sleep(_LOOK_EVERY)
