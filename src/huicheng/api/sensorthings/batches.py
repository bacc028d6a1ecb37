"""``$batch``: several requests in one, as the JSON of OData 4.01.

They are answered one after the other, and may refer by ``$ID`` to what an earlier one made. Each is a commit of
its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.sensorthings.answers import json_answer
from huicheng.api.sensorthings.urls import ROOT
from huicheng.errors import Invalid

_MOST = 1_000
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
Answering = Callable[[Request], Awaitable[Answer]]


class Batches:
    """The handler of ``/$batch``."""

    def __init__(self, answer: Answering, body_bytes: int) -> None:
        self._answer = answer
        self._body_bytes = body_bytes

    async def run(self, request: Request) -> Answer:
        """200 with an answer for each, in order."""
        body = decode(await request.json_bytes(self._body_bytes))
        parts = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(parts, list) or len(parts) > _MOST:
            raise Invalid(place="/requests", why=f"A batch is an array “requests” of at most {_MOST}.")
        made: dict[str, str] = {}
        return json_answer({"responses": [await self._part(request, one, made, n) for n, one in enumerate(parts)]})

    async def _part(self, request: Request, one: Any, made: dict[str, str], number: int) -> dict[str, Any]:
        method = str(one.get("method", "")).upper() if isinstance(one, dict) else ""
        if method not in _METHODS or not isinstance(one.get("url"), str):
            raise Invalid(place=f"/requests/{number}", why="A request has “method” and “url”.")
        answer = await self._answer(_request(request, method, _told(one, made)))
        shown: dict[str, Any] = {"id": one.get("id", str(number)), "status": answer.status}
        location = dict(answer.headers).get(b"location")
        if location is not None:
            shown["headers"] = {"location": location.decode()}
            made[f"${one.get('id', number)}"] = location.decode()
        if answer.body:
            is_json = dict(answer.headers).get(b"content-type", b"").startswith(b"application/json")
            shown["body"] = msgspec.json.decode(answer.body) if is_json else answer.body.decode()
        return shown


def _told(one: Mapping[str, Any], made: Mapping[str, str]) -> dict[str, Any]:
    """The request with ids in place of references to what was made before."""
    url = one["url"]
    for name, location in made.items():
        if url == name or url.startswith(f"{name}/"):
            url = location + url.removeprefix(name)
    keys = {name: _key(location) for name, location in made.items()}
    return {**one, "url": url, "body": _resolved(one.get("body"), keys)}


def _resolved(held: Any, keys: Mapping[str, str]) -> Any:
    if isinstance(held, dict):
        return {
            name: keys.get(one, one) if name == "@iot.id" and isinstance(one, str) else _resolved(one, keys)
            for name, one in held.items()
        }
    return [_resolved(one, keys) for one in held] if isinstance(held, list) else held


def _key(location: str) -> str:
    return location.partition("('")[2].removesuffix("')").replace("''", "'")


def _request(outer: Request, method: str, one: Mapping[str, Any]) -> Request:
    """A request of its own, by the same subject."""
    path, query = _address(one["url"])
    body = b"" if one.get("body") is None else msgspec.json.encode(one["body"])
    given = {str(name).lower(): str(held) for name, held in (one.get("headers") or {}).items()}
    media = given.get("content-type", "application/json").encode("latin-1", "replace")
    kept = [(name, held) for name, held in outer.scope["headers"] if name not in {b"content-type", b"content-length"}]
    headers = [*kept, (b"content-type", media), (b"content-length", str(len(body)).encode())]
    scope = {
        **outer.scope,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


def _address(url: str) -> tuple[str, str]:
    """Path and query of an address that is absolute, from the host, or below the root."""
    parts = urlsplit(url)
    path = parts.path if parts.path.startswith(ROOT) else f"{ROOT}/{parts.path.lstrip('/')}"
    return path, parts.query
