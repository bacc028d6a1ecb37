"""How much one request may bring to the pages.

Django lays a whole body aside on the disk before any view or its limits see it, so a sender could
fill the disk. Data doors have bounds of their own (``huicheng.api.http``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.http import App, Receive, Scope, Send

#: Three photographs of the largest size, and the rest of the form.
MOST_BYTES = 40_000_000
#: A refused body is taken off the wire, unkept, so that the browser comes to read the refusal.
_MOST_DRAINED = 64_000_000

_SAYS = (
    "请求内容超过 {limit} MB，未保存任何内容。请减少照片或换用较小的照片后重新提交。\n"
    "What was sent is larger than {limit} MB; nothing of it was kept. Send fewer or smaller photographs.\n"
)


def bounded(app: App, most: int = MOST_BYTES) -> App:
    """The app, behind a door that answers 413 to a body of more than ``most`` bytes and keeps nothing of it."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        counted = _Counted(receive, most, _announced(scope))
        if counted.over:
            await counted.drain()
            return await _refuse(send, most)
        answered = _Answered(send)
        await app(scope, counted, answered)
        if counted.over and not answered.begun:
            await counted.drain()
            await _refuse(send, most)
        return None

    return guarded


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


class _Counted:
    """A ``receive`` that ends the request, as if its sender had gone, once it has brought too much."""

    def __init__(self, receive: Receive, most: int, announced: int) -> None:
        self._receive = receive
        self._most = most
        self._taken = 0
        self._more = True
        self.over = announced > most

    async def __call__(self) -> Mapping[str, Any]:
        message = await self._take()
        if self._taken <= self._most:
            return message
        self.over = True
        return {"type": "http.disconnect"}

    async def _take(self) -> Mapping[str, Any]:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        self._more = bool(message.get("more_body"))
        return message

    async def drain(self) -> None:
        """Take the rest and forget it, up to a bound; beyond it the connection is cut."""
        while self._more and self._taken < _MOST_DRAINED:
            await self._take()


class _Answered:
    """A ``send`` that remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Mapping[str, Any]) -> None:
        self.begun = True
        await self._send(message)


async def _refuse(send: Send, most: int) -> None:
    body = _SAYS.format(limit=most // 1_000_000).encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
