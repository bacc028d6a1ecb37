"""Who is notified: an HTTP server that answers 204 at once and keeps what it was told, and when."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from bench.load import answer_size

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class _Reading(msgspec.Struct):
    """The attribute that is updated, as far as it is looked at."""

    observed_at: str = msgspec.field(name="observedAt")


class _Told(msgspec.Struct):
    id: str
    pm25: _Reading


class _Notification(msgspec.Struct):
    subscription: str = msgspec.field(name="subscriptionId")
    data: list[_Told]


_DECODER = msgspec.json.Decoder(_Notification)

#: Subscription, entity, time of the reading.
Heard = tuple[str, str, str]


class Mailbox:
    """All that has arrived."""

    def __init__(self) -> None:
        self.port = 0
        self.requests = 0
        #: How often each reading was told.
        self.heard: Counter[Heard] = Counter()
        #: When it was told first (seconds since 1970).
        self.arrived: dict[Heard, float] = {}

    def hear(self, body: bytes) -> None:
        """One notification."""
        at = time.time()
        told = _DECODER.decode(body)
        self.requests += 1
        for one in told.data:
            key = (told.subscription, one.id, one.pm25.observed_at)
            self.heard[key] += 1
            self.arrived.setdefault(key, at)

    @property
    def last(self) -> float:
        """When something new was heard for the last time."""
        return max(self.arrived.values())

    async def until(self, count: int, within: float) -> None:
        """Wait for so many different readings; return when no more time is left, too."""
        deadline = time.monotonic() + within
        while len(self.heard) < count and time.monotonic() < deadline:
            await asyncio.sleep(0.05)


class _Receiving(asyncio.Protocol):
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox, self._buffer = mailbox, b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # TCP gives a full transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        # A request ends as an answer does.
        while (size := answer_size(self._buffer)) is not None and len(self._buffer) >= size:
            whole, self._buffer = self._buffer[:size], self._buffer[size:]
            self._mailbox.hear(whole[whole.index(b"\r\n\r\n") + 4 :])
            assert self._transport is not None  # noqa: S101 - set before anything comes
            self._transport.write(_ANSWER)


@asynccontextmanager
async def receiving() -> AsyncIterator[Mailbox]:
    """Listen on a free port."""
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: _Receiving(mailbox), "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
