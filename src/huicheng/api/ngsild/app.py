"""The door ``/ngsi-ld/v1/``: raw ASGI, a table of routes, and one place where faults become answers."""

from __future__ import annotations

from huicheng.api.faults import MethodNotAllowed, NoSuchTenant, TooDeep
from huicheng.api.http import Answer, Receive, Request, Scope, Send, respond
from huicheng.api.ngsild.batch import Batch
from huicheng.api.ngsild.reading import Reading
from huicheng.api.ngsild.subscriptions import SubscriptionDoor
from huicheng.api.ngsild.temporal import Temporal
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.writing import BASE, Writing
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.routes import Handler, Routes
from huicheng.api.tally import Tally
from huicheng.errors import HuichengError


def table(tools: Tools) -> list[tuple[str, str, Handler]]:
    """Method, path below the base, handler."""
    reading, writing, batch = Reading(tools), Writing(tools), Batch(tools)
    temporal, kept = Temporal(tools), SubscriptionDoor(tools)
    return [
        ("GET", "/entities", reading.query),
        ("POST", "/entities", writing.create),
        ("GET", "/entities/{id}", reading.entity),
        ("PUT", "/entities/{id}", writing.replace),
        ("PATCH", "/entities/{id}", writing.merge),
        ("DELETE", "/entities/{id}", writing.delete),
        ("POST", "/entities/{id}/attrs", writing.append),
        ("PATCH", "/entities/{id}/attrs", writing.update),
        ("PATCH", "/entities/{id}/attrs/{attr}", writing.patch_attribute),
        ("PUT", "/entities/{id}/attrs/{attr}", writing.put_attribute),
        ("DELETE", "/entities/{id}/attrs/{attr}", writing.delete_attribute),
        ("POST", "/entityOperations/create", batch.create),
        ("POST", "/entityOperations/upsert", batch.upsert),
        ("POST", "/entityOperations/update", batch.update),
        ("POST", "/entityOperations/merge", batch.merge),
        ("POST", "/entityOperations/delete", batch.delete),
        ("POST", "/entityOperations/query", reading.post_query),
        ("GET", "/temporal/entities", temporal.query),
        ("GET", "/temporal/entities/{id}", temporal.entity),
        ("POST", "/temporal/entityOperations/query", temporal.post_query),
        ("GET", "/subscriptions", kept.list),
        ("POST", "/subscriptions", kept.create),
        ("GET", "/subscriptions/{id}", kept.get),
        ("PATCH", "/subscriptions/{id}", kept.update),
        ("DELETE", "/subscriptions/{id}", kept.delete),
        ("GET", "/types", reading.types),
    ]


class NgsiLd:
    """An ASGI application."""

    def __init__(self, tools: Tools, tally: Tally) -> None:
        self._routes = Routes(BASE, table(tools))
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; every fault is a problem with its place and remedy."""
        request = Request(scope, receive)
        found = await self._answer(request)
        self._tally.answered("ngsi-ld", found.status)
        await respond(send, found, head=request.method == "HEAD")

    async def _answer(self, request: Request) -> Answer:
        try:
            return await self._handled(request)
        except HuichengError as fault:
            return _fault(request, fault)
        except RecursionError:
            return _fault(request, TooDeep())
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            return _fault(request, unforeseen(fault))

    async def _handled(self, request: Request) -> Answer:
        tenant = request.header(b"ngsild-tenant")
        if tenant not in {"", "default"}:
            raise NoSuchTenant(tenant=tenant[:80])
        handler, allowed = self._routes.find(request)
        if handler is None:
            return Answer(204, b"", ((b"allow", allowed.encode()),))
        return await handler(request)


def _fault(request: Request, fault: HuichengError) -> Answer:
    found = answer(fault, language_of(request.header(b"accept-language")), etsi=True)
    if isinstance(fault, MethodNotAllowed):
        allow = (b"allow", str(fault.details["allowed"]).encode())
        return Answer(found.status, found.body, (*found.headers, allow))
    return found
