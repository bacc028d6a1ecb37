"""The door ``/sta/v1.1/``: raw ASGI, and one place where faults become answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

import msgspec

from huicheng.api.faults import MethodNotAllowed, NoSuchPath, TooDeep
from huicheng.api.http import Answer, Receive, Request, Scope, Send, respond
from huicheng.api.problem import language_of, problem, unforeseen
from huicheng.api.sensorthings.address import Address, address_of
from huicheng.api.sensorthings.answers import json_answer
from huicheng.api.sensorthings.batches import Batches
from huicheng.api.sensorthings.data_arrays import DataArrays
from huicheng.api.sensorthings.draft import ChangeSet
from huicheng.api.sensorthings.mqtt.declared import Endpoints
from huicheng.api.sensorthings.reading import Reading
from huicheng.api.sensorthings.service import service_root
from huicheng.api.sensorthings.tools import Tools
from huicheng.api.sensorthings.urls import ROOT, base_of
from huicheng.api.sensorthings.writing import Writing, allowed_at
from huicheng.api.tally import Tally
from huicheng.errors import HuichengError, Invalid

Handler = Callable[[Request, Address], Awaitable[Answer]]


class SensorThings:
    """An ASGI application."""

    def __init__(self, tools: Tools, tally: Tally, endpoints: Endpoints = Endpoints()) -> None:  # noqa: B008 - frozen
        self._tally = tally
        self._endpoints = endpoints
        self._handlers = _handlers(tools)
        #: Addresses that are no entities.
        self._actions = {
            "CreateObservations": DataArrays(tools).create,
            "$batch": Batches(tools, self.answering, self._handled).run,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; every fault is an error of the standard with its place and remedy."""
        request = Request(scope, receive)
        found = await self.answer(request)
        self._tally.answered("sensorthings", found.status)
        await respond(send, found, head=request.method == "HEAD")

    async def answer(self, request: Request) -> Answer:
        """The answer to one request."""
        return await self.answering(request, lambda: self._handled(request))

    async def answering(self, request: Request, handle: Callable[[], Awaitable[Answer]]) -> Answer:
        """What ``handle`` answers to a request, or to a part of a batch; or its fault."""
        try:
            return await handle()
        except HuichengError as fault:
            return fault_answer(request, fault)
        except RecursionError:
            return fault_answer(request, TooDeep())
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            return fault_answer(request, unforeseen(fault))

    async def _handled(self, request: Request) -> Answer:
        path = path_of(request)
        method = "GET" if request.method == "HEAD" else request.method
        if not path.strip("/"):
            return self._root(request, method)
        action = self._actions.get(path.rstrip("/"))
        if action is not None:
            if request.scope.get(ChangeSet.KEY) is not None:
                raise Invalid(place="url", why="This is a commit of its own, so it stands in no change set.")
            if method != "POST":
                raise MethodNotAllowed(method=method[:20], allowed="POST")
            return await action(request)
        address = address_of(path)
        if method == "OPTIONS":
            return Answer(204, b"", ((b"allow", allowed_at(address).encode()),))
        handler = self._handlers.get(method)
        if handler is None:
            raise MethodNotAllowed(method=method[:20], allowed=allowed_at(address))
        return await handler(request, address)

    def _root(self, request: Request, method: str) -> Answer:
        if method != "GET":
            raise MethodNotAllowed(method=method[:20], allowed="GET, HEAD")
        return json_answer(service_root(base_of(request), self._endpoints))


def _handlers(tools: Tools) -> Mapping[str, Handler]:
    writing = Writing(tools)
    return {
        "GET": Reading(tools).get,
        "POST": writing.post,
        "PATCH": writing.patch,
        "PUT": writing.put,
        "DELETE": writing.delete,
    }


def path_of(request: Request) -> str:
    """The decoded path below the root."""
    raw: bytes = request.scope.get("raw_path") or b""
    text = unquote(raw.partition(b"?")[0].decode("latin-1")) if raw else request.scope["path"]
    if not text.startswith(ROOT):
        raise NoSuchPath(path=text[:200])
    return str(text[len(ROOT) :]).lstrip("/")


def fault_answer(request: Request, fault: HuichengError) -> Answer:
    """``code``, ``type`` and ``message``; ``error`` is the name that other doors call ``code``."""
    language = language_of(request.header(b"accept-language"))
    said = problem(fault, language)
    shown = {"code": fault.status, "type": "error", "error": fault.slug, "message": said["detail"]}
    shown |= {name: said[name] for name in ("place", "flaws") if name in said}
    headers = [(b"content-type", b"application/json"), (b"content-language", language.encode())]
    if fault.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="huicheng"'))
    if isinstance(fault, MethodNotAllowed):
        headers.append((b"allow", str(fault.details["allowed"]).encode()))
    return Answer(fault.status, msgspec.json.encode(shown), tuple(headers))
