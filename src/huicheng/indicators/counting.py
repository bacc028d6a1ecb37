"""Counting the rows of a formula, and keeping which they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from huicheng.city import Entity
from huicheng.expressions import evaluate
from huicheng.indicators.formula import Formula
from huicheng.stores import Blocking, EntityQuery, Stored

_PAGE = 2_000
_encode = msgspec.json.Encoder(order="sorted").encode


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the denominator."""

    entity: str
    version: int | None
    in_numerator: bool


def count(store: Blocking, over: str, formula: Formula) -> list[Counted]:
    """Every entity of type ``over`` in the denominator, in order of its id."""
    return [
        Counted(
            entity=stored.entity.id,
            version=stored.version,
            in_numerator=evaluate(formula.numerator, values_of(stored.entity)) is True,
        )
        for stored in _pages(store, over, formula)
    ]


def _pages(store: Blocking, over: str, formula: Formula) -> Iterator[Stored]:
    offset = 0
    while True:
        page = store.query(EntityQuery(types=[over], where=formula.denominator, limit=_PAGE, offset=offset))
        yield from page.entities
        offset += _PAGE
        if len(page.entities) < _PAGE:
            return


def values_of(entity: Entity) -> Mapping[str, Any]:
    """What a formula reads of an entity; of several instances, the first."""
    held = {name: one[0] if isinstance(one, list) else one for name, one in entity.attributes.items()}
    return {"id": entity.id, "type": entity.type, **{name: one.content for name, one in held.items()}}


def digest(indicator: str, version: int, period: str, rows: list[Counted]) -> str:
    """SHA-256 of what was counted and how. A row that merely changed otherwise gives the same digest."""
    counted = [(row.entity, row.in_numerator) for row in rows]
    return sha256(_encode([indicator, version, period, counted])).hexdigest()
