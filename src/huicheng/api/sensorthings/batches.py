"""``$batch``: several requests in one, as multipart/mixed (OGC 18-088, 11) or as the JSON of OData 4.01.

They are answered one after the other, and may refer by ``$ID`` to what an earlier one made. Each is a commit of
its own, and each change set (``atomicityGroup`` in JSON) is one: all of it, or nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from string import punctuation
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from huicheng.api.http import Answer, Request
from huicheng.api.json_text import decode
from huicheng.api.sensorthings import multipart
from huicheng.api.sensorthings.answers import json_answer
from huicheng.api.sensorthings.batch_parts import MOST, Part, Unit, units_of
from huicheng.api.sensorthings.draft import ChangeSet
from huicheng.api.sensorthings.tools import Tools
from huicheng.api.sensorthings.urls import ROOT
from huicheng.errors import Invalid

_READS = frozenset({"GET"})
#: What is not done because another request of its group failed.
_NOT_DONE = Answer(424)

#: Where faults become answers; given the request that they answer.
Answering = Callable[[Request, Callable[[], Awaitable[Answer]]], Awaitable[Answer]]


class Batches:
    """The handler of ``/$batch``. ``handle`` does what one request asks for."""

    def __init__(self, tools: Tools, answering: Answering, handle: Callable[[Request], Awaitable[Answer]]) -> None:
        self._tools = tools
        self._answering = answering
        self._handle = handle

    async def run(self, request: Request) -> Answer:
        """200 with an answer for each, in order, in the form of the request."""
        boundary = multipart.boundary_of(request.header(b"content-type"))
        if boundary is None:
            units = units_of(decode(await request.json_bytes(self._tools.body_bytes)))
        else:
            units = multipart.units_of(await request.body(self._tools.body_bytes), boundary)
        if sum(len(one.parts) for one in units) > MOST:
            raise Invalid(place="/requests", why="A batch has at most %(most)s requests.", most=MOST)
        made: dict[str, str] = {}
        answers = [await self._unit(request, one, made) for one in units]
        if boundary is not None:
            return multipart.answer(units, answers)
        shown = [_shown(*pair) for unit, each in zip(units, answers, strict=True) for pair in _pairs(unit, each)]
        return json_answer({"responses": shown})

    async def _unit(self, request: Request, unit: Unit, made: dict[str, str]) -> list[Answer]:
        if not unit.atomic:
            return [await self._part(request, one, made) for one in unit.parts]
        return await self._change_set(request, unit, made)

    async def _change_set(self, request: Request, unit: Unit, made: dict[str, str]) -> list[Answer]:
        """An answer for each, or only the one of the request that could not be done."""
        changes = ChangeSet(self._tools, await self._tools.subject(request))
        together, answers = dict(made), []
        for one in unit.parts:
            answers.append(await self._part(request, one, together, changes))
            if answers[-1].status >= 400:
                return answers[-1:]

        async def kept() -> Answer:
            await changes.finish()
            return Answer(204)

        settled = await self._answering(request, kept)
        if settled.status >= 400:
            return [settled]
        made.update(together)
        return answers

    async def _part(
        self, request: Request, one: Part, made: dict[str, str], changes: ChangeSet | None = None
    ) -> Answer:
        inner = _request(request, _told(one, made), changes)
        answer = await self._answering(inner, lambda: self._allowed(inner, changes))
        location = dict(answer.headers).get(b"location")
        if location is not None and one.id:
            made[f"${one.id}"] = location.decode()
        return answer

    async def _allowed(self, request: Request, changes: ChangeSet | None) -> Answer:
        if changes is not None and request.method in _READS:
            raise Invalid(place="method", why="A change set only changes.")
        return await self._handle(request)


def _pairs(unit: Unit, answers: Sequence[Answer]) -> list[tuple[Part, Answer]]:
    """Of a change set that failed the others have not been done."""
    if len(answers) == len(unit.parts):
        return list(zip(unit.parts, answers, strict=True))
    return [(one, answers[0] if number == 0 else _NOT_DONE) for number, one in enumerate(unit.parts)]


def _shown(one: Part, answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": one.id, "status": answer.status}
    headers = dict(answer.headers)
    if b"location" in headers:
        shown["headers"] = {"location": headers[b"location"].decode()}
    if answer.body:
        is_json = headers.get(b"content-type", b"").startswith(b"application/json")
        shown["body"] = msgspec.json.decode(answer.body) if is_json else answer.body.decode()
    return shown


def _told(one: Part, made: Mapping[str, str]) -> Part:
    """The request with ids in place of references to what was made before."""
    url = one.url
    for name, location in made.items():
        if url == name or url.startswith((f"{name}/", f"{name}?")):
            url = location + url.removeprefix(name)
    keys = {name: _key(location) for name, location in made.items()}
    return msgspec.structs.replace(one, url=url, body=_resolved(one.body, keys))


def _resolved(held: Any, keys: Mapping[str, str]) -> Any:
    if isinstance(held, dict):
        return {
            name: keys.get(one, one) if name == "@iot.id" and isinstance(one, str) else _resolved(one, keys)
            for name, one in held.items()
        }
    return [_resolved(one, keys) for one in held] if isinstance(held, list) else held


def _key(location: str) -> str:
    return location.partition("('")[2].removesuffix("')").replace("''", "'")


def _request(outer: Request, one: Part, changes: ChangeSet | None) -> Request:
    """A request of its own, by the same subject."""
    path, query = _address(one.url)
    body = b"" if one.body is None else msgspec.json.encode(one.body)
    media = one.media.encode("latin-1", "replace")
    kept = [(name, held) for name, held in outer.scope["headers"] if name not in {b"content-type", b"content-length"}]
    headers = [*kept, (b"content-type", media), (b"content-length", str(len(body)).encode())]
    scope = {
        **outer.scope,
        "method": one.method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        ChangeSet.KEY: changes,
    }

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


def _address(url: str) -> tuple[str, str]:
    """Path and query of an address that is absolute, from the host, or below the root; escaped or not."""
    parts = urlsplit(quote(url, safe=punctuation))
    path = parts.path if parts.path.startswith(ROOT) else f"{ROOT}/{parts.path.lstrip('/')}"
    return path, parts.query
