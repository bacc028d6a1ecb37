"""What was observed in one commit, put over an entity that was read later.

A window of the feed may hold several changes of one entity, and the state is only the last; a
subscriber is to hear of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import msgspec
import numpy as np

from huicheng.city import Attribute, Entity, from_micros
from huicheng.stores import Columns, Stored

#: Attribute → value, unit code, time (µs).
Values = dict[str, tuple[Any, str | None, int]]


def observed_values(columns: Columns, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], Values]:
    """(seq, entity) → what it observed. Of several values in one commit the last stands, as in the state."""
    strings, other = columns.strings, columns.other
    entities = {entity for _, entity in wanted}
    codes = [code for code, text in enumerate(strings) if text in entities]
    rows = np.flatnonzero(np.isin(columns.entity, codes) & (columns.dataset < 0))
    parts = (columns.seq, columns.entity, columns.attribute, columns.unit, columns.observed_at, columns.number)
    found: dict[tuple[int, str], Values] = defaultdict(dict)
    for row, seq, entity, name, code, moment, number in zip(
        rows.tolist(), *(part[rows].tolist() for part in parts), strict=True
    ):
        unit = strings[code] if code >= 0 else None
        found[seq, strings[entity]][strings[name]] = (other.get(row, number), unit, moment)
    return found


def overlaid(stored: Stored, values: Values) -> Stored:
    """The entity with these values where it shows the attribute; what it does not show stays unseen."""
    entity = stored.entity
    attributes = {name: _then(held, values.get(name)) for name, held in entity.attributes.items()}
    return msgspec.structs.replace(stored, held=Entity(id=entity.id, type=entity.type, attributes=attributes))


def _then(held: Attribute | list[Attribute], value: tuple[Any, str | None, int] | None) -> Any:
    if value is None or isinstance(held, list) or held.type != "Property":
        return held
    content, unit, moment = value
    observed_at = from_micros(moment)
    if held.observed_at == observed_at and held.value == content:
        return held
    if isinstance(held.value, int) and isinstance(content, float) and content.is_integer():
        content = int(content)  # columns hold doubles; a whole number is shown as it was sent
    return msgspec.structs.replace(held, value=content, unit_code=unit, observed_at=observed_at)
