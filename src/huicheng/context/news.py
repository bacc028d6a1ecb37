"""What one subscriber is to hear of one change, as far as they may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from huicheng.access import Guard
from huicheng.city import FURTHER_TYPES, Attributes, Entity, Instant
from huicheng.context.happened import Earlier, Happened, Past, happened, past_of, seen
from huicheng.context.observed import Values, overlaid
from huicheng.context.subscription import Subscription
from huicheng.stores import Change, Outcome, Rows, Stored


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A change that sets off a trigger of a subscription."""

    change: Change
    subscription: Subscription
    #: The entity that conditions look at: one that has gone as it was.
    whole: Stored
    #: What is told of it: of one that has gone no attributes.
    told: Stored
    past: Past | None = None
    #: The document of what is told, where it is known.
    doc: str | None = None

    @property
    def row(self) -> tuple[Any, ...]:
        """As in :func:`row_of`."""
        return row_of(self.change.seq, self.subscription, self.told, self.past, self.doc)


class Seen:
    """A change as one owner may see it, and what is around it: the same for all subscriptions of that owner."""

    def __init__(self, change: Change, guard: Guard, now: Stored | None, values: Values, earlier: Earlier) -> None:
        self.change = change
        self.guard = guard
        then = earlier.then(change)
        #: The entity as it is after it; ``None``: nothing.
        self._stored = now if then is None else _shown(then, guard)
        #: What was observed in the commit.
        self._values = values
        #: The entity before it, where that is known.
        self.before = _shown(earlier.before(change), guard)

    @cached_property
    def whole(self) -> Stored | None:
        """The entity as the change left it; ``None``: nothing."""
        return None if self._stored is None else overlaid(self._stored, self._values)

    @cached_property
    def did(self) -> Happened:
        """What it did to the attributes that may be seen."""
        past = None if self.before is None else self.before.entity.attributes
        now = self.whole.entity.attributes if self.whole and self.change.outcome is not Outcome.DELETED else {}
        return happened(self.change, past, now)

    @cached_property
    def document(self) -> str:
        """That of :attr:`whole`, which many are told."""
        return self.whole.entity.document().decode() if self.whole else "{}"


def news_of(seen: Seen, subscription: Subscription) -> News | None:
    """``None`` when nothing that the owner may see sets off a trigger."""
    change, before = seen.change, seen.before
    if change.outcome is Outcome.DELETED:
        return None if before is None else _of_deleted(seen, subscription, before)
    whole = seen.whole
    if whole is None or not _sets_off(seen.did, change, subscription):
        return None
    told_of = None if before is None else _past_of(change, subscription, before.entity.attributes, seen.did)
    return News(change=change, subscription=subscription, whole=whole, told=whole, past=told_of, doc=seen.document)


def _shown(stored: Stored | None, guard: Guard) -> Stored | None:
    return None if stored is None else seen(stored, guard)


def _sets_off(did: Happened, change: Change, subscription: Subscription) -> bool:
    wish = subscription.wish
    return did.sets_off(wish.triggers, change.outcome, wish.watched_attributes or ())


def _of_deleted(seen: Seen, subscription: Subscription, before: Stored) -> News | None:
    change, attributes = seen.change, before.entity.attributes
    if not _sets_off(seen.did, change, subscription):
        return None
    told = msgspec.structs.replace(before, held=_bare(before.entity))
    past = past_of(change, attributes, _gone_with_it(subscription, attributes))
    return News(change=change, subscription=subscription, whole=before, told=told, past=past)


def _bare(entity: Entity) -> Entity:
    """An entity that has gone: what it was called, and its types."""
    types = {name: held for name, held in entity.attributes.items() if name == FURTHER_TYPES}
    return msgspec.structs.replace(entity, attributes=types)


def _gone_with_it(subscription: Subscription, attributes: Collection[str]) -> Collection[str]:
    """Attributes of an entity that went with it, as far as they are told of."""
    wish = subscription.wish
    if wish.notification.show_changes:
        return attributes
    if "attributeDeleted" not in wish.triggers:
        return ()
    return [name for name in attributes if not wish.watched_attributes or name in wish.watched_attributes]


def _past_of(change: Change, subscription: Subscription, before: Attributes, did: Happened) -> Past | None:
    wish = subscription.wish
    shows = wish.notification.show_changes
    names = did.deleted if shows or wish.tells_losses else frozenset()
    if shows:
        names |= did.updated
    return past_of(change, before, sorted(names)) if names else None


def row_of(
    seq: int, subscription: Subscription, stored: Stored, past: Past | None = None, doc: str | None = None
) -> tuple[Any, ...]:
    """One of those that :func:`added` writes down; ``doc`` is the entity's document, where it is known."""
    entity = stored.entity
    doc = entity.document().decode() if doc is None else doc
    earlier = None if past is None else msgspec.json.encode(past).decode()
    return (subscription.id, seq, entity.id, entity.type, doc, stored.created_at, stored.modified_at, earlier)


def added(rows: Sequence[tuple[Any, ...]]) -> Rows:
    """Write down what subscribers are to hear of, by one statement: at each the writer waits for its turn."""
    return Rows(statement="notification.add", parameters=[(msgspec.json.encode(rows).decode(),)])


def done(ids: Sequence[int]) -> Rows:
    """These need not be sent any more."""
    return Rows(statement="notification.done", parameters=[(msgspec.json.encode(ids).decode(),)])


def sent(told: Sequence[tuple[str, int, Instant]]) -> Rows:
    """Subscription, how many notifications its receiver has confirmed, and when the last: each subscription once."""
    return Rows(statement="subscription.sent", parameters=[(msgspec.json.encode(told).decode(),)])


def past_in(row: Mapping[str, Any]) -> Past | None:
    """What a waiting notification tells of before."""
    return None if row["earlier"] is None else msgspec.json.decode(row["earlier"], type=Past)
