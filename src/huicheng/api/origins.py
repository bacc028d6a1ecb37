"""Pages of other origins that may read the data doors (CORS, Fetch Standard, 3.2).

A browser lets such a page read an answer only where the answer names the page's origin. Who asks is known by the key
that the page sends: cookies are never let through, so nobody's session can be used by a page of somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from huicheng.api.http import App, Receive, Scope, Send

#: In place of origins: every one.
ANY = "*"
_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*,[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_MOST_BYTES = 1_000
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#: Seconds that a browser may remember what it may send.
_REMEMBERED = b"600"

_Header = tuple[bytes, bytes]
#: An answer that somebody keeps for one origin is not for another.
_VARIES: _Header = (b"vary", b"Origin")
#: Every header of an answer may be read.
_SHOWN: _Header = (b"access-control-expose-headers", b"*")


def shared(apps: Mapping[str, App], origins: frozenset[str]) -> Mapping[str, App]:
    """The same doors, which pages of these origins may read, too; without any, as they are."""
    return {path: _shared(app, origins) for path, app in apps.items()} if origins else apps


def _shared(door: App, origins: frozenset[str]) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked = dict(scope["headers"])
        origin = asked.get(b"origin", b"")
        named = [(b"access-control-allow-origin", origin)] if origin and _among(origins, origin) else []
        if named and scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            headers = [*named, _VARIES, *_allowed(asked.get(b"access-control-request-headers", b""))]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            return await send({"type": "http.response.body", "body": b""})
        more = [*named, _SHOWN, _VARIES] if named else [_VARIES]

        async def with_more(message: Mapping[str, Any]) -> None:
            starts = message["type"] == "http.response.start"
            await send({**message, "headers": [*message["headers"], *more]} if starts else message)

        return await door(scope, receive, with_more)

    return app


def _among(origins: frozenset[str], origin: bytes) -> bool:
    return ANY in origins or origin.decode("latin-1") in origins


def _allowed(wanted: bytes) -> Iterator[_Header]:
    """What a page may send: headers are those that it asks for, as any client may send any."""
    yield b"access-control-allow-methods", _METHODS
    if len(wanted) <= _MOST_BYTES and _NAMES.fullmatch(wanted):
        yield b"access-control-allow-headers", wanted
    yield b"access-control-max-age", _REMEMBERED
