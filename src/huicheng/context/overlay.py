"""Edits of history: what stands in place of an observation, or that it is gone (decision 8).

History itself is never changed; what was edited lies over it when it is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from huicheng.city import Attribute, Instant, Observation, micros
from huicheng.stores import Rows, Store

#: In place of an instance or a data set: all of them.
ALL = "*"


class Edited(Observation, frozen=True, kw_only=True):
    """An observation that was edited, under its first identifier."""

    first: str

    @property
    def instance_id(self) -> str:
        """The identifier that it has always had."""
        return self.first


class _Edit(msgspec.Struct, frozen=True, kw_only=True):
    attribute: str
    instance: str
    dataset: str
    #: The attribute instance that stands there instead; ``None``: it is gone.
    held: Attribute | None
    at: Instant


class Overlay:
    """The edits of some entities."""

    def __init__(self, edits: Mapping[str, list[_Edit]]) -> None:
        self._edits = edits

    @classmethod
    async def of(cls, store: Store, entities: Iterable[str]) -> Overlay:
        """Read what was edited of these; nearly always nothing."""
        edited = {row["entity"] for row in await store.rows("overlay.entities")} & set(entities)
        found: dict[str, list[_Edit]] = {}
        for entity in sorted(edited):
            found[entity] = [_edit(row) for row in await store.rows("overlay.of", (entity,))]
        return cls(found)

    @property
    def is_empty(self) -> bool:
        """Whether history stands as it is."""
        return not self._edits

    def over(self, observations: Iterable[Observation]) -> list[Observation]:
        """The observations as they stand now."""
        return [one for each in observations if (one := self._now(each)) is not None]

    def _now(self, one: Observation) -> Observation | None:
        edits = self._edits.get(one.entity)
        if edits is None:
            return one
        for edit in edits:
            if edit.instance == ALL and _covers(edit, one):
                return None
            if edit.instance != ALL and edit.attribute == one.attribute and edit.instance == one.instance_id:
                return _replaced(one, edit)
        return one


def _covers(edit: _Edit, one: Observation) -> bool:
    return (
        edit.attribute in {ALL, one.attribute}
        and edit.dataset in {ALL, one.dataset_id or ""}
        and one.received_at <= edit.at
    )


def _replaced(one: Observation, edit: _Edit) -> Observation | None:
    held = edit.held
    if held is None:
        return None
    fields: dict[str, Any] = {name: getattr(one, name) for name in one.__struct_fields__}
    fields |= {"value": held.content, "kind": held.type, "unit_code": held.unit_code}
    if held.observed_at is not None:
        fields["observed_at"] = micros(held.observed_at)
    return Edited(**fields, first=edit.instance)


def gone(entity: str, attribute: str, dataset: str, at: Instant, instance: str = ALL) -> Rows:
    """Nothing of this that was received until ``at`` is shown any more."""
    return Rows(statement="overlay.put", parameters=[(entity, attribute, instance, dataset, None, at)])


def instead(entity: str, attribute: str, instance: str, held: Attribute, at: Instant) -> Rows:
    """In place of one instance of history stands this one."""
    text = msgspec.json.encode(held).decode()
    return Rows(statement="overlay.put", parameters=[(entity, attribute, instance, ALL, text, at)])


def _edit(row: Mapping[str, Any]) -> _Edit:
    body = row["body"]
    return _Edit(
        attribute=row["attribute"],
        instance=row["instance"],
        dataset=row["dataset"],
        held=None if body is None else msgspec.json.decode(body, type=Attribute),
        at=row["at"],
    )


def by_series(observations: Iterable[Observation]) -> dict[tuple[str, str], list[Observation]]:
    """Entity and attribute → its observations."""
    found: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for one in observations:
        found[one.entity, one.attribute].append(one)
    return found
