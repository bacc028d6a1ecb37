"""Requests as they are passed on: the same operation, at another broker, in a context that it understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from huicheng.api.http import Answer, Request, received
from huicheng.api.ngsild.answers import link_to
from huicheng.api.ngsild.spoken import is_linked_data
from huicheng.api.problem import language_of, problem
from huicheng.api.routes import Handler
from huicheng.context import (
    ENTITY_MEMBERS,
    Contexts,
    Message,
    Names,
    Registration,
    context_of,
    older_course,
    shown_entity,
    stored_entity,
    version_of,
)
from huicheng.errors import HuichengError

_encode = msgspec.json.Encoder().encode
_JSON = "application/json"


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """In which names a source is spoken to."""

    names: Names
    #: As the request speaks: bodies go as they came.
    same: bool
    #: The older version of the standard that it knows.
    version: int | None = None

    def name(self, stored: str) -> str:
        return self.names.shown(stored)


class Original:
    """A request, its body, and the names that it speaks in."""

    def __init__(self, request: Request, content: bytes | None, names: Names, contexts: Contexts) -> None:
        self.request = request
        self.content = content
        self.names = names
        self._contexts = contexts
        self._asked = {name.decode("latin-1"): held.decode("latin-1") for name, held in request.headers.items()}

    @property
    def language(self) -> str:
        return language_of(self.request.header(b"accept-language"))

    async def speech(self, registration: Registration) -> Speech:
        """The source's own context where its registration names one."""
        own, version = context_of(registration), version_of(registration)
        if own is None:
            return Speech(names=self.names, same=True, version=version)
        return Speech(names=await self._contexts.names(own), same=False, version=version)

    def message(self, registration: Registration, speech: Speech, method: str, path: str, body: Any = None) -> Message:
        """``body`` is JSON, or ``None`` without any."""
        return Message(
            registration=registration,
            method=method,
            path=path,
            content=None if body is None else _encode(body),
            headers=self._headers(speech, with_body=body is not None),
            asked=self._asked,
        )

    def _headers(self, speech: Speech, *, with_body: bool) -> dict[str, str]:
        linked_data = with_body and speech.same and is_linked_data(self.request)
        headers = {"Accept": _JSON}
        if with_body:
            headers["Content-Type"] = "application/ld+json" if linked_data else _JSON
        if not linked_data:
            headers["Link"] = link_to(speech.names)
        return headers

    def part(self, raw: Mapping[str, Any], attributes: frozenset[str], speech: Speech) -> dict[str, Any]:
        """An entity, or a piece of one, with only these attributes, in the source's names."""
        held = {
            name: one for name, one in raw.items() if name in ENTITY_MEMBERS or self.names.stored(name) in attributes
        }
        if not speech.same:
            held = shown_entity(stored_entity(_without_context(held), self.names), speech.names)
        return held if speech.version is None else older_course(held, speech.version)


def _without_context(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in raw.items() if name != "@context"}


def path_of(*segments: str, parameters: Mapping[str, str] | None = None) -> str:
    """``/entities/urn:…?type=…`` with what must be escaped."""
    path = "".join("/" + quote(one, safe=":") for one in segments)
    held = {name: one for name, one in (parameters or {}).items() if one}
    return f"{path}?{urlencode(held, safe=',:;=')}" if held else path


def again(request: Request, content: bytes | None) -> Request:
    """The request once more, with another body."""
    body = b"" if content is None else content
    headers = [(name, held) for name, held in request.scope["headers"] if name != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode()))
    made = Request({**request.scope, "headers": headers}, received(body))
    made.segments = request.segments
    return made


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What was refused here."""

    error: HuichengError

    def problem(self, language: str) -> dict[str, Any]:
        return problem(self.error, language, etsi=True)


async def attempt(handler: Handler, request: Request) -> Answer | Fault:
    """What becomes of a request here."""
    try:
        return await handler(request)
    except HuichengError as error:
        return Fault(error=error)
