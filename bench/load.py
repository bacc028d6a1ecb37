"""A fast HTTP/1.1 client: prebuilt requests, kept-alive connections, every answer timed."""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)

#: A request, and what to call when it has been answered with 2xx.
Request = tuple[bytes, Callable[[], None]]


class Tally(msgspec.Struct, kw_only=True):
    """What came of a load."""

    #: Seconds from sending to the last byte of the answer, for answers before the end.
    latencies: array[float] = msgspec.field(default_factory=lambda: array("d"))
    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    #: Seconds that requests under way at the end had waited by then.
    unfinished: float = 0.0
    sent_bytes: int = 0
    seconds: float = 0.0
    connections: int = 0
    #: Requests that were to be sent a second; 0: as many as are answered.
    pace: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def mean(self) -> float:
        """Mean latency in seconds."""
        return sum(self.latencies) / len(self.latencies)

    def check(self) -> None:
        """2xx only, and Little's law: connections = rate × latency, else time was lost unseen.

        With a pace connections wait on purpose; whether it was kept, says :attr:`kept`.
        """
        bad = {status: count for status, count in self.statuses.items() if not 200 <= status < 300}
        if bad or not self.latencies:
            raise AssertionError(f"Answers that are not 2xx: {bad or 'there was none at all'}")
        if not self.pace and not 0.9 * self.connections <= self.occupied <= 1.1 * self.connections:
            raise AssertionError(
                f"Little's law: {self.connections} connections, but rate × latency = {self.occupied:.2f}"
            )

    @property
    def kept(self) -> bool:
        """Whether as many were answered as were to be sent: what is too slow cannot be asked so often."""
        return self.rate >= 0.95 * self.pace

    @property
    def occupied(self) -> float:
        """Rate × latency: how many connections were waiting for an answer, on the average."""
        return (sum(self.latencies) + self.unfinished) / self.seconds


class _Connection(asyncio.Protocol):
    """Sends one request after the other until its time is over, with a pace one in so many seconds."""

    def __init__(self, requests: Iterator[Request], tally: Tally) -> None:
        self._requests, self._tally, self._end = requests, tally, 0.0
        self._every = self._next = 0.0
        self._buffer = b""
        self._sent = 0.0
        self._acknowledge: Callable[[], None] = _nothing
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # TCP gives a full transport

    def start(self, end: float, *, first: float = 0.0, every: float = 0.0) -> None:
        """Send until ``end`` (of ``time.perf_counter``); with a pace at ``first``, and ``every`` so many seconds."""
        self._end, self._next, self._every = end, first, every
        self._turn()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        size = answer_size(self._buffer)
        if size is None or len(self._buffer) < size:
            return
        now = time.perf_counter()
        status = int(self._buffer[9:12])
        self._buffer = self._buffer[size:]
        self._tally.statuses[status] += 1
        if now <= self._end:
            self._tally.latencies.append(now - self._sent)
        else:
            self._tally.unfinished += self._end - self._sent
        if 200 <= status < 300:
            self._acknowledge()
        self._turn()

    def connection_lost(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if time.perf_counter() < self._end:
            self.done.set_exception(error or ConnectionResetError("The server closed the connection."))
        else:
            self.done.set_result(None)

    def _turn(self) -> None:
        """Send the next, now or when its time comes. What was late is made up for."""
        early = self._next - time.perf_counter()
        self._next += self._every
        if self._every and early > 0:
            asyncio.get_running_loop().call_later(early, self._send)
        else:
            self._send()

    def _send(self) -> None:
        assert self._transport is not None  # noqa: S101 - set before anything is sent
        request = next(self._requests, None) if time.perf_counter() < self._end else None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        body, self._acknowledge = request
        self._tally.sent_bytes += len(body)
        self._sent = time.perf_counter()
        self._transport.write(body)


def _nothing() -> None:
    """Nobody wants to know."""


def answer_size(buffer: bytes) -> int | None:
    """How long the answer at the start of the buffer is; ``None`` while its head is incomplete."""
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return None
    found = _LENGTH.search(buffer, 0, head + 2)
    if found:
        return head + 4 + int(found[1])
    if _CHUNKED.search(buffer, 0, head + 2):
        end = buffer.find(b"0\r\n\r\n", head + 4)
        return None if end < 0 else end + 5
    return head + 4


async def load(port: int, sources: list[Iterator[Request]], seconds: float, *, pace: float = 0.0) -> Tally:
    """Run one connection for each source of requests at once; with ``pace`` so many requests a second together."""
    return await load_all([port] * len(sources), sources, seconds, pace=pace)


async def load_all(ports: list[int], sources: list[Iterator[Request]], seconds: float, *, pace: float = 0.0) -> Tally:
    """The same, each source at a port of its own."""
    tally = Tally(connections=len(sources), pace=pace)
    loop = asyncio.get_running_loop()
    pairs = zip(ports, sources, strict=True)
    made = [await loop.create_connection(_factory(source, tally), "127.0.0.1", port) for port, source in pairs]
    began = time.perf_counter()
    every = len(sources) / pace if pace else 0.0
    for number, (_, protocol) in enumerate(made):
        protocol.start(began + seconds, first=began + every * number / len(made), every=every)
    await asyncio.gather(*(protocol.done for _, protocol in made))
    tally.seconds = min(seconds, time.perf_counter() - began)
    return tally


def _factory(source: Iterator[Request], tally: Tally) -> Callable[[], _Connection]:
    return lambda: _Connection(source, tally)


def request(  # noqa: PLR0913 - what a request is, name by name
    method: str, path: str, body: bytes = b"", *, content: str = "application/json", cookie: str = "", token: str = ""
) -> bytes:
    """One prebuilt request; ``token`` is that of a session's forms."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {content}", f"Content-Length: {len(body)}"]
    head += [f"Cookie: {cookie}"] if cookie else []
    head += [f"X-CSRFToken: {token}"] if token else []
    return "\r\n".join([*head, "", ""]).encode() + body
