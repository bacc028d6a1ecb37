"""``/webhooks/v1/hooks``: an integration registers addresses that hear of every transition of a case.

A thin cover over subscriptions (policy resource ``Subscription``): simple JSON in and out, and a
secret, told once, with which each delivery is signed. See docs/how-to/webhooks.md.
"""

from __future__ import annotations

from typing import Any

import msgspec

from huicheng.access import Subject, demand
from huicheng.api.faults import MethodNotAllowed
from huicheng.api.http import Answer, Receive, Request, Scope, Send, respond
from huicheng.api.ngsild.tools import Tools
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.routes import Handler, Routes
from huicheng.api.tally import Tally
from huicheng.city import rfc3339
from huicheng.context import Hook, Signer, Subscription, is_webhook, wall_clock, wish_of
from huicheng.errors import HuichengError, Invalid, NotFound

BASE = "/webhooks/v1"
_RESOURCE = "Subscription"
_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_BODY_BYTES = 20_000
_MOST = 1_000


class _Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pause, or go on."""

    active: bool


class Webhooks:
    """An ASGI application."""

    def __init__(self, tools: Tools, tally: Tally, signer: Signer) -> None:
        self._tools = tools
        self._tally = tally
        self._signer = signer
        self._routes = Routes(BASE, self.table())

    def table(self) -> list[tuple[str, str, Handler]]:
        """Method, path below the base, handler."""
        return [
            ("POST", "/hooks", self.create),
            ("GET", "/hooks", self.list),
            ("GET", "/hooks/{id}", self.get),
            ("PATCH", "/hooks/{id}", self.switch),
            ("DELETE", "/hooks/{id}", self.delete),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        language = language_of(request.header(b"accept-language"))
        try:
            found = await self._handled(request)
        except HuichengError as fault:
            found = answer(fault, language)
            if isinstance(fault, MethodNotAllowed):
                allow = (b"allow", str(fault.details["allowed"]).encode())
                found = Answer(found.status, found.body, (*found.headers, allow))
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            found = answer(unforeseen(fault), language)
        self._tally.answered("webhooks", found.status)
        await respond(send, found, head=request.method == "HEAD")

    async def _handled(self, request: Request) -> Answer:
        handler, allowed = self._routes.find(request)
        if handler is None:
            return Answer(204, b"", ((b"allow", allowed.encode()),))
        return await handler(request)

    async def create(self, request: Request) -> Answer:
        """201 with the secret, which is told this once."""
        owner = await self._owner(request, "create")
        hook = await self._body(request, Hook)
        _check(hook)
        made = await self._tools.subscriptions.create(wish_of(hook), owner)
        shown = {**_shown(made), "secret": self._signer.secret(made)}
        location = (b"location", f"{BASE}/hooks/{made.id}".encode())
        return Answer(201, msgspec.json.encode(shown), (*_JSON, location))

    async def list(self, request: Request) -> Answer:
        """The asker's own."""
        owner = await self._owner(request, "read")
        found, _total = await self._tools.subscriptions.list(owner, limit=_MOST, offset=0)
        return _answer([_shown(one) for one in found if is_webhook(one)])

    async def get(self, request: Request) -> Answer:
        """One of the asker's own, and how its deliveries fared."""
        return _answer(_shown(await self._own(request, "read")))

    async def switch(self, request: Request) -> Answer:
        """``{"active": false}`` pauses it: what changes meanwhile is not told later."""
        hook = await self._own(request, "update")
        wanted = await self._body(request, _Switch)
        changed = await self._tools.subscriptions.update(hook.id, {"isActive": wanted.active}, hook.owner)
        return _answer(_shown(changed))

    async def delete(self, request: Request) -> Answer:
        """204."""
        hook = await self._own(request, "delete")
        await self._tools.subscriptions.delete(hook.id, hook.owner)
        return Answer(204)

    async def _own(self, request: Request, action: str) -> Subscription:
        owner = await self._owner(request, action)
        found = await self._tools.subscriptions.get(request.segments[0], owner)
        if not is_webhook(found):
            raise NotFound(what="webhook", key=request.segments[0][:80])
        return found

    async def _owner(self, request: Request, action: str) -> Subject:
        subject = await self._tools.subject(request)
        demand(await self._tools.context.guard(subject, action), action, _RESOURCE, {"owner": subject.id})
        return subject

    async def _body(self, request: Request, shape: Any) -> Any:
        sent = await request.json(_BODY_BYTES)
        try:
            return msgspec.convert(sent, shape)
        except msgspec.ValidationError as fault:
            said, _at, place = str(fault).partition(" - at `$")
            raise Invalid(place=place.rstrip("`").replace(".", "/") or "/", why="%(fault)s.", fault=said) from None


def _check(hook: Hook) -> None:
    if not 0 < len(hook.name) <= 100:
        raise Invalid(place="/name", why="The name has 1 to 100 characters.")
    for kind in hook.kinds:
        if not kind or '"' in kind or "\\" in kind or len(kind) > 100:
            raise Invalid(place="/kinds", why="A kind is written pack/kind.")


def _shown(subscription: Subscription) -> dict[str, Any]:
    wish, counters = subscription.wish, subscription.counters
    failed = None if counters.last_failure is None else rfc3339(counters.last_failure)
    return {
        "id": subscription.id,
        "name": wish.subscription_name,
        "address": wish.notification.endpoint.uri,
        "kinds": [part.strip('"') for part in (wish.q or "").removeprefix("kind==").split(",") if part],
        "active": subscription.status(wall_clock()) == "active",
        "sent": counters.sent,
        "failed": counters.failed,
        "lastFailure": failed,
        "reason": counters.reason,
    }


def _answer(shown: Any) -> Answer:
    return Answer(200, msgspec.json.encode(shown), _JSON)
