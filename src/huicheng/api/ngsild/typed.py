"""``type`` beside the id of one entity: what is of another type is not there (CIM 009, 6.5)."""

from __future__ import annotations

from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.tools import Tools
from huicheng.api.routes import Handler
from huicheng.errors import NotFound

_OF_ONE = "/entities/{id}"


def of_type(tools: Tools, path: str, handler: Handler) -> Handler:
    """The handler, for entities of the types that the request names. What only other sources hold is theirs to tell."""
    if not path.startswith(_OF_ONE):
        return handler

    async def handled(request: Request) -> Answer:
        if request.scope.get("query_string") and request.parameters.get("type"):
            await _check(tools, request)
        return await handler(request)

    return handled


async def _check(tools: Tools, request: Request) -> None:
    id, subject = request.segments[0], await tools.subject(request)  # noqa: A001 - NGSI-LD's own word
    names = await tools.spoken.names(request)
    here = {"id": id, "limit": 1}
    if not (await tools.context.query(here, subject, names)).page.entities:
        return
    asked = {**here, "type": request.parameters["type"]}
    if not (await tools.context.query(asked, subject, names)).page.entities:
        raise NotFound(what="entity", key=id)
