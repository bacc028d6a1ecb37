"""Lines over which notifications are posted: HTTP/1.1 to a checked address, used again and again.

All that matters of an answer is its status. A general client takes half a millisecond of a core for each request and,
as it leaves answers unread, a new connection; twenty subscribers of four hundred changes a second are eight thousand.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from base64 import b64encode
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import NamedTuple

import httpx

_FIRST_LINE = re.compile(rb"HTTP/1\.([01]) (\d{3})[ \r]")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_ENDS = re.compile(rb"\r\n(?:connection:[^\r]*close|transfer-encoding:|upgrade:)", re.IGNORECASE)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_VALUE = re.compile(r"[\x00-\x1f\x7f]")
#: Bytes of an answer that are read; after a longer one the line is given up.
_MOST = 65_536
#: Seconds that a line may lie idle: servers end theirs, and mostly after five.
_IDLE_S = 4.0
_MOST_IDLE = 64
_EMPTY = frozenset({204, 304})


class Place(NamedTuple):
    """Where a line leads; ``host`` is the name for TLS, ``None`` without it."""

    address: str
    port: int
    host: str | None


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._buffer = b""
        #: It may be used again.
        self.open = True
        #: The other side has begun to answer.
        self.answered = False
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self._transport = transport  # type: ignore[assignment] # TCP and TLS give full transports

    def data_received(self, data: bytes) -> None:
        """A part of an answer."""
        self._buffer += data
        self.answered = True
        try:
            found = _answer_in(self._buffer)
        except ValueError as fault:
            self._end(fault)
            return
        if found is None:
            if len(self._buffer) > _MOST:
                self._end(ValueError("the head of the answer has no end"))
            return
        status, self.open = found
        if not self.open:
            self.close()
        self._buffer = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        """The other side, or the way there, has ended it."""
        self._end(error or ConnectionResetError("the connection was closed before an answer"))

    def _end(self, fault: Exception) -> None:
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(fault)

    async def ask(self, request: bytes, within: float) -> int:
        """The status of the answer. Raises ``OSError`` and, where what comes is no answer, ``ValueError``.

        ``TimeoutError`` after so many seconds: by a timer, which takes a tenth of ``asyncio.timeout``.
        """
        if self._transport is None or not self.open:
            raise ConnectionResetError("the connection was closed")
        self.answered = False
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        late = loop.call_later(within, self._end, TimeoutError("no answer in time"))
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            late.cancel()
            if not self._answer.done() or self._answer.cancelled():  # whatever comes later answers nobody
                self.close()
            self._answer = None

    def close(self) -> None:
        """Let go."""
        self.open = False
        if self._transport is not None:
            self._transport.close()


def _answer_in(buffer: bytes) -> tuple[int, bool] | None:
    """Status, and whether the line can be used again; ``None`` while more is to come."""
    while (end := buffer.find(b"\r\n\r\n")) >= 0:
        first = _FIRST_LINE.match(buffer)
        if first is None:
            raise ValueError("what answers is no HTTP server")
        status = int(first[2])
        if status >= 200:
            return _whole(buffer, end, status, lasting=first[1] == b"1")
        buffer = buffer[end + 4 :]  # 100 Continue and the like: the answer follows
    return None


def _whole(buffer: bytes, end: int, status: int, *, lasting: bool) -> tuple[int, bool] | None:
    """The same, once the head is there: what is announced is waited for, so that the line is free for the next."""
    if not lasting or _ENDS.search(buffer, 0, end + 2):
        return status, False
    length = _LENGTH.search(buffer, 0, end + 4)
    size = 0 if status in _EMPTY else int(length[1]) if length else -1
    left = end + 4 + size - len(buffer)
    if size < 0 or size > _MOST or left < 0:
        return status, False
    return (status, True) if left == 0 else None


class Lines:
    """All lines of one process."""

    def __init__(self) -> None:
        self._idle: dict[Place, deque[Line]] = defaultdict(deque)
        self._swept = 0.0
        self._secure: ssl.SSLContext | None = None

    async def post(self, place: Place, request: bytes, within: float) -> int:
        """The status of the answer, within so many seconds. Raises ``OSError`` (``TimeoutError``) or ``ValueError``."""
        line = self._at_hand(place)
        if line is not None:
            try:
                return await self._asked(place, line, request, within)
            except TimeoutError:
                raise
            except OSError:
                if line.answered:
                    raise
        # A line that lay idle may have been ended just now: only a new one says whether anybody answers.
        async with asyncio.timeout(within):
            return await self._asked(place, await self._new(place), request, within)

    async def _asked(self, place: Place, line: Line, request: bytes, within: float) -> int:
        status = await line.ask(request, within)
        if line.open:
            line.idle_since = time.monotonic()
            self._idle[place].append(line)
            self._sweep(line.idle_since)
        return status

    def _at_hand(self, place: Place) -> Line | None:
        idle, oldest = self._idle[place], time.monotonic() - _IDLE_S
        while idle:
            line = idle.pop()
            if line.open and line.idle_since > oldest:
                return line
            line.close()
        return None

    async def _new(self, place: Place) -> Line:
        made = await asyncio.get_running_loop().create_connection(
            Line,
            place.address,
            place.port,
            ssl=self._trust() if place.host is not None else None,
            server_hostname=place.host,
        )
        return made[1]

    def _trust(self) -> ssl.SSLContext:
        """Certificates are looked at as every client does; nothing of the environment changes that."""
        if self._secure is None:
            self._secure = httpx.create_ssl_context(trust_env=False)
        return self._secure

    def _sweep(self, now: float) -> None:
        """Once in a while end the lines that nobody has used."""
        if now - self._swept < _IDLE_S and sum(map(len, self._idle.values())) <= _MOST_IDLE:
            return
        self._swept = now
        for place in list(self._idle):
            lines = self._idle[place]
            while lines and (lines[0].idle_since < now - _IDLE_S or len(lines) > _MOST_IDLE // 4):
                lines.popleft().close()
            if not lines:
                del self._idle[place]

    def close(self) -> None:
        """Let go of all that lie idle."""
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()


class Head(NamedTuple):
    """What stands before the body of a POST, cut where the body's length goes."""

    before: bytes
    after: bytes

    def request(self, content: bytes) -> bytes:
        """The bytes of a whole one."""
        return b"%b%d%b%b" % (self.before, len(content), self.after, content)


def head_of(url: httpx.URL, headers: Mapping[str, str]) -> Head:
    """That of a POST. ``ValueError`` where a header would be more than one."""
    own = {"Host": url.netloc.decode(), "Accept": "*/*", "User-Agent": "huicheng", **headers}
    if url.userinfo:
        own["Authorization"] = f"Basic {b64encode(f'{url.username}:{url.password}'.encode()).decode()}"
    lines = []
    for name, value in own.items():
        if not _NAME.fullmatch(name) or _NOT_IN_VALUE.search(value):
            raise ValueError(f"“{name[:80]}” cannot be a header")
        lines.append(f"{name}: {value}")
    before = f"POST {url.raw_path.decode('ascii')} HTTP/1.1\r\nContent-Length: "
    return Head(before=before.encode(), after="\r\n".join(["", *lines, "", ""]).encode())
