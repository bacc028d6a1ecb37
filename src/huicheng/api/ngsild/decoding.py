"""From the JSON of NGSI-LD to entities: normalized, concise and key-value forms (CIM 009, 4.5).

The hot path decodes a batch of normalized entities straight into :class:`Attribute`; a batch that
does not fit it is taken one entity at a time, and an entity that does not fit is read member by member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from huicheng.api.faults import NotAnObject, TooDeep
from huicheng.api.json_text import decode, malformed, not_utf8
from huicheng.api.ngsild.fragments import NULL, as_types
from huicheng.city import Attribute, Entity, Kind, fold
from huicheng.context import CORE, BadContext
from huicheng.errors import HuichengError, Invalid
from huicheng.ingest import is_name, is_uri

# Tuples, because what stands under "type" may be no text at all, and a set would want it hashable.
_KINDS: tuple[object, ...] = get_args(Kind)
_GEOMETRIES: tuple[object, ...] = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
#: Member that holds the content → kind of attribute, where the type is left out (concise form).
_CONTENTS = {
    "value": "Property",
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "json": "JsonProperty",
    "vocab": "VocabProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
}
#: Members of an attribute that are data about it and not attributes of it.
_METADATA = frozenset({"type", "unitCode", "observedAt", "datasetId", "objectType", *_CONTENTS})
#: What the platform itself says of an attribute; a client may send back what it read.
_SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId", "previousValue"})
_OF_ENTITY = frozenset({"id", "@id", "type", "@type", "@context", "scope", *_SYSTEM})
_KEYWORDS = frozenset({"id", "type"})
#: Members of an entity that are text.
_TEXTS = frozenset({"id", "type"})

_SCOPE = re.compile(r"/?[\w.\-~%]+(?:/[\w.\-~%]+)*")

_Fast = dict[str, str | Attribute]
_fast_batch = msgspec.json.Decoder(list[_Fast])
_fast_one = msgspec.json.Decoder(_Fast)
_fast_attribute = msgspec.json.Decoder(Attribute)
_fast_attributes = msgspec.json.Decoder(dict[str, Attribute])
_raw_batch = msgspec.json.Decoder(list[msgspec.Raw])


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a batch that is no entity."""

    fault: HuichengError
    #: What it calls itself, as far as that can be read.
    id: str = ""


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an entity."""

    attributes: dict[str, Any]
    types: tuple[str, ...] = ()


#: One place of a batch: an entity, or why it is none.
Decoded = Entity | Unread


def decode_batch(body: bytes) -> list[Decoded]:
    """Every entity of a JSON array. Raises only when the body as a whole is not one."""
    try:
        found = _fast_batch.decode(body)
    except msgspec.ValidationError:
        return _one_by_one(body)
    except msgspec.DecodeError as fault:
        raise malformed(fault, body) from None
    except UnicodeDecodeError as fault:
        raise not_utf8(fault) from None
    except RecursionError:
        raise TooDeep from None
    return [_fast_entity(one) or _slow(msgspec.to_builtins(one), f"/{number}") for number, one in enumerate(found)]


def _one_by_one(body: bytes) -> list[Decoded]:
    try:
        parts = _raw_batch.decode(body)
    except msgspec.ValidationError:
        raise Invalid(place="/", why="The body must be an array of entities.") from None
    except RecursionError:
        raise TooDeep from None
    return [_one(part, f"/{number}") for number, part in enumerate(parts)]


def _one(body: msgspec.Raw, place: str) -> Decoded:
    try:
        return _fast_entity(_fast_one.decode(body)) or _slow(decode(bytes(body)), place)
    except RecursionError:
        return Unread(fault=TooDeep(place=place))
    except ValueError:  # msgspec's own, or no UTF-8
        return _slow(decode(bytes(body)), place)


def entities_of(raws: Sequence[Any]) -> list[Decoded]:
    """Every place of a batch that was decoded already."""
    return [one if isinstance(one, Unread) else _slow(one, f"/{n}") for n, one in enumerate(raws)]


def decode_entity(body: bytes) -> Entity:
    """One entity; ``Invalid`` and its like with the place."""
    try:
        found = _fast_entity(_fast_one.decode(body))
    except (ValueError, RecursionError):
        found = None
    return found or entity_of(decode(body))


def _fast_entity(members: _Fast) -> Entity | None:
    """``None``, and the members as they were, when it takes a closer look."""
    attributes: dict[str, Attribute | list[Attribute]] = {}
    for name, held in members.items():
        if isinstance(held, Attribute):
            here = _as_stored(held)
            if here is None:
                return None
            attributes[name] = here
        elif name not in _TEXTS:
            return None
    id, type = members.get("id"), members.get("type")  # noqa: A001 - NGSI-LD's own words
    if not isinstance(id, str) or not isinstance(type, str) or type in _KEYWORDS:
        return None
    if not _OF_ENTITY.isdisjoint(attributes):
        return None
    return stored_names(Entity(id=id, type=type, attributes=attributes))


def stored_names(entity: Entity) -> Entity:
    """A name that holds a colon may be the long form of a short one; all others are stored names already."""
    if ":" not in entity.type and not any(":" in name for name in entity.attributes):
        return entity
    attributes = {CORE.stored(name): held for name, held in entity.attributes.items()}
    return Entity(id=entity.id, type=CORE.stored(entity.type), attributes=attributes)


def _as_stored(held: Attribute) -> Attribute | None:
    """With its time in UTC; ``None`` when it takes a closer look."""
    moment = held.observed_at
    if held.sub is not None:  # a sub-attribute of this name
        return None
    return held if moment is None or moment.tzinfo is UTC else _in_utc(held, moment)


def _slow(members: Any, place: str) -> Decoded:
    try:
        return entity_of(members, place=place)
    except RecursionError:
        return Unread(fault=TooDeep(place=place), id=said_id(members))
    except HuichengError as fault:
        return Unread(fault=fault, id=said_id(members))


def said_id(members: Any) -> str:
    """What a place of a batch calls itself; "" where that is no text."""
    held = members.get("id", members.get("@id")) if isinstance(members, dict) else None
    return held if isinstance(held, str) else ""


def entity_of(raw: Any, *, place: str = "", id: str | None = None, type: str | None = None) -> Entity:
    """Any JSON object as an entity. ``id`` and ``type`` stand in where the body leaves them out."""
    if not isinstance(raw, dict):
        raise NotAnObject(place=place or "/")
    first, *further = _types(raw, type, place)
    attributes = attributes_of(raw, place=place) | as_types(first, further)
    return stored_names(Entity(id=_id(raw, id, place), type=first, attributes=attributes))


def _id(raw: Mapping[str, Any], known: str | None, place: str) -> str:
    held = raw.get("id", raw.get("@id", known))
    if not isinstance(held, str) or not held:
        raise Invalid(place=f"{place}/id", why="id must be one text.")
    if known is not None and held != known:
        raise Invalid(place=f"{place}/id", why="id cannot be changed.")
    return held


def _types(raw: Mapping[str, Any], known: str | None, place: str) -> list[str]:
    """The first in order of name leads, unless the entity is there and is led by another."""
    held = raw.get("type", raw.get("@type", known))
    found = sorted(set(_type_names(held, place)))
    return found if known is None else [known, *(one for one in found if one != known)]


def _type_names(held: Any, place: str) -> list[str]:
    several = held if isinstance(held, list) else [held]
    if not several or not all(isinstance(one, str) and _is_type(one) for one in several):
        raise Invalid(place=f"{place}/type", why="type must be one text.")
    return several


def _is_type(name: str) -> bool:
    """A keyword of JSON-LD, and what stands for one in the core context, names no type."""
    return name not in _KEYWORDS and (is_name(name) or is_uri(name)) is not None


def scope_of(held: Any, place: str) -> Attribute:
    """A scope, or several (4.18), as the attribute that keeps them; in a merge a null deletes them."""
    if held == NULL:
        return Attribute(type="Property", value=NULL)
    several = held if isinstance(held, list) else [held]
    if not several or not all(isinstance(one, str) and _SCOPE.fullmatch(one) for one in several):
        raise Invalid(place=f"{place}/scope", why="A scope is written like /Madrid/Gardens.")
    return Attribute(type="Property", value=list(several))


def attributes_of(raw: Any, *, place: str = "") -> dict[str, Any]:
    """The attributes of an entity fragment, by name."""
    if not isinstance(raw, dict):
        raise Invalid(place=place or "/", why="A JSON object of attributes is expected.")
    if "@context" in raw:  # that of a body in JSON-LD has been taken out
        raise BadContext(place=f"{place}/@context", why="application/json carries none; it comes in a Link header")
    found = {name: attribute_of(held, f"{place}/{name}") for name, held in raw.items() if name not in _OF_ENTITY}
    if "scope" in raw:
        found["scope"] = scope_of(raw["scope"], place)
    return found


def fragment_of(raw: Any) -> Fragment:
    """A part of an entity with stored names; ``Invalid`` and its like with the place."""
    attributes = attributes_of(raw)
    held = raw.get("type", raw.get("@type"))
    return Fragment(attributes=attributes, types=() if held is None else tuple(_type_names(held, "")))


def decode_fragment(body: bytes) -> Fragment:
    """The same of a body in the core context."""
    try:
        found = _fast_attributes.decode(body)
    except (ValueError, RecursionError):
        return fragment_of(decode(body))
    attributes = {name: _as_stored(held) for name, held in found.items()}
    if None in attributes.values() or not _OF_ENTITY.isdisjoint(attributes):
        return fragment_of(decode(body))
    return Fragment(attributes=attributes)


def decode_member(body: bytes | msgspec.Raw) -> Attribute | None:
    """One normalized attribute without sub-attributes; ``None`` where it takes a closer look."""
    try:
        return _as_stored(_fast_attribute.decode(body))
    except (ValueError, RecursionError):
        return None


def attribute_of(raw: Any, place: str) -> Attribute | list[Attribute]:
    """One attribute in any of its forms."""
    if isinstance(raw, list) and raw and all(_is_attribute(one) for one in raw):
        return [_folded(one, f"{place}/{number}") for number, one in enumerate(raw)]
    return _folded(raw, place)


def _folded(raw: Any, place: str) -> Attribute:
    plain = normalized(raw, place)
    try:
        held: Attribute = fold(plain)
    except (msgspec.ValidationError, RecursionError) as fault:
        said, _, at = str(fault).partition(" - at `$")
        raise Invalid(place=place + at.rstrip("`").replace(".", "/"), why="%(fault)s.", fault=said) from None
    moment = held.observed_at
    there = held if moment is None else _in_utc(held, moment)
    if there is None:
        raise Invalid(place=f"{place}/observedAt", why="The time is out of range.")
    return there


def _in_utc(held: Attribute, moment: datetime) -> Attribute | None:
    """The same attribute with its time in UTC; ``None`` when no calendar reaches so far."""
    try:
        return msgspec.structs.replace(held, observed_at=moment.astimezone(UTC))
    except OverflowError:
        return None


def normalized(raw: Any, place: str) -> dict[str, Any]:
    """The normalized form of an attribute: typed, with normalized sub-attributes."""
    if not isinstance(raw, dict):
        return _bare(raw, place)
    if not _is_attribute(raw):
        return {"type": "GeoProperty" if _is_geometry(raw) else "Property", "value": raw}
    kept = {name: held for name, held in raw.items() if name not in _SYSTEM}
    kept["type"] = kept.get("type") or kind_of(kept)
    if kept["type"] not in _KINDS:
        raise Invalid(place=f"{place}/type", why="“%(type)s” is no type of attribute.", type=str(kept["type"])[:80])
    return {name: held if name in _METADATA else _sub(held, f"{place}/{name}") for name, held in kept.items()}


def _sub(raw: Any, place: str) -> Any:
    if isinstance(raw, list) and raw and all(_is_attribute(one) for one in raw):
        return [normalized(one, place) for one in raw]
    return normalized(raw, place)


def _bare(raw: Any, place: str) -> dict[str, Any]:
    if raw is None:
        raise Invalid(place=place, why="An attribute cannot be null; delete it, or leave it out.")
    return {"type": "Property", "value": raw}


def _is_attribute(raw: Any) -> bool:
    return isinstance(raw, dict) and (raw.get("type") in _KINDS or any(member in raw for member in _CONTENTS))


def kind_of(members: Mapping[str, Any]) -> str | None:
    """The kind that an attribute without a type has by its content; ``None`` without any."""
    kind = next((kind for member, kind in _CONTENTS.items() if member in members), None)
    return "GeoProperty" if kind == "Property" and _is_geometry(members["value"]) else kind


def _is_geometry(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in _GEOMETRIES and "coordinates" in value
