"""Entities in the words of an older version of the standard, for clients of then (ETSI GS CIM 009, 4.3.6.8).

What a version does not know yet is told as what it knows: a vocabulary's term as a property, a list of relationships as
one relationship to several. What it has no room for (scopes, further types, instances beside the default one) is left
out. A version is the number behind ``1.``.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from huicheng.city import FURTHER_TYPES, Attribute, Attributes, Entity, fold
from huicheng.context.languages import VALUE_FIELDS

#: The version that is spoken here.
OUR_VERSION = 8
_VERSION = re.compile(r"1\.(\d{1,2})(?:\.\d{1,2})?")
_PREFERENCE = re.compile(r'(?:^|,)\s*ngsi-ld\s*=\s*"?([\d.]+)"?\s*(?=$|[,;])', re.IGNORECASE)
#: Kind of attribute → the version that it came with, the kind that it was before, and where its content stands now.
_KINDS = {
    "LanguageProperty": (4, "Property", "languageMap"),
    "JsonProperty": (8, "Property", "json"),
    "VocabProperty": (8, "Property", "vocab"),
    "ListProperty": (8, "Property", "valueList"),
    "ListRelationship": (8, "Relationship", "objectList"),
}
_FIELD = {"Property": "value", "Relationship": "object"}
#: Member of an attribute, of an entity → the version that it came with.
_MEMBERS = {"objectType": 8, "datasetId": 2, "lang": 4}
_OF_ENTITY = {"scope": 4, FURTHER_TYPES: 4}


def parse_version(text: str | None) -> int | None:
    """``1.6`` and ``1.6.1`` are 6; ``None`` for what is no version."""
    found = _VERSION.fullmatch(text or "")
    return None if found is None else min(int(found.group(1)), OUR_VERSION)


def preferred_version(prefer: str) -> int | None:
    """Of a header ``Prefer: ngsi-ld=1.6`` (RFC 7240; CIM 009, 6.3.6)."""
    found = _PREFERENCE.search(prefer)
    return parse_version(found.group(1)) if found else None


def older(entity: Entity, version: int | None) -> Entity:
    """The entity as that version has it; itself, where nothing is other."""
    if version is None or version >= OUR_VERSION:
        return entity
    there = {name: held for name, held in entity.attributes.items() if _OF_ENTITY.get(name, 0) <= version}
    attributes: Attributes = {name: older_attribute(held, version) for name, held in there.items()}
    return entity if attributes == entity.attributes else msgspec.structs.replace(entity, attributes=attributes)


def older_attribute(held: Attribute | list[Attribute], version: int) -> Any:
    """Every instance; of a version without data sets the default one, else the first."""
    if isinstance(held, list):
        if version < _MEMBERS["datasetId"]:
            return older_attribute(next((one for one in held if one.dataset_id is None), held[0]), version)
        return [older_attribute(one, version) for one in held]
    plain: dict[str, Any] = msgspec.to_builtins(held)
    plain.update(plain.pop("sub", {}))
    return fold(older_member(plain, version))


def older_course(course: dict[str, Any], version: int) -> dict[str, Any]:
    """An entity or its course as it is shown, in any form but the simplified one, in the words of that version."""
    kept = {name: held for name, held in course.items() if _OF_ENTITY.get(name, 0) <= version}
    if version < _OF_ENTITY[FURTHER_TYPES] and isinstance(kept.get("type"), list):
        kept["type"] = kept["type"][0]
    return {name: held if name == "@context" else _instances(held, version) for name, held in kept.items()}


def _instances(held: Any, version: int) -> Any:
    if isinstance(held, dict):
        return older_member(held, version)
    if not isinstance(held, list):
        return held
    default = [one for one in held if not isinstance(one, dict) or "datasetId" not in one]
    return [_instances(one, version) for one in (held if version >= _MEMBERS["datasetId"] else default)]


def older_member(member: dict[str, Any], version: int) -> dict[str, Any]:
    """An attribute, an instance or a list of values as it is shown; with its sub-attributes."""
    held = {
        name: older_member(one, version) if isinstance(one, dict) and name not in VALUE_FIELDS else one
        for name, one in member.items()
        if _MEMBERS.get(name, 0) <= version
    }
    for kind, (since, before, field) in _KINDS.items():
        if version < since:
            held = _renamed(held, kind, before, field)
    return held


def _renamed(held: dict[str, Any], kind: str, before: str, field: str) -> dict[str, Any]:
    then, series = _FIELD[before], f"{field}s"
    shown: dict[str, Any] = {}
    for name, one in held.items():
        if name == field:
            shown[then] = [_target(each) for each in one] if field == "objectList" else one
        elif name == series:
            shown[f"{then}s"] = [[_bare(value, field), at] for value, at in one]
        else:
            shown[name] = before if name == "type" and one == kind else one
    return shown


def _target(one: Any) -> Any:
    return one["object"] if isinstance(one, dict) else one


def _bare(value: Any, field: str) -> Any:
    """Of what stands in a list of values with the name of its kind around it."""
    return value[field] if isinstance(value, dict) and value.keys() == {field} else value
