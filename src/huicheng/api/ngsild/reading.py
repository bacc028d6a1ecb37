"""Reading the state: entities, one entity, queries by body, types (CIM 009, 6.4, 6.5, 6.23, 6.25)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.faults import AttributeNotFound
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import (
    Wanted,
    entity_answer,
    json_answer,
    media_of,
    page_answer,
    paging,
    spliced,
    wanted,
)
from huicheng.api.ngsild.permission import whole_type
from huicheng.api.ngsild.tools import Tools
from huicheng.context import Format, listed
from huicheng.errors import Invalid


class Reading:
    """Handlers that only read the state."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def query(self, request: Request) -> Answer:
        """Entities by parameters of the query string."""
        return await self._page(request, request.parameters)

    async def post_query(self, request: Request) -> Answer:
        """The same by a body; parameters of paging and form stay in the query string."""
        return await self._page(request, query_of_body(await request.json(self._tools.body_bytes), request))

    async def _page(self, request: Request, asked: Mapping[str, Any]) -> Answer:
        how = wanted(request)
        subject = await self._tools.subject(request)
        found = await self._tools.context.query({**asked, "count": how.count}, subject)
        query = found.query
        headers = paging(request, limit=query.limit, offset=query.offset, more=found.more, count=found.page.count)
        return page_answer(found.page, how, query.having, headers)

    async def entity(self, request: Request) -> Answer:
        """One entity by its id."""
        (id,) = request.segments  # noqa: A001 - NGSI-LD's own word
        how = wanted(request)
        only = listed(request.parameters.get("attrs"), place="attrs")
        subject = await self._tools.subject(request)
        if how == Wanted(how.media, Format.NORMALIZED, system=False, count=how.count) and not only:
            answer = await self._as_stored(id, subject, how)
            if answer is not None:
                return answer
        stored = await self._tools.context.get(id, subject)
        if only and not any(name in stored.entity.attributes for name in only):
            raise AttributeNotFound(place="attrs", key=id, attribute=", ".join(only)[:200])
        return entity_answer(stored, how, only)

    async def _as_stored(self, id: str, subject: Any, how: Wanted) -> Answer | None:
        """Its text as it lies in the store, where nothing of its type is held back."""
        if how.media == "application/geo+json":
            return None
        guard = await self._tools.context.guard(subject)
        rows = await self._tools.store.rows("state.get", (id,))
        if not rows or not whole_type(guard, rows[0]["type"]) or rows[0]["type"] in self._tools.context.personal:
            return None
        return spliced(id, rows[0]["type"], rows[0]["doc"], how.media)

    async def types(self, request: Request) -> Answer:
        """Types of which the asker may see something (CIM 009, 5.2.24)."""
        names = await self._tools.context.types(await self._tools.subject(request))
        shown = {"id": "urn:ngsi-ld:EntityTypeList:1", "type": "EntityTypeList", "typeList": names}
        return json_answer(shown, media_of(request.header(b"accept")))


def query_of_body(body: Any, request: Request) -> dict[str, Any]:
    """The parameters that a ``Query`` (5.2.23) stands for."""
    if not isinstance(body, dict) or body.get("type", "Query") != "Query":
        raise Invalid(place="/", why="The body must be a JSON object of type Query.")
    asked: dict[str, Any] = {key: body[key] for key in ("attrs", "q", "geoQ") if key in body}
    temporal = body.get("temporalQ")
    if isinstance(temporal, dict):
        asked |= temporal
    asked |= {key: held for key, held in request.parameters.items() if key in {"limit", "offset", "options"}}
    return asked | _selectors(body.get("entities"))


def _selectors(entities: Any) -> dict[str, Any]:
    """Selectors that differ in more than type or id would need several queries: one is taken."""
    if entities is None:
        return {}
    if not isinstance(entities, list) or not all(isinstance(one, dict) for one in entities):
        raise Invalid(place="/entities", why="entities must be an array of objects.")
    asked = {
        "type": [name for one in entities for name in listed(one.get("type"), place="/entities/type")],
        "id": [name for one in entities for name in listed(one.get("id"), place="/entities/id")],
        "idPattern": next((one["idPattern"] for one in entities if "idPattern" in one), None),
    }
    if len(entities) > 1 and (asked["idPattern"] or (asked["id"] and asked["type"])):
        raise Invalid(place="/entities", why="Several selectors may name only types, or only ids.")
    return asked
