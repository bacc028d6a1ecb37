"""Which registrations concern a request, and with which of their attributes (CIM 009, 5.12)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from huicheng.context.sources.registration import EntityInfo, Information, Offer, Registration


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Entities and attributes that a request is about, by stored names. Empty: any."""

    types: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    id_pattern: str | None = None
    attributes: frozenset[str] = frozenset()


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """What of a request one registration answers for."""

    #: ``None``: every attribute that there is.
    attributes: frozenset[str] | None
    #: The one entity that was registered, where it is one.
    id: str | None = None
    #: Types that were registered and fit.
    types: frozenset[str] = frozenset()

    def of(self, names: frozenset[str]) -> frozenset[str]:
        """Those of some attributes that it answers for."""
        return names if self.attributes is None else names & self.attributes


#: A registration, and what of a request it answers for.
Party = tuple[Registration, Cover]


def matching(offer: Offer, sought: Sought) -> list[Information]:
    """The parts of what is registered that fit."""
    return [one for one in offer.information if _fits(one, sought)]


def cover(offer: Offer, sought: Sought) -> Cover | None:
    """What of a request a registration answers for; ``None`` when nothing."""
    found = matching(offer, sought)
    if not found:
        return None
    entities = [one for information in found for one in information.entities or () if _entity_fits(one, sought)]
    ids = {one.id for one in entities}
    named = all(information.entities for information in found) and len(ids) == 1
    return Cover(
        attributes=_attributes(found, sought.attributes),
        id=ids.pop() if named else None,
        types=frozenset(name for one in entities for name in one.types),
    )


def _attributes(found: Iterable[Information], asked: frozenset[str]) -> frozenset[str] | None:
    """The union; what names none answers for all that is asked, or for every one."""
    held: frozenset[str] = frozenset()
    for one in found:
        if not one.attributes:
            return asked or None
        held |= one.attributes & asked if asked else one.attributes
    return held


def _fits(one: Information, sought: Sought) -> bool:
    if sought.attributes and one.attributes and sought.attributes.isdisjoint(one.attributes):
        return False
    return one.entities is None or any(_entity_fits(entity, sought) for entity in one.entities)


def _entity_fits(entity: EntityInfo, sought: Sought) -> bool:
    if sought.types and sought.types.isdisjoint(entity.types):
        return False
    if sought.ids:
        return any(_is_meant(entity, one) for one in sought.ids)
    if sought.id_pattern and entity.id:
        return _pattern(sought.id_pattern).search(entity.id) is not None
    # Whether two patterns have an id in common is not decided: the source is asked.
    return True


def _is_meant(entity: EntityInfo, id: str) -> bool:
    if entity.id is not None:
        return entity.id == id
    return entity.id_pattern is None or _pattern(entity.id_pattern).search(id) is not None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
