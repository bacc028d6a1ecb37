"""Which @context a request speaks in, and its body with the names under which things are stored (CIM 009, 6.3.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from huicheng.api.http import Request
from huicheng.api.json_text import decode
from huicheng.api.ngsild.decoding import Unread, said_id
from huicheng.context import CORE, BadContext, Contexts, ContextUnavailable, Names, stored_entity
from huicheng.errors import Invalid

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*\w+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_RELATION = re.compile(r";\s*rel\s*=\s*\"?http://www\.w3\.org/ns/json-ld#context\"?(?:\s|;|$)")
_LINKED_DATA = b"application/ld+json"


def linked_context(request: Request) -> str | None:
    """The address in a ``Link`` header whose relation is ``http://www.w3.org/ns/json-ld#context``."""
    header = request.headers.get(b"link")
    if header is None:
        return None
    found = [url for url, rest in _LINK.findall(header.decode("latin-1")) if _RELATION.search(rest)]
    if len(found) > 1:
        raise BadContext(place="Link", why="the Link header names more than one")
    return found[0] if found else None


def speaks_plainly(request: Request) -> bool:
    """Whether a body is plain JSON in the core context: nearly every one is."""
    return b"link" not in request.headers and not is_linked_data(request)


def is_linked_data(request: Request) -> bool:
    """Whether the body carries its own @context."""
    return request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == _LINKED_DATA


class Spoken:
    """Reads names and bodies of requests."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    async def names(self, request: Request) -> Names:
        """Of a request without a body, or with one in plain JSON: by its ``Link``."""
        linked = linked_context(request)
        return CORE if linked is None else await self._contexts.names(linked)

    async def body(self, request: Request, limit: int) -> tuple[Any, Names]:
        """The decoded body without its @context, and the names that it speaks in."""
        return await self.read(request, await request.json_bytes(limit))

    async def read(self, request: Request, text: bytes) -> tuple[Any, Names]:
        """The same of a body that was received."""
        body = decode(text)
        if not is_linked_data(request):
            return body, await self.names(request)
        self.refuse_link(request)
        return await self.own(body)

    async def several(self, request: Request, text: bytes) -> list[Any]:
        """A batch: each entity with stored names, or the fault of its @context."""
        bodies = decode(text)
        if not isinstance(bodies, list):
            raise Invalid(place="/", why="The body must be an array of entities.")
        if is_linked_data(request):
            self.refuse_link(request)
            return [await self._one(body, f"/{number}") for number, body in enumerate(bodies)]
        names = await self.names(request)
        return [stored_entity(body, names) for body in bodies]

    async def _one(self, body: Any, place: str) -> Any:
        try:
            own, names = await self.own(body, place)
        except (BadContext, ContextUnavailable) as fault:
            return Unread(fault=fault, id=said_id(body))
        return stored_entity(own, names)

    async def own(self, body: Any, place: str = "") -> tuple[Any, Names]:
        """A JSON-LD body and its own names; ``BadContext`` when it has no @context."""
        if not isinstance(body, Mapping):
            return body, CORE
        if body.get("@context") is None:
            raise BadContext(place=f"{place}/@context", why="it is missing in a body of type application/ld+json")
        names = await self._contexts.names(body["@context"])
        return {name: held for name, held in body.items() if name != "@context"}, names

    @staticmethod
    def refuse_link(request: Request) -> None:
        """A body that carries its own context leaves no room for another."""
        if linked_context(request) is not None:
            raise BadContext(place="Link", why="application/ld+json carries its own")
