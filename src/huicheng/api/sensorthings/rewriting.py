"""Observations that are there already, rewritten or taken away: edits that lie over history (decision 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.sensorthings.bodies import attributes_of
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.recording import DETAIL, OWN
from huicheng.city import Attribute, Instant, from_micros, instance_id, parse_instant
from huicheng.context import gone, instead
from huicheng.errors import Invalid, NotFound
from huicheng.stores import Stored, sensing


class Rewriting:
    """Edits of one request."""

    def __init__(self, draft: Draft, now: Instant) -> None:
        self._draft = draft
        self._now = now

    async def rewrite(self, row: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        """Another result or time, or other things said beside them."""
        key, stored = await self._observed(row)
        if not OWN.isdisjoint(said):
            held = Attribute(
                type="Property",
                value=_value(said.get("result", row["result"])),
                unit_code=_unit(stored, key.attribute),
                observed_at=from_micros(_time(said, row["phenomenonTime"])),
                dataset_id=key.dataset_id,
            )
            self._draft.edit(instead(key.entity, key.attribute, _instance(key), held, self._now), stored)
        await self._describe(key, said)

    async def remove(self, row: Mapping[str, Any]) -> None:
        """Not there any more."""
        key, stored = await self._observed(row)
        self._draft.edit(gone(key.entity, key.attribute, "*", self._now, _instance(key)), stored)
        described = await self._draft.tools.store.get(DETAIL + str(key))
        if described is not None:
            self._draft.remove(described)

    async def _describe(self, key: sensing.ObservationKey, said: Mapping[str, Any]) -> None:
        more = {name: held for name, held in said.items() if name not in OWN}
        attributes = attributes_of("Observations", more)
        if attributes:
            self._draft.change(DETAIL + str(key), "Observation", attributes)
        described = await self._draft.tools.store.get(DETAIL + str(key)) if None in more.values() else None
        for name, held in more.items():
            if held is None and described is not None and name in described.entity.attributes:
                self._draft.remove_attribute(described, name)

    async def _observed(self, row: Mapping[str, Any]) -> tuple[sensing.ObservationKey, Stored]:
        key = sensing.observation_key(row["@iot.id"])
        stored = None if key is None else await self._draft.tools.store.get(key.entity)
        if key is None or stored is None:
            raise NotFound(what="Observation", key=row["@iot.id"])
        return key, stored


def _instance(key: sensing.ObservationKey) -> str:
    return instance_id(key.entity, key.attribute, key.dataset_id, key.observed_at, key.n)


def _value(held: Any) -> Any:
    if held is None:
        raise Invalid(place="/result", why="An attribute has a value: a result is not null.")
    return held


def _time(said: Mapping[str, Any], before: Any) -> Instant:
    held = said.get("phenomenonTime")
    if held is not None:
        return parse_instant(str(held).partition("/")[0], place="/phenomenonTime")
    return before if isinstance(before, int) else parse_instant(str(before).partition("/")[0])


def _unit(stored: Stored, attribute: str) -> str | None:
    held = stored.entity.attributes.get(attribute)
    first = held[0] if isinstance(held, list) else held
    return first.unit_code if first else None
