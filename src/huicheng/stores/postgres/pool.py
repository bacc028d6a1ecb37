"""Reading connections of one event loop, lent for one read each.

What a pool of asyncpg does besides costs more than a read of one entity: a round trip that resets the session, and
half as much again of this process's time. Here a session is only ever read from, so there is nothing to reset; one
whose read did not come to its end, or that is still within a transaction, is let go of and never lent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum

import asyncpg

from huicheng.errors import HuichengError
from huicheng.stores.postgres.connection import Connection

#: At once, of one loop.
_MOST = 8
#: Seconds that a task waits for one.
_PATIENCE = 10.0
#: Seconds that taking leave may take.
_LEAVING = 5.0
#: Seconds after which one that nobody has needed is let go of, when others come back.
_UNUSED = 300.0
#: After these the server has answered, or has not been asked: nothing is under way.
_AT_REST = (HuichengError, asyncpg.PostgresError, ValueError, TypeError)

#: What an index in the order that is asked for spares.
_SPARED = ("enable_sort", "enable_seqscan", "enable_gathermerge")


class Planning(Enum):
    """How PostgreSQL plans a prepared statement; the values are its words (``plan_cache_mode``, and all of _SPARED)."""

    #: For the values of each question: the way in depends on how large a box is.
    ANEW = ("force_custom_plan", "on")
    #: Once in a session: by identifiers there is one way in. To plan the views of SensorThings takes ten times as long
    #: as to run them.
    ONCE = ("force_generic_plan", "on")
    #: The same for the next few rows of an index: never all that follow, sorted, however few they were at first. What
    #: is known of the size of a table is a minute old, and such a plan older.
    ALONG = ("force_generic_plan", "off")

    @property
    def settings(self) -> dict[str, str]:
        """Of a session."""
        mode, spared = self.value
        return {"plan_cache_mode": mode, **dict.fromkeys(_SPARED, spared)}


class Pool:
    """Borrow by :meth:`lent`; all of it on one loop."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        #: With the time since when; the last that came back is lent first.
        self._idle: list[tuple[Connection, float]] = []
        self._lent: set[Connection] = set()
        #: As their sessions are set.
        self._planning: dict[Connection, Planning] = {}
        self._room = asyncio.Semaphore(_MOST)
        #: Who has one or is about to.
        self._taking = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def lent(self, planning: Planning | None = Planning.ANEW) -> AsyncIterator[Connection]:
        """A connection, with any planning for ``None``; ``TimeoutError`` where none becomes free."""
        connection = await self._taken(planning)
        at_rest = False
        try:
            if planning is not None and planning is not self._planning[connection]:
                await connection.execute("; ".join(f"SET {name} = {to}" for name, to in planning.settings.items()))
                self._planning[connection] = planning
            yield connection
            at_rest = True
        except _AT_REST:
            at_rest = True
            raise
        finally:
            self._put_back(connection, at_rest=at_rest)

    async def close(self) -> None:
        """Wait a little for what is lent, then let go of all."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVING):
                for _ in range(_MOST):
                    await self._room.acquire()
        for connection in self._lent:
            connection.terminate()
        while self._idle:
            self._let_go(self._idle.pop()[0])
        await asyncio.gather(*self._leaving)

    async def _taken(self, planning: Planning | None) -> Connection:
        if self._room.locked():
            async with asyncio.timeout(_PATIENCE):
                await self._room.acquire()
        else:
            await self._room.acquire()
        self._taking += 1
        try:
            connection = self._waiting(planning) or await self._connect()
        except BaseException:
            self._freed()
            raise
        self._lent.add(connection)
        self._planning.setdefault(connection, Planning.ANEW)
        return connection

    def _freed(self) -> None:
        self._taking -= 1
        self._room.release()

    def _waiting(self, planning: Planning | None) -> Connection | None:
        """One of this planning that is there, or any other where there is no room for one more.

        Those that the server has closed meanwhile are forgotten.
        """
        for connection, _ in [one for one in self._idle if one[0].is_closed()]:
            self._planning.pop(connection, None)
        self._idle = [one for one in self._idle if not one[0].is_closed()]
        alike = [place for place, (one, _) in enumerate(self._idle) if planning in {None, self._planning[one]}]
        if alike:
            return self._idle.pop(alike[-1])[0]
        return self._idle.pop(0)[0] if len(self._idle) + self._taking > _MOST else None

    def _put_back(self, connection: Connection, *, at_rest: bool) -> None:
        self._lent.discard(connection)
        self._freed()
        now = asyncio.get_running_loop().time()
        if at_rest and not self._closed and not connection.is_closed() and not connection.is_in_transaction():
            self._idle.append((connection, now))
        else:
            self._let_go(connection)
        if self._idle and now - self._idle[0][1] > _UNUSED:
            self._let_go(self._idle.pop(0)[0])

    def _let_go(self, connection: Connection) -> None:
        """Nobody waits for that. Closing ends what is still under way at the server, too."""
        self._planning.pop(connection, None)
        leave = asyncio.get_running_loop().create_task(_left(connection))
        self._leaving.add(leave)
        leave.add_done_callback(self._leaving.discard)


async def _left(connection: Connection) -> None:
    with suppress(Exception):  # it may be gone already
        await connection.close(timeout=_LEAVING)
