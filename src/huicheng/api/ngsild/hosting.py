"""``/jsonldContexts``: @contexts that are kept here (CIM 009, 6.29, 6.30)."""

from __future__ import annotations

from typing import Any, get_args

from huicheng.access import demand
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, created, plain_json
from huicheng.api.ngsild.tools import Tools
from huicheng.context import CONTEXTS_PATH, ContextKind, address, flag
from huicheng.errors import Invalid

_RESOURCE = "JsonLdContext"


class Hosting:
    """Handlers. Contexts hold no data of the city: who may read anything may read them."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def add(self, request: Request) -> Answer:
        """201 with its address."""
        await self._demand(request, "create")
        kept = await self._tools.contexts.add(await request.json(self._tools.body_bytes))
        return created(CONTEXTS_PATH + kept.id)

    async def list(self, request: Request) -> Answer:
        """Addresses, or what is known of each (``details``), of one ``kind`` or all."""
        asked = request.parameters.get("kind") or None
        if asked is not None and asked not in get_args(ContextKind):
            raise Invalid(place="kind", why="kind must be among Hosted, Cached, ImplicitlyCreated.")
        details = flag(request.parameters.get("details"), place="details")
        kept = await self._tools.contexts.all(asked)  # type: ignore[arg-type]  # compared with the kinds above
        base = base_of(request)
        shown: list[Any] = [self._tools.contexts.details(one, base) if details else address(one, base) for one in kept]
        return plain_json(shown)

    async def serve(self, request: Request) -> Answer:
        """The document, or what is known of it."""
        kept = await self._tools.contexts.get(request.segments[0])
        if flag(request.parameters.get("details"), place="details"):
            return plain_json(self._tools.contexts.details(kept, base_of(request)))
        return plain_json(kept.document)

    async def remove(self, request: Request) -> Answer:
        """204; with ``reload`` a cached one is fetched anew instead."""
        await self._demand(request, "delete")
        reload = flag(request.parameters.get("reload"), place="reload")
        await self._tools.contexts.remove(request.segments[0], reload=reload)
        return NO_CONTENT

    async def _demand(self, request: Request, action: str) -> None:
        subject = await self._tools.subject(request)
        demand(await self._tools.context.guard(subject, action), action, _RESOURCE)


def base_of(request: Request) -> str:
    """Where this server is reached, as the asker says it."""
    return f"{request.scope.get('scheme', 'http')}://{request.header(b'host') or 'localhost'}"
