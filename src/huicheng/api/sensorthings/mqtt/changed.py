"""Which entities of SensorThings a change of an entity of the city is about, and which of their properties."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from huicheng.city import Attribute, Attributes
from huicheng.stores import Change, Outcome, Stored, sensing

_BY_TYPE = {one.one: name for name, one in sensing.SETS.items()}
_DATASTREAM = "urn:ngsi-ld:Datastream:"
_OF_THE_THING = frozenset({"name", "description"})


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """One entity of a set."""

    set: str
    id: str
    properties: frozenset[str]


def concerned(change: Change, stored: Stored) -> Iterator[Concerned]:
    """None for what has a course: that is an Observation."""
    whole = change.outcome is Outcome.CREATED
    names = frozenset(stored.entity.attributes if whole else change.attributes)
    if change.type in sensing.AUXILIARY:
        if change.type != "Observation":
            yield from _described(_BY_TYPE[change.type], change.id, names, whole=whole)
    else:
        yield from _thing(change.id, stored, names, whole=whole)


def _described(name: str, id_: str, names: frozenset[str], *, whole: bool) -> Iterator[Concerned]:
    """An entity that SensorThings knows as it is."""
    known = frozenset(sensing.SETS[name].properties)
    yield Concerned(set=name, id=id_.removeprefix(_DATASTREAM), properties=known if whole else known & names)


def _thing(id_: str, stored: Stored, names: frozenset[str], *, whole: bool) -> Iterator[Concerned]:
    attributes = stored.entity.attributes
    plain = frozenset(name for name in names if not _is_observed(attributes, name))
    properties = plain & _OF_THE_THING
    if plain - _OF_THE_THING - {"location", "refLocation"}:
        properties |= {"properties"}
    if whole or plain:
        yield Concerned(set="Things", id=id_, properties=properties)
        if stored.entity.type == "Device":
            yield Concerned(set="Sensors", id=id_, properties=properties)
    if "location" in names and "refLocation" not in attributes:
        yield Concerned(set="Locations", id=f"{id_}!location", properties=frozenset({"location"}))
    if whole:
        for name in sorted(names - plain):
            yield from _described("Datastreams", f"{id_}!{name}", frozenset(), whole=True)


def _is_observed(attributes: Attributes, name: str) -> bool:
    """Whether it has a course; what the reader does not see is nothing to tell of, either."""
    held = attributes.get(name)
    first = held[0] if isinstance(held, list) else held
    return not isinstance(first, Attribute) or first.observed_at is not None
