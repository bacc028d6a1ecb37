"""Observations that are there already, rewritten or taken away: edits that lie over history (decision 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.sensorthings.bodies import attributes_of
from huicheng.api.sensorthings.draft import Draft
from huicheng.api.sensorthings.recording import DETAIL, OWN, lasting, phenomenon_time
from huicheng.city import Attribute, Instant, from_micros, instance_id
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
        before, _ = _as_it_is(row["phenomenonTime"])
        at, attributes = _kept(said, before)
        if "result" in said or at != before:
            held = Attribute(
                type="Property",
                value=_value(said.get("result", row["result"])),
                unit_code=_unit(stored, key.attribute),
                observed_at=from_micros(at),
                dataset_id=key.dataset_id,
            )
            self._draft.edit(instead(key.entity, key.attribute, _instance(key), held, self._now), stored)
        await self._describe(key, attributes)

    async def remove(self, row: Mapping[str, Any]) -> None:
        """Not there any more."""
        key, stored = await self._observed(row)
        self._draft.edit(gone(key.entity, key.attribute, "*", self._now, _instance(key)), stored)
        described = await self._draft.tools.store.get(DETAIL + str(key))
        if described is not None:
            self._draft.remove(described)

    async def _describe(self, key: sensing.ObservationKey, attributes: Mapping[str, Attribute | None]) -> None:
        """What is said of it from now on; ``None``: nothing any more."""
        said = {name: held for name, held in attributes.items() if held is not None}
        if said:
            self._draft.change(DETAIL + str(key), "Observation", said)
        gone = attributes.keys() - said.keys()
        described = await self._draft.tools.store.get(DETAIL + str(key)) if gone else None
        for name in sorted(gone):
            if described is not None and name in described.entity.attributes:
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


def _as_it_is(held: Any) -> tuple[Instant, Instant | None]:
    """The time of a row: an instant, or a text where it lasted."""
    return (held, None) if isinstance(held, int) else phenomenon_time(held, "/phenomenonTime")


def _kept(said: Mapping[str, Any], before: Instant) -> tuple[Instant, dict[str, Attribute | None]]:
    """Its time, and what is kept beside value and time; ``None``: nothing any more."""
    more = {name: held for name, held in said.items() if name not in OWN}
    attributes = {**dict.fromkeys(more), **attributes_of("Observations", more)}
    if said.get("phenomenonTime") is None:
        return before, attributes
    at, until = phenomenon_time(said["phenomenonTime"], "/phenomenonTime")
    return at, {**attributes, "phenomenonTime": None if until is None else lasting(at, until)}


def _unit(stored: Stored, attribute: str) -> str | None:
    held = stored.entity.attributes.get(attribute)
    first = held[0] if isinstance(held, list) else held
    return first.unit_code if first else None
