"""What every handler of this door works with."""

from __future__ import annotations

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.http import Authenticate, Request
from huicheng.api.ngsild.permission import WritePermission
from huicheng.context import Context
from huicheng.ingest import Ingest
from huicheng.stores import Store, sensing


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """Given by the composition root."""

    store: Store
    context: Context
    ingest: Ingest
    naming: sensing.Naming
    authenticate: Authenticate
    #: Most bytes of a body.
    body_bytes: int = 10_000_000

    async def subject(self, request: Request) -> Subject:
        """Who asks."""
        return await self.authenticate(request.scope)

    async def permission(self, subject: Subject, *actions: str) -> WritePermission:
        """For writing by these actions, all of which must be granted."""
        guards: dict[str, Guard] = {action: await self.context.guard(subject, action) for action in actions}
        return WritePermission(self.store, guards)

    async def sought(self, subject: Subject, steps: tuple[sensing.Step, ...]) -> sensing.Sought:
        """A question that the subject asks."""
        return sensing.Sought(steps=steps, guard=await self.context.guard(subject), naming=self.naming)

    async def sense(self, subject: Subject, *steps: sensing.Step) -> sensing.Sensed:
        """What the subject finds there, without options."""
        return await self.store.sense(await self.sought(subject, steps))
