"""Observations of a window of the feed as rows, as far as a reader may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from huicheng.access import Guard
from huicheng.api.sensorthings.mqtt.ordinals import Ordinals, Valued
from huicheng.api.sensorthings.recording import DETAIL
from huicheng.city import Attribute, Instant
from huicheng.stores import Columns, Stored, sensing

#: Properties that an entity of type Observation says beside value and time.
_DETAILS = ("phenomenonTime", "resultTime", "resultQuality", "validTime", "parameters")

Visible = Mapping[str, Stored]


def told(columns: Columns, guard: Guard, since: Instant) -> dict[int, str]:
    """Position → entity of those that were live and not long ago, of types of which the reader may see any."""
    kinds = [code for kind, code in columns.types().items() if guard.of(kind) and kind not in sensing.AUXILIARY]
    wanted = columns.judged & (columns.received_at >= since) & np.isin(columns.type, kinds)
    return {place: columns.strings[columns.entity[place]] for place in np.flatnonzero(wanted).tolist()}


def valued(columns: Columns, places: Mapping[int, str], visible: Visible, naming: sensing.Naming) -> list[Valued]:
    """Those of attributes that the reader sees of their entities now."""
    found = []
    for place, entity in places.items():
        stored = visible.get(entity)
        attribute = columns.strings[columns.attribute[place]]
        if stored is None or not _shows(stored, attribute, naming):
            continue
        dataset = int(columns.dataset[place])
        key = sensing.ObservationKey(
            entity=entity,
            attribute=attribute,
            observed_at=int(columns.observed_at[place]),
            dataset_id=columns.strings[dataset] if dataset >= 0 else None,
        )
        found.append((key, _value(columns, place)))
    return found


def _shows(stored: Stored, attribute: str, naming: sensing.Naming) -> bool:
    hidden = naming.personal.get(stored.entity.type, frozenset())
    return attribute in stored.entity.attributes and attribute not in hidden


def _value(columns: Columns, place: int) -> Any:
    if place in columns.other:
        return columns.other[place]
    number = float(columns.number[place])
    return int(number) if number.is_integer() else number


async def rows(found: list[Valued], ordinals: Ordinals, details: Visible) -> list[dict[str, Any]]:
    """As the store gives them."""
    keys = await ordinals.numbered(found)
    return [_row(key, value, details.get(DETAIL + str(key))) for key, (_, value) in zip(keys, found, strict=True)]


def _row(key: sensing.ObservationKey, value: Any, described: Stored | None) -> dict[str, Any]:
    row = {"@iot.id": str(key), "phenomenonTime": key.observed_at, "result": value, "_series": key.series}
    return row | dict(_said(described) if described else ())


def _said(described: Stored) -> Iterable[tuple[str, Any]]:
    for name in _DETAILS:
        held = described.entity.attributes.get(name)
        if isinstance(held, Attribute):
            yield name, held.content
