"""An entity as a feature: an attribute is a property, its location the geometry."""

from __future__ import annotations

from typing import Any

from huicheng.api.features.layer import PLACE
from huicheng.api.features.links import GEOJSON, Link, collection_url, item_url, link
from huicheng.city import FURTHER_TYPES, Attribute
from huicheng.context import MEMBERS, newest_observation, text_in
from huicheng.stores import Stored


def feature_of(stored: Stored, type: str, base: str, language: str) -> dict[str, Any]:
    """GeoJSON (RFC 7946); of texts in several languages the one asked for."""
    entity = stored.entity
    properties = {
        name: value_of(name, held, language)
        for name, held in entity.attributes.items()
        if name not in {FURTHER_TYPES, PLACE}
    }
    moment = newest_observation(entity)
    if moment is not None:
        properties["observedAt"] = moment
    return {
        "type": "Feature",
        "id": entity.id,
        "geometry": geometry_of(entity.attributes.get(PLACE)),
        "properties": properties,
        "links": [link(item_url(base, type, entity.id), "self", GEOJSON)],
    }


def alone(feature: dict[str, Any], links: list[Link], base: str, type: str) -> dict[str, Any]:
    """A feature that is a whole answer tells where it belongs."""
    home = link(collection_url(base, type), "collection", "application/json")
    return {**feature, "links": [*links, home]}


def geometry_of(held: Attribute | list[Attribute] | None) -> Any:
    """The place; ``None`` where there is none, or it may not be seen."""
    one = default_of(held) if held is not None else None
    return one.content if one is not None and one.type == "GeoProperty" else None


def value_of(name: str, held: Attribute | list[Attribute], language: str) -> Any:
    """The bare value; a relationship is the identifier that it points to."""
    one = default_of(held)
    if name in MEMBERS:
        return MEMBERS[name](one.content)
    if one.objects is not None:
        return one.objects[0] if len(one.objects) == 1 else one.objects
    if one.type == "LanguageProperty" and isinstance(one.content, dict):
        return text_in(one.content, language)[1]
    return one.content


def default_of(held: Attribute | list[Attribute]) -> Attribute:
    """Of several instances the one without a data set, else the first."""
    if not isinstance(held, list):
        return held
    return next((one for one in held if one.dataset_id is None), held[0])
