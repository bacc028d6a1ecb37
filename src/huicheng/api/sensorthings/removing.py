"""Removal of entities, with what cannot be without them (OGC 18-088, 10.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from huicheng.api.sensorthings.bodies import references, relationship
from huicheng.api.sensorthings.changing import Derived
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.recording import DETAIL
from huicheng.api.sensorthings.rewriting import Rewriting
from huicheng.city import Instant
from huicheng.context import gone
from huicheng.stores import EntityQuery, Stored, sensing

_DATASTREAM = "urn:ngsi-ld:Datastream:"
#: Entity set → links to what goes with one of its entities.
_WITH = {
    "Things": ("Datastreams", "HistoricalLocations"),
    "Sensors": ("Datastreams",),
    "ObservedProperties": ("Datastreams",),
    "Locations": ("HistoricalLocations",),
}
_PAGE = 1_000


class Removing:
    """Removals of one request."""

    def __init__(self, draft: Draft, now: Instant) -> None:
        self._draft = draft
        self._now = now
        self._rewriting = Rewriting(draft, now)

    async def remove(self, name: str, row: Mapping[str, Any]) -> None:
        """One entity."""
        if name == "Observations":
            await self._rewriting.remove(row)
            return
        if name == "FeaturesOfInterest":
            for one in await self._behind(name, row, "Observations"):
                await self._rewriting.remove(one)
        for link in _WITH.get(name, ()):
            for one in await self._behind(name, row, link):
                await self._with(name, sensing.SETS[name].links[link].target, one)
        if name == "Locations":
            await self._leave(row)
        await self._itself(name, row)

    async def _with(self, owner: str, name: str, row: Mapping[str, Any]) -> None:
        """What goes with its owner; of a Thing the attributes need not go one by one."""
        if name == "Datastreams":
            await self._datastream(row, attribute=owner != "Things")
        elif (stored := await self._stored(row["@iot.id"])) is not None:
            self._draft.remove(stored)

    async def _itself(self, name: str, row: Mapping[str, Any]) -> None:
        if name == "Datastreams":
            await self._datastream(row, attribute=True)
            return
        stored = await self._stored(row["@iot.id"])
        if stored is None or (name != "Things" and stored.entity.type not in {sensing.SETS[name].one, "Device"}):
            raise Derived(set=name, key=row["@iot.id"])
        self._draft.remove(stored)

    async def _datastream(self, row: Mapping[str, Any], *, attribute: bool) -> None:
        described = await self._stored(_DATASTREAM + row["@iot.id"])
        if described is not None:
            self._draft.remove(described)
        async for detail in self._details(row["@iot.id"]):
            self._draft.remove(detail)
        entity, name = sensing.series_of(row["@iot.id"]) or ("", "")
        thing = await self._stored(entity)
        if attribute and thing is not None and name in thing.entity.attributes:
            self._draft.remove_attribute(thing, name)
        if attribute and thing is not None:  # or an attribute that has its name later would have its past, too
            self._draft.edit(gone(entity, name, "*", self._now), thing)

    async def _leave(self, row: Mapping[str, Any]) -> None:
        """Things are no longer there."""
        for one in await self._behind("Locations", row, "Things"):
            thing = await self._stored(one["@iot.id"])
            held = references(thing.entity.attributes.get("refLocation")) if thing else []
            left = [id_ for id_ in held if id_ != row["@iot.id"]]
            if thing is not None and left:
                self._draft.change(thing.entity.id, thing.entity.type, {"refLocation": relationship(*left)})
            elif thing is not None and held:
                self._draft.remove_attribute(thing, "refLocation")

    async def _behind(self, name: str, row: Mapping[str, Any], link: str) -> list[dict[str, Any]]:
        steps = (sensing.Step(name, row["@iot.id"]), sensing.Step(link))
        sought = await self._draft.tools.sought(self._draft.subject, steps)
        found: list[dict[str, Any]] = []
        while True:
            page = await self._draft.tools.store.sense(msgspec.structs.replace(sought, limit=_PAGE, offset=len(found)))
            found += page.rows
            if not page.more:
                return found

    async def _details(self, stream: str) -> AsyncIterator[Stored]:
        """What is said of a Datastream's Observations; whoever makes one of its name later has no part in that."""
        first = after = f"{DETAIL}{stream}@"
        while True:
            sought = EntityQuery(types=["Observation"], after=after, limit=_PAGE)
            entities = (await self._draft.tools.store.query(sought)).entities
            for one in entities:
                if not one.entity.id.startswith(first):
                    return
                yield one
            if len(entities) < _PAGE:
                return
            after = entities[-1].entity.id

    async def _stored(self, id_: str) -> Stored | None:
        return await self._draft.tools.store.get(id_)
