"""Connections to one PostgreSQL database: for each event loop that reads its own, and one loop for all else.

Connections of asyncpg belong to one loop. Whoever reads under an event loop reads there, without a way into another
thread and back. Whoever stands in a thread waits for the loop of the links, where connections that write, or that
stand for long, live, too.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
import uvloop

from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.faults import meaning
from huicheng.stores.postgres.pool import Planning, Pool

T = TypeVar("T")

#: Seconds: connecting, and a read before it is given up.
_PATIENCE = 10.0
READING_SECONDS = 10.0
#: Bytes.
_LONGEST_PREPARED = 262_144
WRITING_SECONDS = 120.0


class Links:
    """Read by :meth:`ask` wherever you are. :meth:`writing` and :meth:`standing` are for work on :attr:`loop`."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self.schema = schema
        #: Where it is, without its password.
        self.place = _without_password(url)
        self.loop = uvloop.new_event_loop()
        self._thread = Thread(target=self._run, name="huicheng-postgres", daemon=True)
        self._thread.start()
        self._pools: dict[AbstractEventLoop, Pool] = {}
        self._keepers: dict[AbstractEventLoop, AsyncGenerator[None]] = {}
        self._closed = False

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    # -- from anywhere

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the links' loop."""
        if self._closed:
            work.close()
            raise self._gone()
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Its answer, for a thread that may stand still."""
        return self.start(work).result()

    async def answer(self, work: Coroutine[Any, Any, T]) -> T:
        """The same for a caller with an event loop, or driven in a thread without one."""
        started = self.start(work)
        if not on_a_loop():
            return started.result()
        return await asyncio.wrap_future(started)

    async def ask(self, work: Callable[[Connection], Awaitable[T]], planning: Planning | None = Planning.ANEW) -> T:
        """What ``work`` reads: on the caller's own loop, or driven in a thread without one."""
        return await self.here_or_there(self.read(work, planning))

    async def here_or_there(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the caller's own loop, or for a thread without one on the links'."""
        return await work if on_a_loop() else self.wait(work)

    def close(self) -> None:
        """Let go of everything; from a thread that is no loop's."""
        if self._closed:
            return
        self._closed = True  # first: nobody would close what is opened meanwhile
        for loop in {self.loop, *self._pools}:
            if loop.is_running():  # others have closed theirs when they ended
                with suppress(Exception):  # a server that has gone cannot be taken leave of
                    asyncio.run_coroutine_threadsafe(self._ended(loop), loop).result(_PATIENCE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_PATIENCE)
        self.loop.close()

    # -- on a loop

    @asynccontextmanager
    async def reading(self, planning: Planning | None = Planning.ANEW) -> AsyncIterator[Connection]:
        """A connection that cannot write, of this loop; errors come out as ours."""
        try:
            pool = self._pools.get(asyncio.get_running_loop()) or await self._opened()
            async with pool.lent(planning) as connection:
                yield connection
        except HuichengError:
            raise
        except Exception as error:
            raise meaning(error, self.place) from error

    async def read(self, work: Callable[[Connection], Awaitable[T]], planning: Planning | None = Planning.ANEW) -> T:
        """What ``work`` reads; once more where the connection had been lost before it was used."""
        for again in (True, False):
            try:
                async with self.reading(planning) as connection:
                    return await work(connection)
            except Unavailable as error:
                if not again or not isinstance(error.__cause__, asyncpg.PostgresConnectionError | ConnectionError):
                    raise
        raise AssertionError

    async def writing(self) -> Connection:
        """A new connection that writes, and answers after the commit has reached the disk."""
        return await self._connect(
            WRITING_SECONDS + 10, synchronous_commit="on", statement_timeout=f"{WRITING_SECONDS:.0f}s"
        )

    async def standing(self) -> Connection:
        """A new connection that stands for long; PostgreSQL ends it soon after its holder has fallen silent."""
        alive = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
        return await self._connect(_PATIENCE, **alive)

    async def _opened(self) -> Pool:
        """The pool of this loop from now on."""
        if self._closed:
            raise self._gone()
        loop = asyncio.get_running_loop()
        pool = self._pools[loop] = Pool(self._reading)
        self._keepers[loop] = self._keeping(loop)
        await anext(self._keepers[loop])
        return pool

    async def _keeping(self, loop: AbstractEventLoop) -> AsyncGenerator[None]:
        """A loop that ends closes its generators first, and so its pool."""
        try:
            yield
        finally:
            del self._keepers[loop]
            await self._pools.pop(loop).close()

    async def _ended(self, loop: AbstractEventLoop) -> None:
        if loop in self._keepers:
            await self._keepers[loop].aclose()

    async def _reading(self) -> Connection:
        return await self._connect(
            READING_SECONDS + 2,
            default_transaction_read_only="on",
            statement_timeout=f"{READING_SECONDS:.0f}s",
            # Statements are prepared once for all values.
            **Planning.ANEW.settings,
        )

    async def _connect(self, patience: float, **settings: str) -> Connection:
        """``patience``: seconds until a command fails here, too; a host that has gone says nothing by itself."""
        made: Connection = await asyncpg.connect(
            self._url,
            timeout=_PATIENCE,
            command_timeout=patience,
            # An officer's guard is long, and none of its statements is to be prepared twice.
            max_cacheable_statement_size=_LONGEST_PREPARED,
            server_settings=self._settings(**settings),
        )
        return made

    def _settings(self, **more: str) -> dict[str, str]:
        return {
            "application_name": "huicheng",
            "search_path": f'"{self.schema}", public',
            "timezone": "UTC",
            # JSON is cast in what is asked once; to compile it would take longer than to run it.
            "jit": "off",
            **more,
        }

    def _gone(self) -> Unavailable:
        return Unavailable(place=self.place, why="The store is closed.", mend="Start the server again.")


async def _cancel_others() -> None:
    """What still goes on on this loop: a look that is repeated, a read that somebody waits for."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def on_a_loop() -> bool:
    """Whether the caller runs under an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise Invalid(place="HUICHENG_DATABASE", why="It begins with postgresql://.")
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{host}{parts.path}"
