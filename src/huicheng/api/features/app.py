"""The door ``/features/``: raw ASGI, a table of routes, and one place where faults become answers."""

from __future__ import annotations

from huicheng.api.faults import MethodNotAllowed
from huicheng.api.features.collections import Collections
from huicheng.api.features.items import Items
from huicheng.api.features.links import ROOT
from huicheng.api.features.service import Description, conformance, landing
from huicheng.api.features.tiles import Tiles
from huicheng.api.features.tools import Tools
from huicheng.api.http import Answer, Receive, Request, Scope, Send, respond
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.routes import Handler, Routes
from huicheng.api.tally import Tally
from huicheng.errors import HuichengError

_C = "/collections/{type}"


def table(tools: Tools) -> list[tuple[str, str, Handler]]:
    """Method, path below the root, handler."""
    layers, items, tiles = Collections(tools), Items(tools), Tiles(tools)
    return [
        ("GET", "/", landing),
        ("GET", "/conformance", conformance),
        ("GET", "/api", Description(tools).document),
        ("GET", "/collections", layers.several),
        ("GET", _C, layers.single),
        ("GET", f"{_C}/queryables", layers.queryables),
        ("GET", f"{_C}/schema", layers.schema),
        ("GET", f"{_C}/items", items.several),
        ("GET", f"{_C}/items/{{id}}", items.single),
        ("GET", f"{_C}/tiles", tiles.sets),
        ("GET", f"{_C}/tiles/{{set}}", tiles.set),
        ("GET", f"{_C}/tiles/{{set}}/{{zoom}}/{{row}}/{{column}}", tiles.tile),
    ]


class Features:
    """An ASGI application."""

    def __init__(self, tools: Tools, tally: Tally) -> None:
        self._routes = Routes(ROOT, table(tools))
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; every fault is a problem with its place and remedy."""
        request = Request(scope, receive)
        found = await self._answer(request)
        self._tally.answered("features", found.status)
        await respond(send, found, head=request.method == "HEAD")

    async def _answer(self, request: Request) -> Answer:
        try:
            handler, allowed = self._routes.find(request)
            if handler is None:
                return Answer(204, b"", ((b"allow", allowed.encode()),))
            return await handler(request)
        except HuichengError as fault:
            return _fault(request, fault)
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            return _fault(request, unforeseen(fault))


def _fault(request: Request, fault: HuichengError) -> Answer:
    found = answer(fault, language_of(request.header(b"accept-language")))
    if isinstance(fault, MethodNotAllowed):
        allow = (b"allow", str(fault.details["allowed"]).encode())
        return Answer(found.status, found.body, (*found.headers, allow))
    return found
