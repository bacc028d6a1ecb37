"""A quick MQTT 5 client for load: as little as publishing and hearing by QoS 1 need, so that the load costs little."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator

#: Packets that a client may have under way unless a broker says otherwise; Mosquitto says 20.
WINDOW = 20
_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
_QOS1 = 0x02
_RECEIVE_MAXIMUM = b"\x21" + struct.pack(">H", 1_000)
_LAST_IDENTIFIER = 65_535


def text(value: bytes) -> bytes:
    """A string as MQTT has it: two bytes of length before it."""
    return struct.pack(">H", len(value)) + value


def packet(kind: int, body: bytes) -> bytes:
    """A packet with its header."""
    length, head = len(body), bytearray([kind])
    while True:
        length, part = divmod(length, 128)
        head.append(part | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


def packets(buffer: bytes) -> Iterator[tuple[int, int, int]]:
    """(first byte, start of the body, its end) of each whole packet in a buffer."""
    start = 0
    while start + 2 <= len(buffer):
        place, length, shift = start + 1, 0, 0
        while place < len(buffer):
            part = buffer[place]
            place += 1
            length |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80:
                break
        else:
            return
        if place + length > len(buffer):
            return
        yield buffer[start], place, place + length
        start = place + length


class _Line(asyncio.Protocol):
    """Connects; what arrives afterwards goes to :meth:`_came`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # TCP gives a full transport
        properties = bytes([len(_RECEIVE_MAXIMUM)]) + _RECEIVE_MAXIMUM
        # Version 5, clean start, a minute of patience.
        self.write(packet(_CONNECT, text(b"MQTT") + b"\x05\x02\x00\x3c" + properties + text(self._name.encode())))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        done = 0
        for kind, start, end in packets(buffer):
            self._came(kind & 0xF0, buffer[start:end])
            done = end
        self._buffer = buffer[done:]
        self._after()

    def write(self, data: bytes) -> None:
        """Send."""
        assert self._transport is not None  # noqa: S101 - set before anything is sent
        self._transport.write(data)

    def close(self) -> None:
        """Go away without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _came(self, kind: int, body: bytes) -> None:
        raise NotImplementedError

    def _after(self) -> None:
        """All of what has just arrived is handled."""


#: The next message as (topic, body, what is called when it is acknowledged); ``None`` = not now.
Source = Callable[[], "tuple[bytes, bytes, Callable[[], None]] | None"]


class Publisher(_Line):
    """Publishes what a source gives, as many at once as a broker allows."""

    def __init__(self, name: str, source: Source) -> None:
        super().__init__(name)
        self._source = source
        self._under_way: dict[int, Callable[[], None]] = {}
        self._identifier = 0

    def _came(self, kind: int, body: bytes) -> None:
        if kind == _CONNACK and not self.ready.done():
            self.ready.set_result(None)
        elif kind == _PUBACK:
            acknowledged = self._under_way.pop(body[0] << 8 | body[1])
            if len(body) < 3 or body[2] < 0x80:
                acknowledged()

    def _after(self) -> None:
        if self.ready.done():
            self.go_on()

    def go_on(self) -> None:
        """Publish until there are as many under way as may be, or the source gives nothing."""
        out = bytearray()
        while len(self._under_way) < WINDOW and (message := self._source()) is not None:
            topic, body, acknowledged = message
            self._identifier = self._identifier % _LAST_IDENTIFIER + 1
            self._under_way[self._identifier] = acknowledged
            head = text(topic) + struct.pack(">HB", self._identifier, 0)
            out += packet(_PUBLISH | _QOS1, head + body)
        if out:
            self.write(bytes(out))


class Subscriber(_Line):
    """Hears a filter by QoS 1, acknowledges at once, and counts: the least that anybody who listens can do."""

    def __init__(self, name: str, topics: bytes) -> None:
        super().__init__(name)
        self._topics = topics
        self._out = bytearray()
        self.heard = 0

    def _came(self, kind: int, body: bytes) -> None:
        if kind == _CONNACK:
            self.write(packet(_SUBSCRIBE, b"\x00\x01\x00" + text(self._topics) + b"\x01"))
        elif kind == _SUBACK and not self.ready.done():
            self.ready.set_result(None)
        elif kind == _PUBLISH:
            place = 2 + (body[0] << 8 | body[1])
            self._out += b"\x40\x02" + body[place : place + 2]
            self.heard += 1

    def _after(self) -> None:
        if self._out:
            self.write(bytes(self._out))
            self._out.clear()
