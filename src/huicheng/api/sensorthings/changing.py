"""Changes of entities that are there (OGC 18-088, 10.3): PATCH, PUT, JSON Patch, and links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.sensorthings.bodies import (
    Body,
    attributes_of,
    body_of,
    complete,
    reference_of,
    references,
    relationship,
)
from huicheng.api.sensorthings.creating import Creating
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.rewriting import Rewriting
from huicheng.city import Attribute, Instant
from huicheng.errors import Invalid, NotFound
from huicheng.stores import Stored, sensing

_DATASTREAM = "urn:ngsi-ld:Datastream:"
#: Link to one → the reference that holds it.
_REFERENCES = {"Thing": "refThing", "Sensor": "refSensor", "ObservedProperty": "refObservedProperty"}


class Changing:
    """Changes of one request."""

    def __init__(self, draft: Draft, now: Instant) -> None:
        self._draft = draft
        self._creating = Creating(draft, now)
        self._rewriting = Rewriting(draft, now)

    async def patch(self, name: str, row: Mapping[str, Any], raw: Any) -> None:
        """What is given takes the place of what is there; null removes it."""
        body = body_of(name, raw)
        for required in sensing.SETS[name].required:
            if required in body.properties and body.properties[required] is None:
                raise Invalid(
                    place=f"/{required}",
                    why="%(entity)s needs “%(required)s”.",
                    entity=sensing.SETS[name].one,
                    required=required,
                )
        await self._apply(name, row, body)

    async def put(self, name: str, row: Mapping[str, Any], raw: Any) -> None:
        """What is not given goes, apart from links."""
        body = body_of(name, raw)
        linked = frozenset(sensing.SETS[name].links)
        complete(name, body, linked=linked)
        absent = {prop: None for prop in sensing.SETS[name].properties if prop not in body.properties}
        if name == "Observations":
            absent.pop("phenomenonTime", None)
        await self._apply(name, row, Body(properties={**absent, **body.properties}, links=body.links))

    async def _apply(self, name: str, row: Mapping[str, Any], body: Body) -> None:
        links = {link: [_reference(one, link) for one in inner] for link, inner in body.links.items()}
        for link, ids in links.items():
            for id_ in ids:
                await self._creating.there(sensing.SETS[name].links[link].target, id_, f"/{link}")
        if name == "Observations":
            if links:
                raise Invalid(place="/", why="An Observation stays with its Datastream and feature.")
            await self._rewriting.rewrite(row, body.properties)
            return
        id_, kind = await self._holder(name, row)
        await self._write(name, id_, kind, row, body.properties)
        for link, ids in links.items():
            await self.link(name, row, link, ids, replace=True)

    async def _write(self, name: str, id_: str, kind: str, row: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        attributes = attributes_of(name, said)
        if name == "Datastreams":
            attributes |= await self._described(id_, row)
        if attributes:
            self._draft.change(id_, kind, attributes)
        stored = await self._draft.tools.store.get(id_)
        for prop, held in said.items():
            if held is None and stored is not None and prop in stored.entity.attributes:
                self._draft.remove_attribute(stored, prop)

    async def _described(self, id_: str, row: Mapping[str, Any]) -> dict[str, Attribute]:
        """What makes an entity the description of an attribute, where there is none yet."""
        if await self._draft.tools.store.get(id_) is not None:
            return {}
        entity, attribute = sensing.series_of(row["@iot.id"]) or ("", "")
        return {
            "refThing": relationship(entity),
            "attribute": Attribute(type="Property", value=attribute),
            "refObservedProperty": relationship(row["_property"]),
            "refSensor": relationship(row["_sensor"]),
        }

    async def _holder(self, name: str, row: Mapping[str, Any]) -> tuple[str, str]:
        """Id and type of the entity that holds the properties of a row."""
        id_ = row["@iot.id"]
        if name == "Datastreams":
            return _DATASTREAM + id_, "Datastream"
        stored = await self._draft.tools.store.get(id_)
        if stored is None or (name != "Things" and stored.entity.type not in {sensing.SETS[name].one, "Device"}):
            raise Derived(set=name, key=id_)
        return id_, stored.entity.type

    async def link(self, name: str, row: Mapping[str, Any], link: str, ids: list[str], *, replace: bool) -> None:
        """Links of an entity: to one it takes the place, to several it is added or takes theirs."""
        id_ = row["@iot.id"]
        if (name, link) == ("Things", "Locations"):
            await self._locate(id_, ids, replace=replace)
        elif (name, link) == ("Locations", "Things"):
            for thing in ids:
                await self._creating.link_location(thing, id_)
        elif name == "Datastreams" and link in {"Sensor", "ObservedProperty"} and len(ids) == 1:
            holder, kind = await self._holder(name, row)
            described = await self._described(holder, row)
            self._draft.change(holder, kind, {**described, _REFERENCES[link]: relationship(ids[0])})
        elif name == "HistoricalLocations" and ids:
            holder, kind = await self._holder(name, row)
            self._draft.change(holder, kind, {_REFERENCES.get(link, "refLocation"): relationship(*ids)})
        else:
            raise Invalid(
                place=f"/{link}",
                why="“%(link)s” of %(set)s cannot be changed: it is part of its identity.",
                link=link,
                set=name,
            )

    async def refer(self, name: str, row: Mapping[str, Any], link: str, id_: str, *, replace: bool) -> None:
        """A link to an entity that must be there."""
        await self._creating.there(sensing.SETS[name].links[link].target, id_, "/@iot.id")
        await self.link(name, row, link, [id_], replace=replace)

    async def _locate(self, thing: str, ids: list[str], *, replace: bool) -> None:
        stored = await self._thing(thing)
        held = [] if replace else references(stored.entity.attributes.get("refLocation"))
        together = [*ids, *(one for one in held if one not in ids)]
        if together:
            await self._creating.move(thing, stored.entity.type, together)
        elif "refLocation" in stored.entity.attributes:
            self._draft.remove_attribute(stored, "refLocation")

    async def unlink(self, name: str, row: Mapping[str, Any], link: str, id_: str) -> None:
        """Take one of several links away."""
        thing, location = (row["@iot.id"], id_) if (name, link) == ("Things", "Locations") else (id_, row["@iot.id"])
        if {name, link} & {"Datastreams", "HistoricalLocations"} or link not in {"Locations", "Things"}:
            raise Invalid(
                place=f"/{link}",
                why="“%(link)s” of %(set)s cannot be taken away: it must have one.",
                link=link,
                set=name,
            )
        stored = await self._thing(thing)
        left = [one for one in references(stored.entity.attributes.get("refLocation")) if one != location]
        if left:
            self._draft.change(thing, stored.entity.type, {"refLocation": relationship(*left)})
        elif "refLocation" in stored.entity.attributes:
            self._draft.remove_attribute(stored, "refLocation")

    async def _thing(self, id_: str) -> Stored:
        stored = await self._draft.tools.store.get(id_)
        if stored is None:
            raise NotFound(what="Thing", key=id_)
        return stored


def _reference(one: Mapping[str, Any], link: str) -> str:
    id_ = reference_of(one)
    if id_ is None:
        raise Invalid(place=f"/{link}", why="A change refers to entities that are there by {“@iot.id”: …}.")
    return id_


class Derived(Invalid):
    """Problem: the entity is a view of another one, or of a pack. Remedy: change that one."""

    status = 409
    slug = "derived"
    problem = "“%(key)s” of %(set)s follows from another entity or from a pack and cannot be changed here."
    remedy = "Change the Thing that it is part of, or the pack."
