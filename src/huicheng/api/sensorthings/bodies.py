"""Bodies of requests: which properties and links they have, and the attributes that properties become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from huicheng.city import Attribute, interval_text, parse_instant, parse_interval, rfc3339
from huicheng.errors import Invalid
from huicheng.stores import sensing

#: What clients send back from an answer, and means nothing in a request; so is what is reckoned.
_CONTROL = ("@iot.id", "@iot.selfLink", "id")
#: Properties that are kept as JSON, whatever they hold.
_AS_JSON = frozenset({"properties", "metadata", "unitOfMeasurement", "resultQuality", "parameters"})
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body divided."""

    properties: dict[str, Any]
    #: Link → the entities behind it, each a reference or an entity of its own.
    links: dict[str, list[dict[str, Any]]]


def body_of(name: str, raw: Any, place: str = "") -> Body:
    """A JSON object that has nothing but what the entity set knows."""
    if not isinstance(raw, dict):
        raise Invalid(place=place or "/", why="The body must be a JSON object.")
    known = sensing.SETS[name]
    properties, links = {}, {}
    for key, held in raw.items():
        if key in known.properties:
            properties[key] = held
        elif key in known.links:
            links[key] = _behind(held, many=known.links[key].many, place=f"{place}/{key}")
        elif (
            key not in _CONTROL
            and key not in known.reckoned
            and not key.endswith(("@iot.navigationLink", "@iot.count", "@iot.nextLink"))
        ):
            raise Invalid(place=f"{place}/{key[:80]}", why="%(set)s have no “%(name)s”.", set=name, name=key[:80])
    return Body(properties=properties, links=links)


def _behind(held: Any, *, many: bool, place: str) -> list[dict[str, Any]]:
    found = held if many and isinstance(held, list) else [held]
    if not all(isinstance(one, dict) for one in found):
        raise Invalid(place=place, why="A link holds entities, or references such as {“@iot.id”: …}.")
    return found


def complete(name: str, body: Body, place: str = "", *, linked: frozenset[str] = frozenset()) -> None:
    """Refuse a new entity that lacks what it must have; ``linked`` are links that the address gives."""
    for required in sensing.SETS[name].required:
        given = required in body.links or required in linked or body.properties.get(required) is not None
        if not given and not (name == "Observations" and required in body.properties):
            raise Invalid(
                place=f"{place}/{required}",
                why="%(entity)s needs “%(required)s”.",
                entity=sensing.SETS[name].one,
                required=required,
            )


def reference_of(one: Mapping[str, Any]) -> str | None:
    """The id, where an entity stands for one that is there; clients may send all that they know of it beside."""
    held = one.get("@iot.id")
    return None if held is None else str(held)


def attributes_of(name: str, properties: Mapping[str, Any], place: str = "") -> dict[str, Attribute]:
    """Attributes for properties that are not null."""
    kinds = sensing.SETS[name].properties
    return {
        prop: _attribute(prop, kinds[prop], held, f"{place}/{prop}")
        for prop, held in properties.items()
        if held is not None
    }


def _attribute(prop: str, kind: sensing.Kind, held: Any, place: str) -> Attribute:
    if prop in _AS_JSON:
        if kind == "json" and not isinstance(held, dict):
            raise Invalid(place=place, why="%(name)s is a JSON object.", name=prop)
        return Attribute(type="JsonProperty", json=held)
    if kind == "geometry":
        is_geometry = isinstance(held, dict) and held.get("type") in _GEOMETRIES
        return Attribute(type="GeoProperty", value=held) if is_geometry else Attribute(type="JsonProperty", json=held)
    if not isinstance(held, str):
        raise Invalid(place=place, why="%(name)s is a text.", name=prop)
    if kind == "interval":
        return Attribute(type="Property", value=interval_text(*parse_interval(held, place=place)))
    return Attribute(type="Property", value=rfc3339(parse_instant(held, place=place)) if kind == "time" else held)


def relationship(*ids: str) -> Attribute:
    """A reference to one, or to several."""
    return Attribute(type="Relationship", object=list(ids) if len(ids) != 1 else ids[0])


def references(held: Any) -> list[str]:
    """The ids in a reference, as a list."""
    if not isinstance(held, Attribute) or held.object is UNSET:
        return []
    return [held.object] if isinstance(held.object, str) else list(held.object)
