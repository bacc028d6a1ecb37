"""The little of HTTP that raw ASGI leaves to us: a request that is read in bounds, and an answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from huicheng.access import Subject
from huicheng.api.faults import BodyTooLarge, UnsupportedMedia
from huicheng.api.json_text import decode
from huicheng.errors import Invalid

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
#: Who asks, from a scope's headers; raises ``UnknownKey`` for a key that is not valid.
Authenticate = Callable[[Scope], Awaitable[Subject]]

_JSON_TYPES = frozenset({b"application/json", b"application/ld+json", b"application/merge-patch+json"})
#: A refused body is still taken off the wire, unread, so that the client comes to read the refusal.
_DRAIN_BYTES = 64_000_000
_DRAIN_SECONDS = 2.0
_MOST_PARAMETERS = 100


class Answer(msgspec.Struct, frozen=True):
    """Status, body, and headers in lower case."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def received(body: bytes) -> Receive:
    """A body that has come, for whoever reads it."""

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class Request:
    """One HTTP request: path segments, parameters, headers, and a body read at most once."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive
        self.method: str = scope["method"]
        #: Values of the variable segments of the route, in order.
        self.segments: tuple[str, ...] = ()

    @cached_property
    def headers(self) -> dict[bytes, bytes]:
        """By name in lower case; of several the last."""
        return dict(self.scope["headers"])

    def header(self, name: bytes) -> str:
        """Its text; "" when it is not there."""
        return self.headers.get(name, b"").decode("latin-1")

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Of the query string; of several the last."""
        raw: bytes = self.scope.get("query_string", b"")
        if not raw:
            return {}
        try:
            pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        except (ValueError, UnicodeError):
            raise Invalid(place="?", why="The query string is malformed or has too many parameters.") from None
        return dict(pairs)

    def path_parts(self) -> list[str]:
        """Decoded segments of the path; an encoded slash does not divide."""
        raw: bytes | None = self.scope.get("raw_path")
        text = raw.partition(b"?")[0].decode("latin-1") if raw else ""
        parts = (text or self.scope["path"]).split("/")
        return [unquote(part) for part in parts if part] if raw else [part for part in parts if part]

    async def body(self, limit: int) -> bytes:
        """The whole body. ``BodyTooLarge`` before anything is kept when its length is announced."""
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            await self._drain()
            raise BodyTooLarge(limit=limit)
        message = await self._receive()
        # A body of the announced length is whole; to wait for word of its end took 5 % of a single update.
        if not message.get("more_body") or str(len(message.get("body", b""))).encode() == announced:
            whole: bytes = message.get("body", b"")
            return await self._bounded(whole, limit)
        return await self._gather([message.get("body", b"")], limit)

    async def _bounded(self, whole: bytes, limit: int) -> bytes:
        if len(whole) > limit:
            raise BodyTooLarge(limit=limit)
        return whole

    async def _gather(self, parts: list[bytes], limit: int) -> bytes:
        size = len(parts[0])
        more = True
        while more:
            message = await self._receive()
            part = message.get("body", b"")
            size += len(part)
            more = bool(message.get("more_body"))
            if size > limit:
                parts.clear()
                await self._drain(done=not more)
                raise BodyTooLarge(limit=limit)
            parts.append(part)
        return b"".join(parts)

    async def _drain(self, *, done: bool = False) -> None:
        """Take and forget the rest, within bounds of size and time."""
        taken, until = 0, time.monotonic() + _DRAIN_SECONDS
        while not done and taken < _DRAIN_BYTES and time.monotonic() < until:
            message = await self._receive()
            taken += len(message.get("body", b""))
            done = not message.get("more_body")

    def put_back(self, content: bytes) -> None:
        """Let a body that was read be read once more."""
        self._receive = received(content)

    async def json_bytes(self, limit: int) -> bytes:
        """The body of a request that says it is JSON; ``UnsupportedMedia`` else."""
        media = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if media not in _JSON_TYPES:
            raise UnsupportedMedia(media=media.decode("latin-1")[:80] or "nothing")
        return await self.body(limit)

    async def json(self, limit: int) -> Any:
        """The decoded body."""
        return decode(await self.json_bytes(limit))


async def respond(send: Send, answer: Answer, *, head: bool = False) -> None:
    """Send it; for HEAD without the body, but with its length."""
    length = (b"content-length", str(len(answer.body)).encode())
    headers = answer.headers if answer.status == 204 else (*answer.headers, length)
    await send({"type": "http.response.start", "status": answer.status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
