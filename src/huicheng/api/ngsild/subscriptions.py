"""``/subscriptions`` (CIM 009, 6.10, 6.11)."""

from __future__ import annotations

from urllib.parse import quote

from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import (
    NO_CONTENT,
    Window,
    created,
    json_answer,
    list_answer,
    plain_media,
    system_of,
)
from huicheng.api.ngsild.hosting import base_of
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import entity_id
from huicheng.context import Names, address, wall_clock


class SubscriptionDoor:
    """Handlers. Each needs the policy for its action, and touches only the asker's own."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._kept = tools.subscriptions

    async def create(self, request: Request) -> Answer:
        """201 with its address."""
        owner = await self._tools.owner(request, "create")
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        made = await self._kept.create(body, owner, names, await self._address(request, names))
        return created(f"/ngsi-ld/v1/subscriptions/{quote(made.id, safe=':')}")

    async def list(self, request: Request) -> Answer:
        """The asker's own, a page of them."""
        media = plain_media(request)
        owner = await self._tools.owner(request, "read")
        window = Window.said(request)
        found, total = await self._kept.list(owner, limit=window.limit, offset=window.offset)
        headers = window.headers(request, total)
        names, system = await self._tools.spoken.names(request), system_of(request)
        shown = [one.document(wall_clock(), system=system, names=names) for one in found]
        return list_answer(shown, media, headers, names=names)

    async def get(self, request: Request) -> Answer:
        media = plain_media(request)
        found = await self._kept.get(entity_id(request), await self._tools.owner(request, "read"))
        names, system = await self._tools.spoken.names(request), system_of(request)
        return json_answer(found.document(wall_clock(), system=system, names=names), media, names=names)

    async def update(self, request: Request) -> Answer:
        """204."""
        owner = await self._tools.owner(request, "update")
        id = entity_id(request)  # noqa: A001 - NGSI-LD's own word
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        await self._kept.update(id, body, owner, names, await self._address(request, names))
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """204."""
        await self._kept.delete(entity_id(request), await self._tools.owner(request, "delete"))
        return NO_CONTENT

    async def _address(self, request: Request, names: Names) -> str | None:
        """Where the @context of a request lies; one that came inside a body is kept here."""
        context = names.context
        if names.core or isinstance(context, str):
            return None if names.core else str(context)
        if isinstance(context, list) and len(context) == 1 and isinstance(context[0], str):
            return str(context[0])
        kept = await self._tools.contexts.add({"@context": context}, "ImplicitlyCreated")
        return address(kept, base_of(request))
