"""Handing transactions to the process that writes, over ``<data>/writer.sock``.

Frames are four bytes of length (little endian) and msgpack: ``(number, Transaction)`` there,
``(number, Committed or Failure)`` back, in any order. Many may be under way at once. When the
connection breaks, what is not answered fails as ``Unavailable``: it may or may not have been
committed, so the caller sends it again; all effects are idempotent. A frame that could not be sent
whole is known not to have been committed, so it goes once more over a new connection.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

import msgspec

from huicheng import errors
from huicheng.errors import HuichengError, Unavailable
from huicheng.stores.faces import Committed, Store, Transaction
from huicheng.stores.replies import Answer, Reply, settle

SOCKET = "writer.sock"
_LENGTH = struct.Struct("<I")
#: A frame beyond this is no transaction of ours.
_MAX_FRAME = 1 << 30
#: Seconds that closing waits for what is queued to be sent.
_PATIENCE = 5.0


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="failure"):
    """An error as it crosses the socket."""

    #: Name of the class in :mod:`huicheng.errors`.
    error: str
    place: str
    details: dict[str, Any]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    committed: Committed


_encode = msgspec.msgpack.Encoder().encode
_decode_request = msgspec.msgpack.Decoder(tuple[int, Transaction]).decode
_decode_reply = msgspec.msgpack.Decoder(tuple[int, Done | Failure]).decode


# -- the process that writes -----------------------------------------------------------------------


class WriteSocket:
    """The open socket; :meth:`close` lets go of it and of every client."""

    def __init__(self, store: Store, data: Path) -> None:
        self._store = store
        self._path = data / SOCKET
        self._clients: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Bind and listen. The caller holds the data lock, so an old socket is a dead one."""
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        with short_address(self._path.parent) as address:
            listening.bind(address)
        self._path.chmod(0o600)  # before it listens, so nobody connects sooner
        self._server = await asyncio.start_unix_server(self._accept, sock=listening)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.create_task(_serve_one(self._store, reader, writer))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    def close(self) -> None:
        """Refuse new clients, drop the present ones: they send again what was not answered."""
        if self._server is not None:
            self._server.close()
        for client in self._clients:
            client.cancel()
        self._path.unlink(missing_ok=True)


@contextmanager
def short_address(data: Path) -> Iterator[str]:
    """An address of the socket within AF_UNIX's 108 bytes, however long the directory's name is."""
    descriptor = os.open(data, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


async def _serve_one(store: Store, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One client: each transaction becomes a task, so that they commit together."""
    try:
        async with asyncio.TaskGroup() as tasks:
            with suppress(asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
                while True:
                    number, transaction = _decode_request(await _read_frame(reader))
                    tasks.create_task(_commit(store, number, transaction, writer))
    finally:
        writer.close()


async def _commit(store: Store, number: int, transaction: Transaction, writer: asyncio.StreamWriter) -> None:
    answer: Done | Failure
    try:
        answer = Done(committed=await store.commit(transaction))
    except HuichengError as error:
        answer = Failure(error=type(error).__name__, place=error.place, details=error.details)
    with suppress(ConnectionError):
        writer.write(_frame((number, answer)))
        await writer.drain()


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > _MAX_FRAME:
        raise msgspec.DecodeError("frame too long")
    return await reader.readexactly(length)


def _frame(message: object) -> bytes:
    body = _encode(message)
    return _LENGTH.pack(len(body)) + body


# -- the others ------------------------------------------------------------------------------------


class HandedWrites:
    """Sends transactions to the writer; connects when there is something to send, and again after a break."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._link: _Link | None = None
        self._queue: SimpleQueue[tuple[Transaction, Reply] | None] = SimpleQueue()
        self._sender = Thread(target=self._send_all, name="huicheng-hand-over", daemon=True)
        self._sender.start()

    def submit(self, transaction: Transaction, reply: Reply) -> None:
        """Queue a transaction; its reply is settled by the writer's answer or the connection's end."""
        self._queue.put((transaction, reply))

    def changes_of(self, family: str) -> None:
        """See :meth:`Store.changes_of`: others write, too."""

    def known_type(self, id: str) -> None:
        """See :meth:`Store.known_type`: only who writes knows."""

    def close(self) -> None:
        """Send what is queued, then let go; unanswered replies fail."""
        self._queue.put(None)
        self._sender.join(_PATIENCE)
        if self._link is not None:
            self._link.hang_up()

    def _send_all(self) -> None:
        while (request := self._queue.get()) is not None:
            try:
                self._send(*request)
            except (OSError, TypeError, ValueError, OverflowError) as error:
                settle([(request[1], _broken(self._data, error))])

    def _send(self, transaction: Transaction, reply: Reply) -> None:
        """Over the connection that is there; where that turns out to have ended, once more over a new one."""
        body = _encode(transaction)
        if self._link is None:
            self._link = _Link(self._data)
        try:
            self._link.send(body, reply)
        except OSError:  # the writer did not get it whole, so it cannot have committed it
            self._link.hang_up()
            self._link = _Link(self._data)
            self._link.send(body, reply)


class _Link:
    """One connection to the writer, and the replies that wait for answers over it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._lock = Lock()
        self._waiting: dict[int, Reply] = {}
        self._number = 0
        self._ended = False
        self._socket = _connected(data)
        Thread(target=self._receive, name="huicheng-answers", daemon=True).start()

    def send(self, body: bytes, reply: Reply) -> None:
        """Send one encoded transaction. An ``OSError`` says that the writer does not have all of it."""
        with self._lock:  # the receiver closes a broken connection only between two frames
            if self._ended:
                raise BrokenPipeError("closed")
            self._number += 1
            self._waiting[self._number] = reply
            try:
                self._socket.sendall(_request(self._number, body))
            except OSError:
                self._waiting.pop(self._number, None)
                raise

    def hang_up(self) -> None:
        """Let go; what is not answered fails."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _receive(self) -> None:
        """Settle answers until the connection ends, then fail what waits."""
        error: Exception = ConnectionResetError("closed")
        try:
            with self._socket.makefile("rb") as stream:
                while head := stream.read(_LENGTH.size):
                    number, answer = _decode_reply(stream.read(_LENGTH.unpack(head)[0]))
                    self._settle(number, _answer(answer))
        except (OSError, msgspec.DecodeError, struct.error) as broken:
            error = broken
        self.hang_up()  # wakes a sender that waits for room
        with self._lock:
            self._socket.close()
            self._ended = True
            waiting, self._waiting = self._waiting, {}
        settle((reply, _broken(self._data, error)) for reply in waiting.values())

    def _settle(self, number: int, answer: Answer) -> None:
        reply = self._waiting.pop(number, None)
        if reply is not None:
            settle([(reply, answer)])


def _connected(data: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        with short_address(data) as address:
            connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _request(number: int, transaction: bytes) -> bytes:
    """The frame of ``(number, transaction)``, of a transaction that is encoded."""
    return _frame((number, msgspec.Raw(transaction)))


def _broken(data: Path, error: Exception) -> Unavailable:
    return Unavailable(
        place=str(data),
        why="The process that writes does not answer (%(fault)s).",
        mend="See that the server runs on this data directory, then send it again.",
        fault=str(error),
    )


def _answer(answer: Done | Failure) -> Answer:
    if isinstance(answer, Done):
        return answer.committed
    kind: type[HuichengError] = getattr(errors, answer.error, errors.Unavailable)
    return kind(place=answer.place, **answer.details)
