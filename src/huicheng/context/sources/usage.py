"""How sources were found: counted in memory, written down once a second at most."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from huicheng.city import Instant
from huicheng.context.subscriptions import wall_clock
from huicheng.errors import HuichengError
from huicheng.stores import Rows, Store, Transaction

_log = logging.getLogger(__name__)

_EVERY = 1.0


class Usage:
    """Counters of registrations (CIM 009, 5.2.9). A process that dies loses a second of them."""

    def __init__(self, store: Store, *, now: Callable[[], Instant] = wall_clock) -> None:
        self._store = store
        self._now = now
        #: Registration → requests, failures, last success, last failure.
        self._counted: dict[str, tuple[int, int, Instant | None, Instant | None]] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, registration: str, *, ok: bool) -> None:
        """One request more."""
        sent, failed, success, failure = self._counted.get(registration, (0, 0, None, None))
        at = self._now()
        self._counted[registration] = (sent + 1, failed, at, failure) if ok else (sent + 1, failed + 1, success, at)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._later(), name="usage of sources")

    async def _later(self) -> None:
        await asyncio.sleep(_EVERY)
        try:
            await self.flush()
        except HuichengError:
            _log.exception("how sources were found could not be written down")

    async def flush(self) -> None:
        """Write down what was counted."""
        counted, self._counted = self._counted, {}
        if counted:
            rows = [(registration, *held) for registration, held in counted.items()]
            await self._store.commit(Transaction(rows=[Rows(statement="registration_use.count", parameters=rows)]))

    async def close(self) -> None:
        """Do not wait for the next time."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.flush()
