"""Server-sent events: the life of a connection, and the one reader of the feed who serves them all.

What changes is read from the feed once for all listeners. What waits for one of them lies in its box, where the
newer word on a thing takes the place of the older one: a slow reader misses what was between, never the last.
What is read and how it is told, each kind of stream says (``/events``, ``/operations/stream``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.http import Authenticate, Receive, Request, Send
from huicheng.errors import HuichengError, Unavailable
from huicheng.stores import Change, Store

_log = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
_LISTENERS = 2_000
#: How much of the feed is read again for a listener that comes back.
_RESUME = 100_000
_RETRY_MS = 1_000
_encode = msgspec.json.Encoder().encode
START = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class Listener(ABC):
    """One open connection: who it is, and what waits to be written to it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        #: The feed's number up to which its box holds everything.
        self.seq = 0
        self.overflown = False
        self.closing = False
        self.news = asyncio.Event()

    @abstractmethod
    def take(self) -> bytes:
        """All that waits, as one write; the box is empty then."""

    def settle(self, seq: int) -> None:
        """Everything of the feed up to this number is in the box."""
        self.seq = max(self.seq, seq)

    def reset(self) -> None:
        """Tell it to read everything anew."""
        self.overflown = True
        self.news.set()


L = TypeVar("L", bound=Listener)


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of stream speaks."""

    #: Of the follower's task.
    name: str
    #: What is said when there is nothing to say.
    alive: bytes
    #: Seconds between two looks at the feed.
    beat: float
    #: Seconds between two writes to one listener, at least.
    pause: float = 0.0
    #: Seconds between two words on a quiet line, and between two looks whether the listener may still listen.
    heartbeat: float = HEARTBEAT_S


class Broadcast(ABC, Generic[L]):
    """Those who listen, and the follower that feeds them."""

    def __init__(self, store: Store, authenticate: Authenticate, manner: Manner) -> None:
        self.store = store
        self.authenticate = authenticate
        self.listeners: set[L] = set()
        #: As in :class:`Manner`; a test may make it short.
        self.heartbeat = manner.heartbeat
        self._manner = manner
        self._following: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        #: What the follower has told already.
        self._seq = 0

    # -- what each kind of stream says

    @abstractmethod
    async def spread(self, changes: Sequence[Change], listeners: Sequence[L]) -> None:
        """Put what has changed into the boxes of those who may see it and want it."""

    @abstractmethod
    def types(self, listeners: Iterable[L]) -> Collection[str] | None:
        """Entity types whose changes they want; ``None`` = all."""

    # -- one connection

    async def admit(self, request: Request) -> Subject:
        """Who asks to listen; ``Unavailable`` where too many do."""
        if len(self.listeners) >= _LISTENERS:
            raise Unavailable(why="Too many listeners are connected.", mend="Try again in a minute.")
        return await self.authenticate(request.scope)

    async def talk(self, listener: L, after: int | None, request: Request, receive: Receive, send: Send) -> None:
        """One connection to its end. ``after``: the feed's number that it knows already."""
        gone = asyncio.ensure_future(disconnected(receive))
        # Listening begins before the past is read, so that nothing falls between.
        self.listeners.add(listener)
        try:
            await self._follow()
            await send({"type": "http.response.start", "status": 200, "headers": list(START)})
            begin = f"retry: {_RETRY_MS}\nid: {self._seq}\n: {self._seq}\n\n".encode()
            await send({"type": "http.response.body", "body": begin, "more_body": True})
            await self._resume(listener, after)
            await self._write(listener, request, gone, send)
        finally:
            self.listeners.discard(listener)
            gone.cancel()

    async def _write(self, listener: L, request: Request, gone: asyncio.Future[None], send: Send) -> None:
        known_at = time.monotonic()
        while not listener.closing:
            news = asyncio.ensure_future(listener.news.wait())
            either: set[asyncio.Future[Any]] = {news, gone}
            await asyncio.wait(either, timeout=self.heartbeat, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if gone.done():
                return
            if time.monotonic() - known_at >= self.heartbeat:
                known_at = time.monotonic()
                if not await self._still(listener, request):
                    listener.closing = True
            if not listener.closing:
                # Returns when the line has taken it: meanwhile newer words take the place of older ones.
                body = listener.take() or self._manner.alive
                await send({"type": "http.response.body", "body": body, "more_body": True})
                await asyncio.sleep(self._manner.pause)
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _still(self, listener: L, request: Request) -> bool:
        """Whether the key or session still stands for the same person; the browser comes back if not."""
        try:
            return await self.authenticate(request.scope) == listener.subject
        except HuichengError:
            return False

    async def _resume(self, listener: L, after: int | None) -> None:
        """What happened since the number that it knows; ``reset`` when that is too much, or gone from the feed."""
        if after is None or after >= self._seq:
            return
        oldest = await self.store.rows("context.feed_oldest")
        if not oldest or after + 1 < oldest[0]["seq"]:
            listener.reset()
            return
        wanted = self.types([listener])
        window = await self.store.window(after, limit=_RESUME, changes_of=wanted, observations=False)
        if window.seq < self._seq:
            listener.reset()
            return
        await self.spread(window.changes, [listener])
        listener.settle(window.seq)

    async def close(self) -> None:
        """End every connection; browsers come back by themselves."""
        for listener in self.listeners:
            listener.closing = True
            listener.news.set()
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    # -- following the feed

    async def _follow(self) -> None:
        """Start with the first listener; with none the feed is left alone."""
        async with self._starting:
            if self._following is None or self._following.done():
                self._seq = await self.store.head()
                self._following = asyncio.create_task(self._forward(), name=self._manner.name)

    async def _forward(self) -> None:
        while self.listeners:
            try:
                await self._step()
            except Exception:  # noqa: BLE001 - the stream must outlive a passing fault of the store
                _log.exception("%s could not be read from the feed; trying again", self._manner.name)
                await asyncio.sleep(1.0)
            await asyncio.sleep(self._manner.beat)

    async def _step(self) -> None:
        if await self.store.head() == self._seq:
            return
        listeners = list(self.listeners)
        window = await self.store.window(self._seq, changes_of=self.types(listeners), observations=False)
        await self.spread(window.changes, listeners)
        for listener in listeners:
            listener.settle(window.seq)
        self._seq = window.seq


def feed_number(text: str) -> int | None:
    """A number of the feed as a browser repeats it (``Last-Event-ID``); ``None`` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def same_sight(guard: Guard) -> str:
    """Listeners who see the same share one reading: the grants, and who asks where a row may depend on it."""
    grants = _encode(guard.grants).decode()
    asker = _encode(guard.subject).decode() if "subject_" in grants else ""
    return f"{asker} {grants}"


async def disconnected(receive: Receive) -> None:
    """Returns when the other side has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
