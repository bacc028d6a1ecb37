"""Updates of like sensors as columns (:class:`huicheng.city.Readings`), as many of a batch as are alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from huicheng.city import Attribute, Entity, Readings
from huicheng.stores import Block

#: Fewer are as quick entity by entity.
_FEWEST = 4
#: Beyond this a float64 does not hold every integer.
_EXACT = 1 << 53

#: Type, and names with their units.
_Likeness = tuple[str, tuple[tuple[str, str | None], ...]]


def block_of(entities: Iterable[Entity]) -> tuple[Block | None, frozenset[str]]:
    """The most that are alike as a block, and which ids it holds. No two of the entities have one id."""
    alike: dict[_Likeness, list[Entity]] = {}
    for entity in entities:
        likeness = _likeness(entity)
        if likeness is not None:
            alike.setdefault(likeness, []).append(entity)
    largest = max(alike, key=lambda one: len(alike[one]), default=None)
    if largest is None or len(alike[largest]) < _FEWEST:
        return None, frozenset()
    chosen = alike[largest]
    block = Block(readings=_readings(largest, chosen), must_exist=True, newest=True)
    return block, frozenset(one.id for one in chosen)


def _likeness(entity: Entity) -> _Likeness | None:
    """``None`` for an entity with anything but plain numbers."""
    units: list[tuple[str, str | None]] = []
    for name, held in entity.attributes.items():
        if not isinstance(held, Attribute) or not _is_plain(held):
            return None
        units.append((name, held.unit_code))
    return entity.type, tuple(units)


def _is_plain(held: Attribute) -> bool:
    value = held.value
    number = (type(value) is float and math.isfinite(value)) or (type(value) is int and abs(value) < _EXACT)
    return number and held.type == "Property" and held.observed_at is not None and held.dataset_id is None is held.sub


def _readings(likeness: _Likeness, entities: Sequence[Entity]) -> Readings:
    held = [one for entity in entities for one in entity.attributes.values() if isinstance(one, Attribute)]
    return Readings(
        type=likeness[0],
        units=dict(likeness[1]),
        ids=[entity.id for entity in entities],
        values=[one.value for one in held],  # type: ignore[misc] # all are numbers
        observed_at=[_utc(one.observed_at) for one in held],
        documents=[entity.document() for entity in entities],
    )


def _utc(moment: datetime | None) -> datetime:
    if moment is None:
        raise AssertionError("a reading has its time")
    return moment.astimezone(UTC)
