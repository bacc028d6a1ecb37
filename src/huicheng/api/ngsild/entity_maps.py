"""``/entityMaps/{id}`` (CIM 009, 6.32): what a query has found, for whom it was found. Queries make them."""

from __future__ import annotations

from huicheng.access import Guard
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import NO_CONTENT, json_answer, plain_media
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import entity_id


class EntityMapDoor:
    """Handlers. Nobody else's map is there."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def get(self, request: Request) -> Answer:
        media = plain_media(request)
        found = await self._tools.maps.get(entity_id(request), await self._guard(request))
        return json_answer(found.document(), media, names=await self._tools.spoken.names(request))

    async def update(self, request: Request) -> Answer:
        """204."""
        id, guard = entity_id(request), await self._guard(request)  # noqa: A001 - NGSI-LD's own word
        body, _ = await self._tools.spoken.body(request, self._tools.body_bytes)
        await self._tools.maps.update(id, body, guard)
        return NO_CONTENT

    async def delete(self, request: Request) -> Answer:
        """204."""
        await self._tools.maps.delete(entity_id(request), await self._guard(request))
        return NO_CONTENT

    async def _guard(self, request: Request) -> Guard:
        return await self._tools.context.guard(await self._tools.subject(request))
