"""What every handler of this door works with."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huicheng.access import Guard, Subject, demand
from huicheng.api.http import Authenticate, Request
from huicheng.api.ngsild.permission import WritePermission
from huicheng.api.ngsild.spoken import Spoken
from huicheng.api.ngsild.view import View
from huicheng.context import (
    Context,
    Contexts,
    EntityMaps,
    Federation,
    Format,
    Guards,
    Subscriptions,
    linked_of,
    stamped,
)
from huicheng.ingest import Ingest
from huicheng.stores import Store, Stored


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """Given by the composition root."""

    store: Store
    #: Whom policies let do what here.
    guards: Guards
    context: Context
    ingest: Ingest
    subscriptions: Subscriptions
    contexts: Contexts
    federation: Federation
    maps: EntityMaps
    authenticate: Authenticate
    #: Most bytes of a body with many entities, and of any other.
    batch_bytes: int = 10_000_000
    body_bytes: int = 2_000_000
    #: Entities in one batch.
    batch_entities: int = 10_000

    @property
    def spoken(self) -> Spoken:
        """Reads the names that requests speak in."""
        return Spoken(self.contexts)

    async def subject(self, request: Request) -> Subject:
        """Who asks."""
        return await self.authenticate(request.scope)

    async def owner(self, request: Request, action: str, resource: str = "Subscription") -> Subject:
        """Who asks, when they may do this to what is their own of a resource; ``Refused`` else."""
        subject = await self.subject(request)
        demand(await self.context.guard(subject, action), action, resource, {"owner": subject.id})
        return subject

    async def permission(self, subject: Subject, *actions: str) -> WritePermission:
        """For writing by these actions, all of which must be granted."""
        guards: dict[str, Guard] = {action: await self.context.guard(subject, action) for action in actions}
        return WritePermission(self.store, guards)

    async def linked(self, entities: Sequence[Stored], view: View, subject: Subject) -> dict[str, Stored]:
        """What entities point to, as deep as the view goes, as far as the subject may see it."""

        async def read(ids: Sequence[str]) -> Sequence[Stored]:
            return await self.dated(await self.context.several(ids, subject), view)

        return await linked_of(entities, view.levels, read, view.contained)

    async def dated(self, entities: Sequence[Stored], view: View) -> Sequence[Stored]:
        """With the times of their attributes, where the view shows them."""
        shows = view.manner.system and view.manner.format is not Format.SIMPLIFIED
        return await stamped(self.store, entities) if shows else entities
