"""How an entity looks outside: normalized, concise, simplified (key-values), or GeoJSON (CIM 009, 4.5 and 5.2.29)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

import msgspec

from huicheng.city import FURTHER_TYPES, Attribute, Entity, Instant, micros, rfc3339
from huicheng.context.languages import VALUE_FIELDS, spoken, text_in
from huicheng.context.older import older
from huicheng.stores import Stored


class Format(StrEnum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


#: Member of a simplified value that keeps what a bare value could not tell.
_WRAPPED = {"LanguageProperty": "languageMap", "JsonProperty": "json", "VocabProperty": "vocab"}
_CREATED, _MODIFIED = "createdAt", "modifiedAt"
#: Attributes of the stored document that are members of the entity: stored name → how it is shown.
MEMBERS: dict[str, Callable[[Any], Any]] = {
    "scope": lambda scopes: scopes[0] if isinstance(scopes, list) and len(scopes) == 1 else scopes,
    "expiresAt": lambda moment: moment,
}


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants to see entities."""

    format: Format = Format.NORMALIZED
    #: With the platform's times.
    system: bool = False
    #: Only these attributes; empty: all.
    only: frozenset[str] = frozenset()
    #: Preferred natural languages, as ``Accept-Language`` has them; "": all that there are.
    lang: str = ""
    #: Only these instances, ``@none`` being the default ones; empty: all.
    datasets: frozenset[str] = frozenset()
    #: In the words of an older version of the standard; ``None``: of ours.
    version: int | None = None


def represent(stored: Stored, format: Format, *, system: bool = False, only: Iterable[str] = ()) -> dict[str, Any]:
    """One entity as JSON. ``only`` reduces it to these attributes; ``system`` adds its times."""
    return represented(stored, Manner(format=format, system=system, only=frozenset(only)))


def represented(stored: Stored, manner: Manner) -> dict[str, Any]:
    """One entity as JSON, in the manner asked for."""
    shown = _entity(stored.entity, manner)
    if manner.system:
        shown[_CREATED], shown[_MODIFIED] = rfc3339(stored.created_at), rfc3339(stored.modified_at)
        if manner.format is not Format.SIMPLIFIED:
            _stamp(shown, stored)
    return shown


def _stamp(shown: dict[str, Any], stored: Stored) -> None:
    """Each attribute's own times; without any they are the entity's."""
    whole = (stored.created_at, stored.modified_at)
    for name in stored.entity.attributes.keys() & shown.keys() - MEMBERS.keys():
        times = (stored.stamps or {}).get(name, whole)
        shown[name] = [_stamped(one, times) for one in shown[name]] if isinstance(shown[name], list) else _stamped(
            shown[name], times
        )  # fmt: skip


def _stamped(shown: Any, times: tuple[Instant, Instant]) -> dict[str, Any]:
    held = shown if isinstance(shown, dict) and any(field in shown for field in VALUE_FIELDS) else {"value": shown}
    return {**held, _CREATED: rfc3339(times[0]), _MODIFIED: rfc3339(times[1])}


def represent_entity(entity: Entity, format: Format, *, only: Iterable[str] = ()) -> dict[str, Any]:
    """The same without the platform's times."""
    return _entity(entity, Manner(format=format, only=frozenset(only)))


def _entity(entity: Entity, manner: Manner) -> dict[str, Any]:
    show = _SHOW[manner.format]
    entity = older(entity, manner.version)
    shown: dict[str, Any] = {"id": entity.id, "type": types_of(entity)}
    for name, held in entity.attributes.items():
        if name in MEMBERS:
            shown |= _as_member(name, held, manner)
        elif name != FURTHER_TYPES and (not manner.only or name in manner.only):
            chosen = _chosen(held, manner)
            if chosen is not None:
                shown[name] = _in_language(chosen, manner) if manner.lang else show(chosen)
    return shown


def _as_member(name: str, held: Attribute | list[Attribute], manner: Manner) -> dict[str, Any]:
    if manner.only and name not in manner.only:
        return {}
    one = held[0] if isinstance(held, list) else held
    return {name: MEMBERS[name](one.content)}


def types_of(entity: Entity) -> str | list[str]:
    """The type, or all of them, the first leading."""
    further = entity.attributes.get(FURTHER_TYPES)
    if further is None or isinstance(further, list):
        return entity.type
    return [entity.type, *further.content]


def _chosen(held: Attribute | list[Attribute], manner: Manner) -> Attribute | list[Attribute] | None:
    """The instances of the data sets asked for."""
    if not manner.datasets:
        return held
    several = held if isinstance(held, list) else [held]
    left = [one for one in several if (one.dataset_id or "@none") in manner.datasets]
    return None if not left else left[0] if len(left) == 1 else left


def _in_language(held: Attribute | list[Attribute], manner: Manner) -> Any:
    """A text in several languages as the text in one (4.5.18), also where it is a sub-attribute."""
    if isinstance(held, list):
        several = [_in_language(one, manner) for one in held]
        return several if manner.format is not Format.SIMPLIFIED else _by_dataset(held, several)
    if manner.format is Format.SIMPLIFIED:
        texts = held.language_map
        return text_in(texts, manner.lang)[1] if isinstance(texts, dict) else simplified(held)
    shown = spoken(normalized(held), manner.lang)
    return shown if manner.format is Format.NORMALIZED else _concise_member(shown)


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
    if not isinstance(member, dict) or not any(field in member for field in VALUE_FIELDS):
        return member
    short = {key: _concise_member(value) if isinstance(value, dict) and key not in VALUE_FIELDS else value
             for key, value in member.items() if key != "type"}  # fmt: skip
    if set(short) == {"value"} and not _looks_like_attribute(short["value"]):
        return short["value"]
    return short


def _looks_like_attribute(value: Any) -> bool:
    return isinstance(value, dict) and any(field in value for field in VALUE_FIELDS)


def simplified(held: Attribute | list[Attribute]) -> Any:
    """The bare value; several instances under ``dataset`` (CIM 009, 4.5.5)."""
    if isinstance(held, list):
        return _by_dataset(held, [simplified(one) for one in held])
    wrap = _WRAPPED.get(held.type)
    return {wrap: held.content} if wrap else held.content


def _by_dataset(held: list[Attribute], values: list[Any]) -> dict[str, Any]:
    return {"dataset": {one.dataset_id or "@none": value for one, value in zip(held, values, strict=True)}}


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
