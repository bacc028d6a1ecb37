"""Policies for what comes from and goes to other brokers, and whether others are asked at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from huicheng.access import Guard, visible_columns
from huicheng.api.faults import LoopDetected
from huicheng.api.http import Request
from huicheng.api.ngsild.permission import READ_ONLY, RESERVED, WritePermission, values
from huicheng.api.ngsild.tools import Tools
from huicheng.city import Attribute, Attributes, Entity
from huicheng.context import aliases, flag
from huicheng.stores import Stored

#: Stands for an attribute whose content is not known here.
_ANYTHING = Attribute(type="Property", value="")


async def parties_of(tools: Tools, request: Request) -> bool | None:
    """``None``: others are not asked. ``LoopDetected`` when the request has been here before."""
    federation = tools.federation
    if b"via" in request.headers and await federation.alias() in aliases(request.header(b"via")):
        raise LoopDetected(alias=await federation.alias())
    if not await federation.registrations.current():
        return None
    if request.scope.get("query_string") and flag(request.parameters.get("local"), place="local"):
        return None
    return True


def permit(permission: WritePermission, types: frozenset[str], id: str, attributes: Mapping[str, Any]) -> None:
    """``Refused`` unless an entity of each of these types may be written so. Of an unknown type nobody knows."""
    if not types:
        permission.check_any()
    held: Attributes = {name: one or _ANYTHING for name, one in attributes.items()}
    for name in types:
        permission.check(Entity(id=id, type=name, attributes=held), None)


def seen(stored: Stored, guard: Guard) -> Stored | None:
    """A foreign entity as the asker may see it; ``None``: not at all. What only this house makes none other has."""
    entity = stored.entity
    if entity.type in READ_ONLY or entity.id.startswith(RESERVED):
        return None
    columns = visible_columns(guard, entity.type, values(entity))
    if columns is None:
        return stored
    if not columns:
        return None
    attributes = {name: held for name, held in entity.attributes.items() if name in columns}
    return msgspec.structs.replace(stored, held=Entity(id=entity.id, type=entity.type, attributes=attributes))
