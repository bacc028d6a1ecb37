"""What a part of an entity does to the entity that stands there, instance by instance (CIM 009, 5.6.2 and 5.6.3).

Instances of an attribute are told apart by their data set. Types are only ever added (4.16): the leading one, by
which policies, rules and packs know the entity, stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from huicheng.api.ngsild.permission import refuse_read_only
from huicheng.city import FURTHER_TYPES, Attribute, Attributes, Entity
from huicheng.stores import Removal

NULL = "urn:ngsi-ld:null"
#: What deletes where it stands in place of a value (4.5.0), also of a text in several languages.
NULLS: tuple[Any, ...] = (NULL, {"@none": NULL})
#: The attribute that the door shows as a member of the entity.
SCOPE = "scope"
ABSENT = "It is not there."
THERE = "It is there already."


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done."""

    #: To be written over what is there; without attributes nothing is.
    entity: Entity
    #: To be added where there is nothing yet.
    added: Entity
    removals: list[Removal]
    #: Attribute → why it, or one of its instances, stays as it is.
    skipped: dict[str, str]


def updated(part: Entity, stored: Entity) -> Change:
    """Instances take the place of those of their data set or are added; a null deletes; a scope is only replaced."""
    written: Attributes = {}
    removals: list[Removal] = []
    skipped: dict[str, str] = {}
    for name, held in part.attributes.items():
        there = {one.dataset_id for one in instances(stored.attributes.get(name))}
        nulls = [one.dataset_id for one in instances(held) if one.content in NULLS]
        removals += [Removal(id=part.id, attribute=name, dataset_id=one) for one in nulls if one in there]
        if not there.issuperset(nulls) or (name == SCOPE and not there):
            skipped[name] = ABSENT
        elif left := [one for one in instances(held) if one.content not in NULLS]:
            written[name] = _held(left)
    return Change(entity=_with(part, written), added=_with(part, {}), removals=removals, skipped=skipped)


def appended(part: Entity, stored: Entity, *, overwrites: bool) -> Change:
    """Instances are added, and with ``overwrites`` replaced; without it scopes are added to those that there are."""
    skipped: dict[str, str] = {}
    if overwrites:
        return Change(entity=part, added=_with(part, {}), removals=[], skipped=skipped)
    joined: Attributes = {}
    new: Attributes = {}
    for name, held in part.attributes.items():
        if name in {SCOPE, FURTHER_TYPES}:
            joined[name] = _union(stored.attributes.get(name), held)
            continue
        there = {one.dataset_id for one in instances(stored.attributes.get(name))}
        left = [one for one in instances(held) if one.dataset_id not in there]
        if left:
            new[name] = _held(left)
        if len(left) < len(instances(held)):
            skipped[name] = THERE
    return Change(entity=_with(part, joined), added=_with(part, new), removals=[], skipped=skipped)


def instances(held: Attribute | list[Attribute] | None) -> list[Attribute]:
    """Each instance of an attribute."""
    if held is None:
        return []
    return held if isinstance(held, list) else [held]


# -- types -----------------------------------------------------------------------------------------


def types_of(entity: Entity) -> list[str]:
    """The leading type and the further ones."""
    further = entity.attributes.get(FURTHER_TYPES)
    return [entity.type, *(further.content if isinstance(further, Attribute) else ())]


def as_types(lead: str, several: Iterable[str]) -> Attributes:
    """The attribute that keeps the types beside the leading one; nothing where it is alone."""
    further = [one for one in dict.fromkeys(several) if one != lead]
    for one in further:
        refuse_read_only(one)
    return {FURTHER_TYPES: Attribute(type="Property", value=further)} if further else {}


def with_types(part: Entity, stored: Entity) -> Entity:
    """The part as one of the stored entity, with its types added to those that there are."""
    attributes = {name: held for name, held in part.attributes.items() if name != FURTHER_TYPES}
    there = types_of(stored)
    if set(types_of(part)) - set(there):
        attributes |= as_types(stored.type, [*there, *types_of(part)])
    return Entity(id=part.id, type=stored.type, attributes=attributes)


def led_by(entity: Entity, lead: str) -> Entity:
    """The same entity with another of its types leading."""
    attributes = {name: held for name, held in entity.attributes.items() if name != FURTHER_TYPES}
    return Entity(id=entity.id, type=lead, attributes=attributes | as_types(lead, types_of(entity)))


# -- steps -----------------------------------------------------------------------------------------


def _with(part: Entity, attributes: Attributes) -> Entity:
    return Entity(id=part.id, type=part.type, attributes=attributes)


def _held(several: list[Attribute]) -> Attribute | list[Attribute]:
    return several[0] if len(several) == 1 else several


def _union(stored: Attribute | list[Attribute] | None, new: Attribute | list[Attribute]) -> Attribute:
    """Values of lists, each once."""
    several = [value for one in (*instances(stored), *instances(new)) for value in one.content]
    return Attribute(type="Property", value=list(dict.fromkeys(several)))
