"""What a change of an entity did to its attributes, and which triggers of subscriptions that sets off (5.2.12).

What an entity was before is kept by the store for the types that some subscription names (``Wish.kept_before``);
without it a written attribute counts as created and as updated, and nothing is known of what went.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

import msgspec

from huicheng.access import Guard, visible_columns
from huicheng.city import Attribute, Attributes, Entity, Instant, attributes_of
from huicheng.context.representation import simplified_attributes
from huicheng.stores import Change, Outcome, Stored

Trigger = Literal[
    "entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"
]
#: What is news without ``notificationTrigger``.
USUAL: tuple[Trigger, ...] = ("attributeCreated", "attributeUpdated")
#: Trigger → what a change must have done to the entity.
OUTCOMES: Mapping[Trigger, frozenset[Outcome]] = {
    "entityCreated": frozenset({Outcome.CREATED}),
    "entityUpdated": frozenset({Outcome.UPDATED}),
    "entityDeleted": frozenset({Outcome.DELETED}),
    "attributeCreated": frozenset({Outcome.CREATED, Outcome.UPDATED}),
    "attributeUpdated": frozenset({Outcome.UPDATED}),
    "attributeDeleted": frozenset({Outcome.UPDATED, Outcome.DELETED}),
}
#: Trigger → the member of :class:`Happened` that it looks at.
_ATTRIBUTES: Mapping[Trigger, str] = {
    "attributeCreated": "created",
    "attributeUpdated": "updated",
    "attributeDeleted": "deleted",
}


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes that a change made, wrote over, and took away, wholly or some instances of them."""

    created: frozenset[str] = frozenset()
    updated: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()

    def sets_off(self, triggers: Collection[Trigger], outcome: Outcome, watched: Collection[str]) -> bool:
        """Whether one of the triggers is set off, by one of the watched attributes where some are named."""
        for one in triggers:  # noqa: SIM110 - asked for every change and each whom it may concern: half the time of any()
            if outcome in OUTCOMES[one] and self._touches(one, watched):
                return True
        return False

    def _touches(self, trigger: Trigger, watched: Collection[str]) -> bool:
        member = _ATTRIBUTES.get(trigger)
        touched = getattr(self, member) if member else self.created | self.updated | self.deleted
        if trigger == "entityDeleted" and not watched:
            return True
        return bool(touched.intersection(watched) if watched else touched)


def happened(change: Change, before: Attributes | None, now: Attributes) -> Happened:
    """What a change did, of what its hearer may see before and after."""
    if change.outcome is Outcome.DELETED:
        return Happened(deleted=frozenset(before or ()))
    written = frozenset(change.attributes) & now.keys()
    if change.outcome is Outcome.CREATED:
        return Happened(created=written)
    if before is None:
        return Happened(created=written, updated=written)
    lost = frozenset(name for name in before if _instances(before[name]).keys() - _instances(now.get(name)).keys())
    left = frozenset(name for name in written & before.keys() if name not in lost or _differs(before[name], now[name]))
    return Happened(created=written - before.keys(), updated=left, deleted=lost)


def _differs(before: Attribute | list[Attribute], now: Attribute | list[Attribute]) -> bool:
    """Whether an instance that is there now was another, or none."""
    old = _instances(before)
    return any(old.get(dataset) != one for dataset, one in _instances(now).items())


def _instances(held: Attribute | list[Attribute] | None) -> dict[str | None, Attribute]:
    if held is None:
        return {}
    return {one.dataset_id: one for one in (held if isinstance(held, list) else [held])}


class Earlier:
    """What entities of a window were before they changed, where that is kept."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], changes: Iterable[Change], start: int) -> None:
        """Rows of ``earlier.all``, in their order; the changes of the window that begins after ``start``."""
        self._start = start
        self._held: dict[str, list[tuple[int, Stored]]] = {}
        for row in rows:
            entity = Entity(id=row["entity"], type=row["type"], attributes=attributes_of(row["doc"]))
            stored = Stored(held=entity, created_at=row["created_at"], modified_at=row["modified_at"])
            self._held.setdefault(entity.id, []).append((row["after"], stored))
        self._changed: dict[str, list[int]] = {one: [] for one in self._held}
        for change in changes if self._held else ():
            if change.id in self._changed:
                self._changed[change.id].append(change.seq)

    def before(self, change: Change) -> Stored | None:
        """What the entity was before a change. Of one that has gone that is always the newest that is kept."""
        held = [(after, stored) for after, stored in self._held.get(change.id, ()) if after < change.seq]
        if not held:
            return None
        last = max((seq for seq in self._changed[change.id] if seq < change.seq), default=self._start)
        after, stored = held[-1]
        return stored if after >= last or change.outcome is Outcome.DELETED else None

    def then(self, change: Change) -> Stored | None:
        """What it was when something of it went next; ``None``: as it is now."""
        return next((stored for after, stored in self._held.get(change.id, ()) if after >= change.seq), None)


def seen(stored: Stored, guard: Guard) -> Stored | None:
    """What a guard shows of an entity at hand; ``None`` when not even that it is there."""
    entity = stored.entity
    values = {name: held for name, held in simplified_attributes(entity).items() if held is not None}
    columns = visible_columns(guard, entity.type, {"id": entity.id, "type": entity.type, **values})
    if columns is None:
        return stored
    attributes = {name: held for name, held in entity.attributes.items() if name in columns}
    if not attributes:
        return None
    return msgspec.structs.replace(stored, held=msgspec.structs.replace(entity, attributes=attributes))


class Past(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a notification tells of before: kept with it until it is sent."""

    #: When it changed, µs.
    at: Instant
    #: Whether the entity itself has gone.
    gone: bool = False
    #: Normalized attributes as they were: those that are shown as gone, and those whose former values are shown.
    doc: msgspec.Raw = msgspec.Raw(b"{}")

    @property
    def attributes(self) -> Attributes:
        return attributes_of(bytes(self.doc))

    def only(self, names: Collection[str]) -> Past:
        """Of these attributes alone."""
        left = Entity(id="", type="", attributes={n: held for n, held in self.attributes.items() if n in names})
        return msgspec.structs.replace(self, doc=msgspec.Raw(left.document()))


def past_of(change: Change, before: Attributes, names: Iterable[str]) -> Past:
    """What is to be told of these attributes."""
    told = Entity(id="", type="", attributes={name: before[name] for name in names if name in before})
    return Past(at=change.received_at, gone=change.outcome is Outcome.DELETED, doc=msgspec.Raw(told.document()))
