"""How an entity looks outside: normalized, concise, simplified (key-values), or GeoJSON (CIM 009, 4.5 and 5.2.29)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, micros, rfc3339
from huicheng.stores import Stored


class Format(StrEnum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


#: Member of a simplified value that keeps what a bare value could not tell.
_WRAPPED = {"LanguageProperty": "languageMap", "JsonProperty": "json", "VocabProperty": "vocab"}
_VALUE_FIELDS = ("value", "object", "languageMap", "json", "vocab")


def represent(stored: Stored, format: Format, *, system: bool = False, only: Iterable[str] = ()) -> dict[str, Any]:
    """One entity as JSON. ``only`` reduces it to these attributes; ``system`` adds its times."""
    shown = represent_entity(stored.entity, format, only=only)
    if system:
        shown["createdAt"] = rfc3339(stored.created_at)
        shown["modifiedAt"] = rfc3339(stored.modified_at)
    return shown


def represent_entity(entity: Entity, format: Format, *, only: Iterable[str] = ()) -> dict[str, Any]:
    """The same without the platform's times."""
    wanted = frozenset(only)
    show = _SHOW[format]
    attributes = {name: show(held) for name, held in entity.attributes.items() if not wanted or name in wanted}
    return {"id": entity.id, "type": entity.type, **attributes}


def simplified_attributes(entity: Entity, *, only: Iterable[str] = ()) -> dict[str, Any]:
    """Attribute → bare value, without id and type."""
    wanted = frozenset(only)
    return {name: simplified(held) for name, held in entity.attributes.items() if not wanted or name in wanted}


def newest_observation(entity: Entity, *, only: Iterable[str] = ()) -> str | None:
    """The newest ``observedAt`` of the entity's attributes, RFC 3339 in UTC."""
    wanted = frozenset(only)
    moments = [
        one.observed_at
        for name, held in entity.attributes.items()
        if not wanted or name in wanted
        for one in (held if isinstance(held, list) else [held])
        if one.observed_at is not None
    ]
    return rfc3339(micros(max(moments))) if moments else None


def normalized(held: Attribute | list[Attribute]) -> Any:
    """The attribute as it is stored, sub-attributes unfolded."""
    if isinstance(held, list):
        return [normalized(one) for one in held]
    plain = msgspec.to_builtins(held)
    plain.update(plain.pop("sub", {}))
    return plain


def concise(held: Attribute | list[Attribute]) -> Any:
    """Without what the reader can tell by itself."""
    if isinstance(held, list):
        return [concise(one) for one in held]
    return _concise_member(normalized(held))


def _concise_member(member: Any) -> Any:
    if not isinstance(member, dict) or not any(field in member for field in _VALUE_FIELDS):
        return member
    short = {key: _concise_member(value) if isinstance(value, dict) and key not in _VALUE_FIELDS else value
             for key, value in member.items() if key != "type"}  # fmt: skip
    if set(short) == {"value"} and not _looks_like_attribute(short["value"]):
        return short["value"]
    return short


def _looks_like_attribute(value: Any) -> bool:
    return isinstance(value, dict) and any(field in value for field in _VALUE_FIELDS)


def simplified(held: Attribute | list[Attribute]) -> Any:
    """The bare value; several instances under ``dataset`` (CIM 009, 4.5.5)."""
    if isinstance(held, list):
        return {"dataset": {one.dataset_id or "@none": simplified(one) for one in held}}
    wrap = _WRAPPED.get(held.type)
    return {wrap: held.content} if wrap else held.content


_SHOW = {Format.NORMALIZED: normalized, Format.CONCISE: concise, Format.SIMPLIFIED: simplified}


def feature(shown: dict[str, Any], entity: Entity, *, geometry: str = "location") -> dict[str, Any]:
    """One represented entity as a GeoJSON feature, whose place is the value of ``geometry``."""
    held = entity.attributes.get(geometry)
    place = held[0] if isinstance(held, list) else held
    return {
        "id": entity.id,
        "type": "Feature",
        "geometry": place.content if place is not None and place.type == "GeoProperty" else None,
        "properties": {key: value for key, value in shown.items() if key != "id"},
    }
