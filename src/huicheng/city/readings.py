"""Readings of many like sensors, as columns: the form in which nearly every value comes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from huicheng.city.attribute import Attribute
from huicheng.city.entity import Attributes, Entity


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """Entities of one type with the same attributes, each of which is one number with its time.

    It says nothing that :meth:`entities` does not say, and saves making thousands of objects to say it.
    """

    type: str
    #: Attribute → unit code, the same for every entity; in the order of the columns.
    units: dict[str, str | None]
    #: No two are equal.
    ids: list[str]
    #: Finite, and integers that a float64 holds exactly; attribute by attribute within entity by entity.
    values: list[int | float]
    #: UTC, one for each value.
    observed_at: list[Annotated[datetime, msgspec.Meta(tz=True)]]
    #: The stored form of each entity: what :meth:`Entity.document` gives.
    documents: list[bytes]

    def __len__(self) -> int:
        return len(self.ids)

    def entities(self) -> list[Entity]:
        """The same, entity by entity."""
        return [Entity(id=id, type=self.type, attributes=self._attributes(row)) for row, id in enumerate(self.ids)]  # noqa: A001 - as NGSI-LD has it

    def _attributes(self, row: int) -> Attributes:
        first = row * len(self.units)
        return {
            name: Attribute(
                type="Property", value=self.values[place], unit_code=unit, observed_at=self.observed_at[place]
            )
            for place, (name, unit) in enumerate(self.units.items(), first)
        }
