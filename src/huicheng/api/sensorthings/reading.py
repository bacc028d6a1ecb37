"""Reading: collections, entities, properties, references (OGC 18-088, 9)."""

from __future__ import annotations

from typing import Any

import msgspec

from huicheng.api.faults import NoSuchPath
from huicheng.api.http import Answer, Request
from huicheng.api.sensorthings.address import Address
from huicheng.api.sensorthings.answers import Writer, json_answer, property_answer, value_of
from huicheng.api.sensorthings.options import Options, options_of
from huicheng.api.sensorthings.tools import Tools
from huicheng.api.sensorthings.urls import base_of, next_page
from huicheng.stores import sensing


class Reading:
    """Handlers that only read."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def get(self, request: Request, address: Address) -> Answer:
        """Whatever stands at an address."""
        options = options_of(request.parameters, address.set)
        found = await self._found(request, address, options)
        if address.ending == "$count":
            return _counted(found, request)
        if found.single:
            return _one(request, address, options, found)
        return _several(request, address, options, found)

    async def _found(self, request: Request, address: Address, options: Options) -> sensing.Sensed:
        subject = await self._tools.subject(request)
        sought = options.sought(await self._tools.sought(subject, address.steps))
        if address.inside or address.ending:  # nothing else is told
            sought = msgspec.structs.replace(sought, reckoned=sought.reckoned.intersection(address.inside))
        if address.ending == "$count":
            sought = msgspec.structs.replace(sought, limit=0, count=True)
        elif address.single:
            sought = msgspec.structs.replace(sought, limit=1, offset=0, count=False)
        return await self._tools.store.sense(sought)


def _one(request: Request, address: Address, options: Options, found: sensing.Sensed) -> Answer:
    [row] = found.rows
    writer = Writer(base_of(request))
    if address.inside:
        held = value_of(found.set, row, address.inside[0])
        return property_answer(held, address.inside, raw=address.ending == "$value")
    if address.ending == "$ref":
        return json_answer({"@iot.selfLink": writer.link(found.set, row)})
    if address.ending:
        raise NoSuchPath(path=request.scope["path"][:200])
    return json_answer(writer.entity(found.set, row, options))


def _several(request: Request, address: Address, options: Options, found: sensing.Sensed) -> Answer:
    if address.ending == "$value":
        raise NoSuchPath(path=request.scope["path"][:200])
    base = base_of(request)
    writer = Writer(base)
    shown: dict[str, Any] = {} if found.count is None else {"@iot.count": found.count}
    if found.more and options.limit:
        shown["@iot.nextLink"] = next_page(request, base, options.skip + options.limit)
    if address.ending == "$ref":
        shown["value"] = [{"@iot.selfLink": writer.link(found.set, row)} for row in found.rows]
    elif options.data_array and found.set == "Observations":
        shown["value"] = writer.data_array(found.rows, options)
    else:
        shown["value"] = [writer.entity(found.set, row, options) for row in found.rows]
    return json_answer(shown)


def _counted(found: sensing.Sensed, request: Request) -> Answer:
    if found.count is None:
        raise NoSuchPath(path=request.scope["path"][:200])
    return Answer(200, str(found.count).encode(), ((b"content-type", b"text/plain"),))
