"""Tenants at this door (CIM 009, 4.14, 6.3.14): each answers from a store of its own, to whom a policy names it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from huicheng.access import Subject
from huicheng.api.faults import NoSuchTenant
from huicheng.api.http import Request
from huicheng.api.ngsild.tools import Tools
from huicheng.api.routes import Routes
from huicheng.context import TenantGuards
from huicheng.errors import Invalid
from huicheng.stores import Store, is_tenant_name

HEADER = b"ngsild-tenant"
#: What may make a tenant (5.6.1 and its likes): it is there before the request is looked at any closer.
_MAKING = frozenset({
    ("POST", "/entities"),
    ("POST", "/entityOperations/create"),
    ("POST", "/entityOperations/upsert"),
    ("POST", "/temporal/entities"),
    ("POST", "/subscriptions"),
    ("POST", "/csourceRegistrations"),
    ("POST", "/csourceSubscriptions"),
    ("POST", "/jsonldContexts"),
})  # fmt: skip
_ACTIONS = ("read", "create", "update", "delete")


class Tenancy(Protocol):
    """The stores of an installation's tenants."""

    def there(self, name: str) -> bool:
        """Whether there is such a tenant."""

    async def store(self, name: str) -> Store:
        """Its store; made if it is not there."""


class Tenants:
    """The addresses of each tenant, put together when it is first named."""

    def __init__(self, tools: Tools, tenancy: Tenancy, build: Callable[[Store, TenantGuards], Routes]) -> None:
        self._tools = tools
        self._tenancy = tenancy
        self._build = build
        self._opened: dict[str, Routes] = {}
        self._opening = asyncio.Lock()

    async def routes(self, name: str, request: Request, base: str) -> Routes:
        """``NoSuchTenant`` also for who may do nothing in it."""
        missing = NoSuchTenant(tenant=name[:80])
        making = (request.method, request.scope["path"].removeprefix(base).rstrip("/")) in _MAKING
        if not is_tenant_name(name):
            if not making:
                raise missing
            raise Invalid(
                place="NGSILD-Tenant",
                why="A tenant's name has at most 50 lower case letters, digits and _, and begins with a letter.",
            )
        guards = TenantGuards(self._tools.guards, name)
        subject = await self._tools.subject(request)
        if not await _may(guards, subject, ("create",) if making and not self._tenancy.there(name) else _ACTIONS):
            raise missing
        if not making and not self._tenancy.there(name):
            raise missing
        return self._opened.get(name) or await self._open(name, guards)

    async def _open(self, name: str, guards: TenantGuards) -> Routes:
        async with self._opening:
            if name not in self._opened:
                self._opened[name] = self._build(await self._tenancy.store(name), guards)
            return self._opened[name]


async def _may(guards: TenantGuards, subject: Subject, actions: tuple[str, ...]) -> bool:
    return any([(await guards.guard(subject, one)).grants for one in actions])
