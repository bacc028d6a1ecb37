"""An entity type as a layer: its properties, their kinds and units, and where its features lie."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from huicheng.access import Grant, Subject
from huicheng.city import FURTHER_TYPES, Attribute
from huicheng.context import Context
from huicheng.errors import NotFound
from huicheng.expressions import step
from huicheng.packs import AttributeType, EntityType
from huicheng.stores import EntityQuery, Stored

#: ``language``: a text in several languages, of which a reader gets one; ``any``: values of several kinds.
Kind = Literal["number", "text", "boolean", "time", "geometry", "reference", "json", "language", "any"]
Bounds = tuple[float, float, float, float]

#: The attribute that is a feature's geometry, and what clients call it by habit.
PLACE = "location"
_PLACE_TOO = "geometry"
#: Entities that are looked at to learn which attributes there are beside those that a pack declares.
_LOOKED_AT = 1_000
#: A layer is learned anew after so many seconds; what it tells are names and a box, never values.
_FRESH = 30.0
_MOST_KEPT = 500

#: Attributes that say from when to when a thing holds: of the first pair that a type has.
_SPANS = (("validFrom", "validTo"), ("openedAt", "closedAt"))
_BY_TYPE: Mapping[str, Kind] = {
    "Relationship": "reference",
    "ListRelationship": "reference",
    "GeoProperty": "geometry",
    "LanguageProperty": "language",
    "JsonProperty": "json",
    "ListProperty": "json",
    "VocabProperty": "text",
}


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute as a property of features."""

    name: str
    kind: Kind
    #: What a pack says of it; ``None`` where none does.
    declared: AttributeType | None = None
    #: Languages that were met.
    tags: tuple[str, ...] = ()
    #: UN/CEFACT common code.
    unit: str | None = None


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A type as one asker sees it."""

    type: str
    #: By language tag (``zh-hans``, ``en``); empty where no pack declares it.
    name: Mapping[str, str]
    properties: Mapping[str, Property]
    #: Attributes whose values were met with a time of observation.
    observed: tuple[str, ...]
    #: West, south, east, north.
    bounds: Bounds | None

    @property
    def span(self) -> tuple[str, str] | None:
        """The attributes that say from when to when a feature holds."""
        return next((pair for pair in _SPANS if pair[0] in self.properties), None)

    def path(self, name: str, language: str) -> str | None:
        """Its name in an expression; ``None`` when there is no such property."""
        if name == _PLACE_TOO and name not in self.properties:
            name = PLACE
        attribute, _, inner = name.rpartition(".") if name not in self.properties else (name, "", "")
        found = self.properties.get(attribute)
        if found is None or (inner and inner != "observedAt"):
            return None
        if found.kind == "language" and not inner:
            inner = next((tag for tag in found.tags if tag.lower().startswith(language)), *found.tags[:1])
        return f"{step(attribute)}.{step(inner)}" if inner else step(attribute)


class Layers:
    """Learns layers, and remembers each for some seconds for those who see the same."""

    def __init__(self, context: Context, types: Mapping[str, EntityType]) -> None:
        self._context = context
        self._types = types
        self._kept: dict[tuple[str, Subject, tuple[Grant, ...]], tuple[float, Layer]] = {}

    async def names(self, subject: Subject) -> list[str]:
        """Types of which there are entities, and some rows of which the subject may see."""
        return await self._context.types(subject)

    async def layer(self, type: str, subject: Subject) -> Layer:
        """``NotFound`` where the subject may see nothing of it."""
        guard = await self._context.guard(subject)
        key = (type, subject, tuple(guard.of(type)))
        learned, layer = self._kept.get(key, (0.0, None))
        if layer is None or time.monotonic() - learned > _FRESH:
            layer = await self._learn(type, subject)
            while len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (time.monotonic(), layer)
        return layer

    async def _learn(self, type: str, subject: Subject) -> Layer:
        if type not in await self.names(subject):
            raise NotFound(what="collection", key=type[:200])
        # Only names and kinds are taken from them, so nobody has read what they hold.
        seen = await self._context.glance(EntityQuery(types=(type,), limit=_LOOKED_AT), subject)
        declared = self._types.get(type)
        met = _met(seen.entities)
        attributes = declared.attributes if declared else {}
        names = dict.fromkeys((*attributes, *met))
        return Layer(
            type=type,
            name=declared.name if declared else {},
            properties={name: _property(name, attributes.get(name), met.get(name, ())) for name in names},
            observed=tuple(name for name, held in met.items() if any(one.observed_at is not None for one in held)),
            bounds=await self._context.extent(type, subject),
        )


def _met(entities: Iterable[Stored]) -> dict[str, list[Attribute]]:
    found: dict[str, list[Attribute]] = {}
    for stored in entities:
        for name, held in stored.entity.attributes.items():
            if name != FURTHER_TYPES:
                found.setdefault(name, []).extend(held if isinstance(held, list) else [held])
    return found


def _property(name: str, declared: AttributeType | None, met: Iterable[Attribute]) -> Property:
    kinds = {_kind(one): one for one in met}
    units = [one.unit_code for one in met if one.unit_code]
    kind: Kind = next(iter(kinds)) if len(kinds) == 1 else "any"
    if declared is not None and not kinds.keys() & {"language"}:
        kind = "json" if declared.several else declared.kind
    tags = dict.fromkeys(tag for one in met if _kind(one) == "language" for tag in one.content or ())
    unit = declared.unit if declared is not None else next(iter(units), None)
    return Property(name=name, kind="language" if tags else kind, declared=declared, tags=tuple(tags), unit=unit)


def _kind(one: Attribute) -> Kind:
    known = _BY_TYPE.get(one.type)
    return known if known is not None else _kind_of(one.content)


def _kind_of(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "json"
