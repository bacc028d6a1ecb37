"""What has arrived, of all couriers: written down together, a moment later.

Each notification by itself would cost the writer as much as an update does. Who dies in that moment repeats what is
not written down; a receiver knows a repeat by its id.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from huicheng.city import Instant
from huicheng.context.news import done, sent
from huicheng.errors import HuichengError
from huicheng.stores import Store, Transaction

_log = logging.getLogger(__name__)

_MOMENT_S = 0.02
#: The same while more and more arrives: each writing costs the writer as much as an update.
_BUSY_S = 0.1
#: After a fault of the store.
_PAUSE_S = 0.5


class Arrivals:
    """One tenant's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gone: list[int] = []
        #: Subscription → how many notifications it has confirmed, and when the last.
        self._told: Counter[str] = Counter()
        self._last: dict[str, Instant] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, gone: list[int]) -> None:
        """These need not be sent any more."""
        self._gone += gone
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="arrivals")

    def told(self, subscription: str, now: Instant) -> None:
        """One notification has been confirmed; :meth:`note` says of what."""
        self._told[subscription] += 1
        self._last[subscription] = now

    async def _write(self) -> None:
        pause = _MOMENT_S
        while self._gone:
            await asyncio.sleep(pause)
            pause = _BUSY_S if await self._written() else _PAUSE_S

    async def _written(self) -> bool:
        gone, told, last, self._gone, self._told, self._last = self._gone, self._told, self._last, [], Counter(), {}
        rows = [done(gone)]
        rows += [sent([(one, number, last[one]) for one, number in told.items()])] if told else []
        try:
            await self._store.commit(Transaction(rows=rows))
        except HuichengError:
            _log.exception("what has arrived could not be written down; trying again")
            self._gone, self._told, self._last = gone + self._gone, told + self._told, last | self._last
            return False
        return True

    async def close(self) -> None:
        """Write down what is left; without the store it is repeated after the next start."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._gone:
            await self._written()
