"""New entities, each with those inside it (OGC 18-088, 10.2): one request, one commit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from huicheng.api.sensorthings.bodies import (
    Body,
    attributes_of,
    body_of,
    complete,
    reference_of,
    references,
    relationship,
)
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.moments import rising
from huicheng.api.sensorthings.recording import Recording
from huicheng.city import Attribute, Instant, entity_urn, rfc3339
from huicheng.errors import Invalid, NotFound
from huicheng.stores import HistoryQuery, Stored, sensing

#: Attributes that mean something else to a Thing.
_TAKEN = frozenset({"id", "type", "scope", "name", "description", "properties", "location", "refLocation", "refDevice"})
_DATASTREAM = "urn:ngsi-ld:Datastream:"
_MOST_DEEP = 20_000


class Creating:
    """Entities of one request."""

    def __init__(self, draft: Draft, now: Instant) -> None:
        self._draft = draft
        self._now = now
        self._recording = Recording(draft, now)
        self._made = 0
        #: Entities that references have named before.
        self._known: set[tuple[str, str]] = set()

    async def create(self, name: str, raw: Any, linked: Mapping[str, str] | None = None, place: str = "") -> str:
        """The id of the new entity; ``linked`` are links that the address gives."""
        self._made += 1
        if self._made > _MOST_DEEP:
            raise Invalid(place=place, why="One request makes at most %(most)s entities.", most=_MOST_DEEP)
        body = body_of(name, raw, place)
        given = dict(linked or {})
        if name == "HistoricalLocations" and "time" not in body.properties:
            body.properties["time"] = rfc3339(self._now)
        complete(name, body, place, linked=frozenset(given))
        for link, id_ in given.items():
            body.links.setdefault(link, [{"@iot.id": id_}])
        if name == "Datastreams":
            return await self._datastream(body, place)
        if name == "Observations":
            return await self._recording.observation(body, await self._all(name, body, ("Datastream",), place), place)
        if name == "HistoricalLocations":
            return await self._historical_location(body, place)
        if name == "Things":
            return await self._thing(body, place)
        return await self._plain(name, body, place)

    # -- each kind

    async def _plain(self, name: str, body: Body, place: str) -> str:
        kind = sensing.SETS[name].one
        id_ = self._draft.create(entity_urn(kind, uuid4().hex), kind, attributes_of(name, body.properties, place))
        for link, inner in body.links.items():
            await self._inner(name, id_, link, inner, place)
        return id_

    async def _thing(self, body: Body, place: str) -> str:
        id_ = entity_urn("Thing", uuid4().hex)
        self._draft.create(id_, "Thing", attributes_of("Things", body.properties, place))
        locations = await self._each("Things", "Locations", body, place)
        if locations:
            await self.move(id_, "Thing", locations)
        for link in ("Datastreams", "HistoricalLocations"):
            await self._inner("Things", id_, link, body.links.get(link, []), place)
        return id_

    async def _historical_location(self, body: Body, place: str) -> str:
        links = await self._all("HistoricalLocations", body, ("Thing",), place)
        locations = await self._each("HistoricalLocations", "Locations", body, place)
        attributes = attributes_of("HistoricalLocations", body.properties, place)
        attributes["refThing"] = relationship(links["Thing"])
        if locations:
            attributes["refLocation"] = relationship(*locations)
        return self._draft.create(entity_urn("HistoricalLocation", uuid4().hex), "HistoricalLocation", attributes)

    async def _datastream(self, body: Body, place: str) -> str:
        links = await self._all("Datastreams", body, ("Thing", "Sensor", "ObservedProperty"), place)
        thing = links["Thing"]
        attribute = await self._attribute(thing, await self._name_of(links["ObservedProperty"]))
        attributes = attributes_of("Datastreams", body.properties, place)
        attributes |= {
            "refThing": relationship(thing),
            "refSensor": relationship(links["Sensor"]),
            "refObservedProperty": relationship(links["ObservedProperty"]),
            "attribute": Attribute(type="Property", value=attribute),
        }
        id_ = f"{thing}!{attribute}"
        self._draft.create(_DATASTREAM + id_, "Datastream", attributes)
        await self._inner("Datastreams", id_, "Observations", body.links.get("Observations", []), place)
        return id_

    # -- links

    async def move(self, thing: str, kind: str, locations: list[str]) -> None:
        """The thing is there now; a HistoricalLocation keeps when it came (10.2.2.2)."""
        self._draft.change(thing, kind, {"refLocation": relationship(*locations)})
        attributes = {
            "time": Attribute(type="Property", value=rfc3339(self._now)),
            "refThing": relationship(thing),
            "refLocation": relationship(*locations),
        }
        self._draft.create(entity_urn("HistoricalLocation", uuid4().hex), "HistoricalLocation", attributes)

    async def link_location(self, thing: str, location: str) -> None:
        """One more Location of a thing that may be there already."""
        stored = await self._thing_of(thing)
        drafted = self._draft.drafted(thing)
        held = (drafted.attributes if drafted else {}).get("refLocation")
        held = held or (stored.entity.attributes.get("refLocation") if stored else None)
        kind = stored.entity.type if stored else drafted.type if drafted else "Thing"
        await self.move(thing, kind, [location, *(one for one in references(held) if one != location)])

    async def _inner(self, name: str, id_: str, link: str, inner: list[dict[str, Any]], place: str) -> None:
        """Entities inside another, linked back to it."""
        target = sensing.SETS[name].links[link].target
        back = next(one for one, leads in sensing.SETS[target].links.items() if leads.target == name)
        for number, raw in rising(inner) if target == "Observations" else enumerate(inner):
            at = f"{place}/{link}/{number}"
            if (name, link) == ("Locations", "Things"):
                await self.link_location(await self._id_of(target, raw, at), id_)
            elif reference_of(raw) is not None:
                raise Invalid(place=at, why="“%(link)s” of a new entity cannot be taken from another one.", link=link)
            elif sensing.SETS[target].links[back].many:
                raise Invalid(place=at, why="Create %(set)s by their own address.", set=target)
            else:
                await self.create(target, raw, {back: id_}, at)

    async def _all(self, name: str, body: Body, links: tuple[str, ...], place: str) -> dict[str, str]:
        """The ids behind links to one; entities that are no references are made."""
        found = {}
        for link in links:
            [one] = body.links[link]
            found[link] = await self._id_of(sensing.SETS[name].links[link].target, one, f"{place}/{link}")
        if name == "Observations" and "FeatureOfInterest" in body.links:
            [one] = body.links["FeatureOfInterest"]
            found["FeatureOfInterest"] = await self._id_of("FeaturesOfInterest", one, f"{place}/FeatureOfInterest")
        return found

    async def _each(self, name: str, link: str, body: Body, place: str) -> list[str]:
        target = sensing.SETS[name].links[link].target
        inner = enumerate(body.links.get(link, []))
        return [await self._id_of(target, one, f"{place}/{link}/{number}") for number, one in inner]

    async def _id_of(self, name: str, one: Mapping[str, Any], place: str) -> str:
        id_ = reference_of(one)
        if id_ is None:
            return await self.create(name, one, None, place)
        await self.there(name, id_, place)
        return id_

    async def there(self, name: str, id_: str, place: str) -> None:
        """``Invalid`` unless an entity is there, or made by this request, that a reference names."""
        if (name, id_) in self._known or self._draft.is_new(id_) or self._draft.is_new(_DATASTREAM + id_):
            return
        try:
            if name != "Datastreams" or not await self._recording.is_course(id_):
                await self._draft.tools.sense(self._draft.subject, sensing.Step(name, id_))
        except NotFound:
            raise Invalid(
                place=place,
                why="There is no %(entity)s “%(key)s” that you may see.",
                entity=sensing.SETS[name].one,
                key=id_[:200],
            ) from None
        self._known.add((name, id_))

    # -- names of attributes

    async def _name_of(self, id_: str) -> str:
        drafted = self._draft.drafted(id_)
        if drafted is not None:
            held = drafted.attributes["name"]
            return str(held.content) if isinstance(held, Attribute) else ""
        found = await self._draft.tools.sense(self._draft.subject, sensing.Step("ObservedProperties", id_))
        return str(found.rows[0]["name"])

    async def _attribute(self, thing: str, name: str) -> str:
        """A name that the thing has for nothing else, now or in its history."""
        plain = attribute_name(name)
        stored = None if self._draft.is_new(thing) else await self._thing_of(thing)
        number = 1
        while await self._is_taken(thing, stored, attribute := plain if number == 1 else f"{plain}_{number}"):
            number += 1
        return attribute

    async def _is_taken(self, thing: str, stored: Stored | None, attribute: str) -> bool:
        if attribute in _TAKEN or self._draft.is_new(f"{_DATASTREAM}{thing}!{attribute}"):
            return True
        if stored is None:
            return False
        if attribute in stored.entity.attributes:
            return True
        if await self._draft.tools.store.get(f"{_DATASTREAM}{thing}!{attribute}") is not None:
            return True
        query = HistoryQuery(entities=(thing,), attributes=(attribute,), limit=1)
        return bool(await self._draft.tools.store.history(query))

    async def _thing_of(self, id_: str) -> Stored | None:
        return await self._draft.tools.store.get(id_)


def attribute_name(name: str) -> str:
    """``Luminous Flux`` → ``luminousFlux``: a name that NGSI-LD takes."""
    words = re.findall(r"[^\W_]+", name)[:8]
    joined = "".join(word if number == 0 else word[:1].upper() + word[1:] for number, word in enumerate(words))
    plain = joined[:1].lower() + joined[1:80]
    return plain if plain and not plain[0].isdigit() else f"observed{plain}"
