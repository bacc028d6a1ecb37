"""Who may do what in a tenant (decision 10): only whom a policy on the resource ``Tenant`` names it to."""

from __future__ import annotations

from huicheng.access import Grant, Guard, Subject, allows
from huicheng.context.guards import Guards
from huicheng.stores import Act

#: Resource of policies that open tenants; their rows speak of ``name``.
TENANT = "Tenant"


class TenantGuards:
    """The district's policies as they hold in one tenant: all of it, or nothing.

    A policy on ``*``, or on a type, opens no tenant.
    """

    def __init__(self, guards: Guards, tenant: str) -> None:
        self._guards = guards
        self._tenant = tenant

    async def guard(self, subject: Subject, action: str) -> Guard:
        """What the subject may do in this tenant."""
        given = await self._guards.guard(subject, action)
        named = Guard(subject=given.subject, grants={TENANT: given.grants.get(TENANT, ())})
        if not allows(named, TENANT, {"name": self._tenant}):
            return Guard(subject=given.subject, grants={})
        whole = Grant(policy=f"tenant:{self._tenant}", rows="TRUE", columns=("*",))
        return Guard(subject=given.subject, grants={"*": (whole,)})

    async def holds(self, subject: Subject) -> bool:
        """Keys are the district's."""
        return await self._guards.holds(subject)

    async def record(self, act: Act) -> None:
        """So is the audit log."""
        await self._guards.record(act)
