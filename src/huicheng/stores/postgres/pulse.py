"""Whether anybody has written: looked at several times a second for as long as somebody asks."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future
from contextlib import suppress

from huicheng.errors import Unavailable
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.statements import Statements

#: Seconds between two looks, and how long they go on after the last question.
_EVERY = 0.05
_LASTS = 5.0


class Pulse:
    """:meth:`read` never waits: it may be called on any event loop."""

    def __init__(self, links: Links, statements: Statements) -> None:
        self._links = links
        self._sql = statements.reading("feed.pulse")
        self._number = 0
        self._seen = ""
        self._asked = 0.0
        self._looking: Future[None] | None = None

    def read(self) -> int:
        """Another number after anybody has committed, a twentieth of a second later at most."""
        self._asked = time.monotonic()
        if self._looking is None or self._looking.done():
            self._looking = self._links.start(self._look())
        return self._number

    def beat(self) -> None:
        """Somebody has committed here."""
        self._number += 1

    def close(self) -> None:
        """Look no more. Before the links: a look on its way would connect anew."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        while time.monotonic() - self._asked < _LASTS:
            with suppress(Unavailable):  # who then reads will hear it
                seen: str = await self._links.read(self._snapshot)
                if seen != self._seen:
                    self._seen = seen
                    self._number += 1
            await asyncio.sleep(_EVERY)

    async def _snapshot(self, connection: Connection) -> str:
        return str(await connection.fetchval(self._sql))
