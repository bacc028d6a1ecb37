"""The course of entities in time (CIM 009, 6.18, 6.19, 6.24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import json_answer, list_answer, options_of, paging, plain_media, refuse_unknown
from huicheng.api.ngsild.reading import query_of_body
from huicheng.api.ngsild.tools import Tools
from huicheng.context import Shape

_OPTIONS = frozenset({"temporalValues", "aggregatedValues", "sysAttrs", "count", "normalized"})


class Temporal:
    """Handlers of ``/temporal``. Instances of history cannot be written here: they come with the values."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def query(self, request: Request) -> Answer:
        """``GET /temporal/entities``."""
        return await self._courses(request, request.parameters)

    async def post_query(self, request: Request) -> Answer:
        """``POST /temporal/entityOperations/query``."""
        body = await request.json(self._tools.body_bytes)
        return await self._courses(request, query_of_body(body, request))

    async def _courses(self, request: Request, asked: Mapping[str, Any]) -> Answer:
        media = plain_media(request)
        counting = "count" in options_of(request) or request.parameters.get("count") == "true"
        subject = await self._tools.subject(request)
        page = await self._tools.context.courses({**asked, "count": counting}, subject, _shape(request))
        query, found = page.found.query, page.found
        headers = paging(request, limit=query.limit, offset=query.offset, more=found.more, count=found.page.count)
        return list_answer(page.entities, media, headers)

    async def entity(self, request: Request) -> Answer:
        """``GET /temporal/entities/{id}``."""
        (id,) = request.segments  # noqa: A001 - NGSI-LD's own word
        media = plain_media(request)
        subject = await self._tools.subject(request)
        return json_answer(await self._tools.context.course(id, request.parameters, subject, _shape(request)), media)


def _shape(request: Request) -> Shape:
    options = options_of(request)
    refuse_unknown(options, _OPTIONS)
    if "aggregatedValues" in options:
        return "aggregatedValues"
    return "temporalValues" if "temporalValues" in options else "normalized"
