"""Connections to one PostgreSQL database, and the event loop of their own on which they live.

Callers come from event loops and from plain threads; connections of asyncpg belong to one loop. So there
is one loop for them, in a thread, and whoever asks waits in the way that is right where it stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import asyncpg
import uvloop

from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.stores.postgres.faults import meaning

T = TypeVar("T")


class Connection(Protocol):
    """What is used of a connection of asyncpg, which brings no types."""

    def transaction(self, *, isolation: str = ..., readonly: bool = ...) -> Any: ...
    async def fetch(self, query: str, *arguments: Any) -> list[Any]: ...
    async def fetchrow(self, query: str, *arguments: Any) -> Any: ...
    async def fetchval(self, query: str, *arguments: Any) -> Any: ...
    async def execute(self, query: str, *arguments: Any) -> str: ...
    async def executemany(self, query: str, arguments: Iterable[Sequence[Any]]) -> None: ...
    async def cursor(self, query: str, *arguments: Any) -> Any: ...
    def is_closed(self) -> bool: ...
    async def close(self, *, timeout: float | None = ...) -> None: ...
    def terminate(self) -> None: ...


_MOST_READING = 8
#: Seconds: connecting, and a read before it is given up.
_PATIENCE = 10.0
READING_SECONDS = 10.0
#: Bytes.
_LONGEST_PREPARED = 262_144
WRITING_SECONDS = 120.0


class Links:
    """Borrow a reading connection by :meth:`reading`, a writing one by :meth:`writing`; both on :attr:`loop`."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self.schema = schema
        #: Where it is, without its password.
        self.place = _without_password(url)
        self.loop = uvloop.new_event_loop()
        self._thread = Thread(target=self._run, name="huicheng-postgres", daemon=True)
        self._thread.start()
        self._pool: Any = None
        self._making = asyncio.Lock()
        self._closed = False

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    # -- from anywhere

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the connections' loop."""
        if self._closed:
            work.close()
            raise Unavailable(place=self.place, why="The store is closed.", mend="Start the server again.")
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Its answer, for a thread that may stand still."""
        return self.start(work).result()

    async def answer(self, work: Coroutine[Any, Any, T]) -> T:
        """Its answer, for a caller with an event loop, or driven in a thread without one."""
        started = self.start(work)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return started.result()
        return await asyncio.wrap_future(started)

    def close(self) -> None:
        """Let go of everything; from a thread that is not the loop's."""
        if self._closed:
            return
        with suppress(Exception):  # a server that has gone cannot be taken leave of
            self.start(self._close_pool()).result(_PATIENCE)
        self._closed = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_PATIENCE)
        self.loop.close()

    # -- on the loop

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection that cannot write; errors come out as ours."""
        try:
            pool = self._pool or await self._made()
            async with pool.acquire(timeout=_PATIENCE) as connection:
                yield connection
        except HuichengError:
            raise
        except Exception as error:
            raise meaning(error, self.place) from error

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What ``work`` reads; once more where the connection had been lost before it was used."""
        for again in (True, False):
            try:
                async with self.reading() as connection:
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

    async def _made(self) -> Any:
        async with self._making:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=_MOST_READING,
                    timeout=_PATIENCE,
                    command_timeout=READING_SECONDS + 2,
                    # An officer's guard is long, and none of its statements is to be prepared twice.
                    max_cacheable_statement_size=_LONGEST_PREPARED,
                    server_settings=self._settings(
                        default_transaction_read_only="on",
                        statement_timeout=f"{READING_SECONDS:.0f}s",
                        # Statements are prepared once for all values; the way in depends on how large a box is.
                        plan_cache_mode="force_custom_plan",
                    ),
                    loop=self.loop,
                )
        return self._pool

    async def _connect(self, patience: float, **settings: str) -> Connection:
        """``patience``: seconds until a command fails here, too; a host that has gone says nothing by itself."""
        made: Connection = await asyncpg.connect(
            self._url, timeout=_PATIENCE, command_timeout=patience, server_settings=self._settings(**settings)
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

    async def _close_pool(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), _PATIENCE / 2)
            except (TimeoutError, asyncpg.InterfaceError):
                pool.terminate()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise Invalid(place="HUICHENG_DATABASE", why="It begins with postgresql://.")
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{host}{parts.path}"
