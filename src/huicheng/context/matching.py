"""Which subscriptions may care about a change: found through an index, never by asking each one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from huicheng.context.subscription import Selector, Subscription
from huicheng.stores import Change, Outcome

#: Without ``notificationTrigger`` (CIM 009, 5.2.12): a changed or new attribute, so also a new entity.
_ALWAYS = frozenset({Outcome.CREATED, Outcome.UPDATED})
_TRIGGERS = {"entityCreated": Outcome.CREATED, "entityUpdated": Outcome.UPDATED}


class SubscriptionIndex:
    """Subscriptions by id of entity, by type, and by watched attribute.

    A subscription stands under the narrowest thing that it names, once for each of its selectors;
    only those that name nothing but a pattern are asked for every change.
    """

    def __init__(self, subscriptions: Iterable[Subscription]) -> None:
        self._by_id: dict[str, list[_Entry]] = defaultdict(list)
        self._by_type: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
        self._by_attribute: dict[str, list[_Entry]] = defaultdict(list)
        self._rest: list[_Entry] = []
        for subscription in subscriptions:
            if subscription.wish.time_interval is not None:  # is told of what is, not of what changes
                continue
            for selector in subscription.wish.entities or [Selector()]:
                self._place(_Entry(subscription, selector))

    def _place(self, entry: _Entry) -> None:
        selector = entry.selector
        if selector.id is not None:
            self._by_id[selector.id].append(entry)
        elif selector.type is not None:
            for attribute in entry.watched or ("",):
                self._by_type[selector.type, attribute].append(entry)
        elif entry.watched:
            for attribute in entry.watched:
                self._by_attribute[attribute].append(entry)
        else:
            self._rest.append(entry)

    def match(self, change: Change) -> list[Subscription]:
        """Those whose selectors, watched attributes and triggers fit, each once."""
        found = {entry.subscription.id: entry.subscription for entry in self._near(change) if entry.fits(change)}
        return list(found.values())

    def _near(self, change: Change) -> Iterable[_Entry]:
        yield from self._rest
        yield from self._by_id.get(change.id, ())
        yield from self._by_type.get((change.type, ""), ())
        for attribute in change.attributes:
            yield from self._by_type.get((change.type, attribute), ())
            yield from self._by_attribute.get(attribute, ())


class _Entry:
    """One selector of one subscription."""

    __slots__ = ("outcomes", "pattern", "selector", "subscription", "watched")

    def __init__(self, subscription: Subscription, selector: Selector) -> None:
        wish = subscription.wish
        self.subscription = subscription
        self.selector = selector
        self.watched = frozenset(wish.watched_attributes or ())
        self.pattern = re.compile(selector.id_pattern) if selector.id_pattern else None
        self.outcomes = frozenset(_TRIGGERS.get(one) for one in wish.notification_trigger)
        if not self.outcomes or None in self.outcomes:
            self.outcomes = _ALWAYS

    def fits(self, change: Change) -> bool:
        """Everything that is known without reading the entity."""
        selector = self.selector
        return (
            change.outcome in self.outcomes
            and change.seq > self.subscription.since
            and selector.id in {None, change.id}
            and selector.type in {None, change.type}
            and (self.pattern is None or self.pattern.search(change.id) is not None)
            and (not self.watched or not self.watched.isdisjoint(change.attributes))
        )
