"""What had arrived when a line broke is read, whatever else was to be written on it (Q1, W1.1)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from threading import Event, Thread

import pytest

from huicheng.ingest import broker_at
from huicheng.ingest.mqtt.connection import Connection
from huicheng.ingest.mqtt.share import Session

MANY = 400


def _packet(kind: int, body: bytes) -> bytes:
    length, head = len(body), bytearray([kind])
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes([*head, length]) + body


def _publish(number: int) -> bytes:
    """By turns for the one who listens and for another."""
    topic = b"mine" if number % 2 else b"other"
    return _packet(0x32, struct.pack(">H", len(topic)) + topic + struct.pack(">H", number + 1) + b"\0%d" % number)


class Dying(Thread):
    """A broker that hands over all that it has at once and is gone, without a word."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.gone = Event()

    def run(self) -> None:
        with self._listening, self._listening.accept()[0] as line:
            line.recv(4096)
            line.sendall(_packet(0x20, b"\0\0\0"))
            asked = line.recv(4096)
            everything = b"".join(map(_publish, range(MANY)))
            line.sendall(_packet(0x90, asked[2:4] + b"\0\1") + everything)
        self.gone.set()


@pytest.mark.parametrize("share", ["all", "half"])
def test_what_stood_in_a_line_that_broke_is_handed_over(share: str, eventually: Callable[..., object]) -> None:
    broker = Dying()
    broker.start()
    session = Session(name="l", filters=["#"], wanted=lambda topic: share == "all" or topic == "mine")
    connection = Connection(broker_at(f"mqtt://127.0.0.1:{broker.port}"), session, lambda: None)
    connection.start()
    wanted = MANY if share == "all" else MANY // 2
    taken: list[bytes] = []

    def all_taken() -> bool:
        taken.extend(bytes(one.body) for one in connection.take(MANY))
        return len(taken) == wanted

    try:
        eventually(all_taken)
        numbers = [int(body) for body in taken]
        assert numbers == (list(range(MANY)) if share == "all" else list(range(1, MANY, 2)))
    finally:
        connection.stop()
