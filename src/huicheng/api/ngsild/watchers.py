"""``/csourceSubscriptions`` (CIM 009, 6.12, 6.13): who wants to hear of registrations."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from huicheng.access import Subject, demand
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import (
    NO_CONTENT,
    created,
    json_answer,
    list_answer,
    options_of,
    paging,
    plain_media,
)
from huicheng.api.ngsild.tools import Tools
from huicheng.context import (
    MOST_ON_A_PAGE,
    Names,
    Subscription,
    Watching,
    flag,
    number,
    respelled,
    wall_clock,
    without_inner,
)
from huicheng.errors import Invalid
from huicheng.ingest import is_uri

_RESOURCE = "Subscription"


class WatcherDoor:
    """Handlers. Each needs the policy for its action on subscriptions, and touches only the asker's own."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @property
    def _kept(self) -> Watching:
        return self._tools.federation.watching

    async def create(self, request: Request) -> Answer:
        """201 with its address."""
        owner = await self._owner(request, "create")
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        made = await self._kept.create(body, names, owner, await self._tools.federation.registrations.all())
        return created(f"/ngsi-ld/v1/csourceSubscriptions/{quote(made.id, safe=':')}")

    async def list(self, request: Request) -> Answer:
        """The asker's own, a page of them."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        owner = await self._owner(request, "read")
        asked = request.parameters
        limit = number(asked.get("limit"), place="limit", most=MOST_ON_A_PAGE, default=20)
        offset = number(asked.get("offset"), place="offset", most=10_000_000, default=0)
        found, total = await self._kept.page(owner, limit=limit, offset=offset)
        counting = "count" in options_of(request) or flag(asked.get("count"), place="count")
        more = offset + len(found) < total
        headers = paging(request, limit=limit, offset=offset, more=more, count=total if counting else None)
        return list_answer([_shown(one, names, request) for one in found], media, headers, names=names)

    async def get(self, request: Request) -> Answer:
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        found = await self._kept.get(_id(request), await self._owner(request, "read"))
        return json_answer(_shown(found, names, request), media, names=names)

    async def update(self, request: Request) -> Answer:
        """204."""
        owner = await self._owner(request, "update")
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        await self._kept.update(_id(request), body, names, owner, await self._tools.federation.registrations.all())
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """204."""
        await self._kept.delete(_id(request), await self._owner(request, "delete"))
        return NO_CONTENT

    async def _owner(self, request: Request, action: str) -> Subject:
        subject = await self._tools.subject(request)
        guard = await self._tools.context.guard(subject, action)
        demand(guard, action, _RESOURCE, {"owner": subject.id})
        return subject


def _id(request: Request) -> str:
    key = request.segments[0]
    if is_uri(key) is None:
        raise Invalid(place="/id", why="id must be a URI.")
    return key


def _shown(one: Subscription, names: Names, request: Request) -> dict[str, Any]:
    """What goes without saying (active, never sent) is not said."""
    document = one.document(wall_clock(), system="sysAttrs" in options_of(request))
    shown = respelled(without_inner(document), names.shown)
    del shown["notificationTrigger"]
    if not one.counters.sent:
        shown["notification"] = {k: v for k, v in shown["notification"].items() if k not in {"status", "timesSent"}}
    return shown
