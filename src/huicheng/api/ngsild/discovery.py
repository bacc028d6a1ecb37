"""Which types and attributes there are (CIM 009, 6.25–6.28), as far as the asker may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from huicheng.api.faults import NoSuchAttribute, NoSuchType
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import json_answer, list_answer, plain_media
from huicheng.api.ngsild.distribution.discovering import elsewhere, joined
from huicheng.api.ngsild.tools import Tools
from huicheng.context import Inventory, Names, flag, whole


class Discovery:
    """Handlers of ``/types`` and ``/attributes``."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def types(self, request: Request) -> Answer:
        """Names of types; with ``details`` their attributes, too."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        subject = await self._tools.subject(request)
        others = await elsewhere(self._tools, request, "types", names)
        if not flag(request.parameters.get("details"), place="details"):
            every = {*await self._tools.context.types(subject), *(one.type for one in others)}
            found = [names.shown(one) for one in sorted(every)]
            shown = {"id": _urn("EntityTypeList", found), "type": "EntityTypeList", "typeList": found}
            return json_answer(shown, media, names=names)
        inventory = joined([*await self._tools.context.inventory(subject), *others])
        return list_answer([_type(one, names) for one in inventory], media, names=names)

    async def type(self, request: Request) -> Answer:
        """One type with its number of entities and its attributes."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        wanted = names.stored(request.segments[0])
        here = await self._tools.context.inventory(await self._tools.subject(request), [wanted])
        others = await elsewhere(self._tools, request, "types", names)
        inventory = joined([*here, *(one for one in others if one.type == wanted)])
        if not inventory:
            raise NoSuchType(type=request.segments[0])
        return json_answer(_type_information(inventory[0], names), media, names=names)

    async def attributes(self, request: Request) -> Answer:
        """Names of attributes; with ``details`` the types that have them."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        found = _by_attribute(await self._everywhere(request, names))
        if flag(request.parameters.get("details"), place="details"):
            return list_answer([_attribute(one, held, names) for one, held in found], media, names=names)
        listed = [names.shown(one) for one, _ in found]
        shown = {"id": _urn("AttributeList", listed), "type": "AttributeList", "attributeList": listed}
        return json_answer(shown, media, names=names)

    async def attribute(self, request: Request) -> Answer:
        """One attribute: kinds, types, on how many entities."""
        media = plain_media(request)
        names = await self._tools.spoken.names(request)
        wanted = names.stored(request.segments[0])
        found = dict(_by_attribute(await self._everywhere(request, names)))
        if wanted not in found:
            raise NoSuchAttribute(attribute=request.segments[0])
        held = found[wanted]
        shown = {
            **_attribute(wanted, held, names),
            "attributeCount": sum(count for one in held for count in one.attributes[wanted].values()),
            "attributeTypes": sorted({kind for one in held for kind in one.attributes[wanted]}),
        }
        return json_answer(shown, media, names=names)

    async def _everywhere(self, request: Request, names: Names) -> list[Inventory]:
        here = await self._tools.context.inventory(await self._tools.subject(request))
        return joined([*here, *await elsewhere(self._tools, request, "attributes", names)])


def _by_attribute(inventory: Iterable[Inventory]) -> list[tuple[str, list[Inventory]]]:
    found: dict[str, list[Inventory]] = defaultdict(list)
    for one in inventory:
        for name in one.attributes:
            found[name].append(one)
    return sorted(found.items())


def _type(one: Inventory, names: Names) -> dict[str, Any]:
    shown = names.shown(one.type)
    attributes = sorted(names.shown(name) for name in one.attributes)
    return {"id": whole(one.type), "type": "EntityType", "typeName": shown, "attributeNames": attributes}


def _type_information(one: Inventory, names: Names) -> dict[str, Any]:
    details = [
        {
            "id": whole(name),
            "type": "Attribute",
            "attributeName": names.shown(name),
            "attributeTypes": sorted(kinds),
        }
        for name, kinds in sorted(one.attributes.items())
    ]
    return {
        "id": whole(one.type),
        "type": "EntityTypeInfo",
        "typeName": names.shown(one.type),
        "entityCount": one.entities,
        "attributeDetails": details,
    }


def _attribute(name: str, held: Iterable[Inventory], names: Names) -> dict[str, Any]:
    types = sorted(names.shown(one.type) for one in held if one.type)
    return {"id": whole(name), "type": "Attribute", "attributeName": names.shown(name), "typeNames": types}


def _urn(kind: str, names: Iterable[str]) -> str:
    return f"urn:ngsi-ld:{kind}:{uuid5(NAMESPACE_URL, ' '.join(names))}"
