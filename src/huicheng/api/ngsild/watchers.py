"""``/csourceSubscriptions`` (CIM 009, 6.12, 6.13): who wants to hear of registrations."""

from __future__ import annotations

from typing import Any
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
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import entity_id
from huicheng.context import (
    Names,
    Subscription,
    Watching,
    respelled,
    wall_clock,
    without_inner,
)


class WatcherDoor:
    """Handlers. Each needs the policy for its action on subscriptions, and touches only the asker's own."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @property
    def _kept(self) -> Watching:
        return self._tools.federation.watching

    async def create(self, request: Request) -> Answer:
        """201 with its address."""
        owner = await self._tools.owner(request, "create")
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        made = await self._kept.create(body, names, owner, await self._tools.federation.registrations.all())
        return created(f"/ngsi-ld/v1/csourceSubscriptions/{quote(made.id, safe=':')}")

    async def list(self, request: Request) -> Answer:
        """The asker's own, a page of them."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        owner = await self._tools.owner(request, "read")
        window = Window.said(request)
        found, total = await self._kept.page(owner, limit=window.limit, offset=window.offset)
        headers = window.headers(request, total)
        return list_answer([_shown(one, names, request) for one in found], media, headers, names=names)

    async def get(self, request: Request) -> Answer:
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        found = await self._kept.get(entity_id(request), await self._tools.owner(request, "read"))
        return json_answer(_shown(found, names, request), media, names=names)

    async def update(self, request: Request) -> Answer:
        """204."""
        owner = await self._tools.owner(request, "update")
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        there = await self._tools.federation.registrations.all()
        await self._kept.update(entity_id(request), body, names, owner, there)
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """204."""
        await self._kept.delete(entity_id(request), await self._tools.owner(request, "delete"))
        return NO_CONTENT


def _shown(one: Subscription, names: Names, request: Request) -> dict[str, Any]:
    """What goes without saying (active, never sent) is not said."""
    document = one.document(wall_clock(), system=system_of(request))
    shown = respelled(without_inner(document), names.shown)
    del shown["notificationTrigger"]
    if not one.counters.sent:
        shown["notification"] = {k: v for k, v in shown["notification"].items() if k not in {"status", "timesSent"}}
    return shown
