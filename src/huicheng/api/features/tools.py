"""What every handler of this door works with."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from huicheng.access import Subject
from huicheng.api.features.layer import Layers
from huicheng.api.http import Authenticate, Request
from huicheng.context import Context
from huicheng.packs import EntityType


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """Given by the composition root."""

    context: Context
    authenticate: Authenticate
    layers: Layers

    async def subject(self, request: Request) -> Subject:
        """Who asks."""
        return await self.authenticate(request.scope)


def tools_of(context: Context, authenticate: Authenticate, types: Mapping[str, EntityType]) -> Tools:
    """``types`` are those that packs declare; what they say of attributes goes into schemas."""
    return Tools(context=context, authenticate=authenticate, layers=Layers(context, types))
