"""``/csourceRegistrations`` (CIM 009, 6.8, 6.9), and who this broker is among others (6.33)."""

from __future__ import annotations

import time
from urllib.parse import quote

from huicheng.access import Guard
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
from huicheng.city import rfc3339
from huicheng.context import (
    REGISTRATION,
    BadContext,
    Registration,
    Registrations,
    may_touch,
    question_of,
    wall_clock,
)
from huicheng.errors import NotFound, Refused

_STARTED = time.monotonic()


class RegistrationDoor:
    """Handlers. Whose registrations one may read, change and delete is said by policies on ``owner`` and ``id``."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @property
    def _kept(self) -> Registrations:
        return self._tools.federation.registrations

    async def create(self, request: Request) -> Answer:
        """201 with its address."""
        subject = await self._tools.owner(request, "create", REGISTRATION)
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        if isinstance(body, dict) and "@context" in body:  # of JSON-LD it has been taken out
            raise BadContext(place="/@context", why="application/json carries none; it comes in a Link header")
        made = await self._kept.create(body, names, subject)
        return created(f"/ngsi-ld/v1/csourceRegistrations/{quote(made.id, safe=':')}")

    async def query(self, request: Request) -> Answer:
        """Those that fit and may be read, a page of them."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        guard = await self._guard(request, "read")
        question = question_of(request.parameters, names)
        window = Window.said(request)
        await self._tools.federation.usage.flush()
        found = [one for one in await self._kept.find(question) if may_touch(guard, one)]
        headers = window.headers(request, len(found))
        system = system_of(request)
        shown = [one.document(names, system=system) for one in window.page(found)]
        return list_answer(shown, media, headers, names=names)

    async def get(self, request: Request) -> Answer:
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        await self._tools.federation.usage.flush()
        found = await self._there(request, "read")
        return json_answer(found.document(names, system=system_of(request)), media, names=names)

    async def update(self, request: Request) -> Answer:
        """204."""
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        await self._kept.update(await self._there(request, "update"), body, names)
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """204."""
        await self._kept.delete(await self._there(request, "delete"))
        return NO_CONTENT

    async def identity(self, request: Request) -> Answer:
        """``GET /info/sourceIdentity``: by what others know this broker, so that they can see loops."""
        media = plain_media(request)
        alias = await self._tools.federation.alias()
        shown = {
            "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
            "type": "ContextSourceIdentity",
            "contextSourceAlias": alias,
            "contextSourceUptime": f"PT{int(time.monotonic() - _STARTED)}S",
            "contextSourceTimeAt": rfc3339(wall_clock()),
        }
        return json_answer(shown, media)

    async def _guard(self, request: Request, action: str) -> Guard:
        return await self._tools.context.guard(await self._tools.subject(request), action)

    async def _there(self, request: Request, action: str) -> Registration:
        """Who may not touch it hears 403 only when they may read it."""
        key = entity_id(request)
        found = await self._kept.get(key)
        if may_touch(await self._guard(request, action), found):
            return found
        if action != "read" and may_touch(await self._guard(request, "read"), found):
            raise Refused(action=action, resource=REGISTRATION)
        raise NotFound(what="registration", key=key)
