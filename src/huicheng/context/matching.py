"""Which subscriptions may care about a change: found through an index, never by asking each one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from huicheng.city import FURTHER_TYPES, Entity
from huicheng.context.happened import OUTCOMES
from huicheng.context.subscription import Selector, Subscription
from huicheng.context.values import values_of
from huicheng.expressions import evaluate
from huicheng.stores import Change, Outcome

#: Type → those under which entities that have it beside others are stored.
Leading = Mapping[str, Iterable[str]]


class SubscriptionIndex:
    """Subscriptions by id of entity, by type, and by watched attribute.

    A subscription stands under the narrowest thing that it names, once for each of its selectors;
    only those that name nothing but a pattern are asked for every change.
    """

    def __init__(self, subscriptions: Iterable[Subscription], leading: Leading = {}) -> None:  # noqa: B006 - read only
        self._by_id: dict[str, list[_Entry]] = defaultdict(list)
        self._by_type: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
        self._by_attribute: dict[str, list[_Entry]] = defaultdict(list)
        self._rest: list[_Entry] = []
        for subscription in subscriptions:
            if subscription.wish.time_interval is not None:  # is told of what is, not of what changes
                continue
            for selector in subscription.wish.entities or [Selector()]:
                self._place(_Entry(subscription, selector, leading))

    def _place(self, entry: _Entry) -> None:
        for id in entry.ids:  # noqa: A001 - the standard's own word
            self._by_id[id].append(entry)
        if entry.ids:
            return
        # What is taken away is not among the attributes that were written.
        attributes = () if entry.takes else entry.watched
        if entry.types is not None:
            for type in entry.types:  # noqa: A001 - the standard's own word
                for attribute in attributes or ("",):
                    self._by_type[type, attribute].append(entry)
        elif attributes:
            for attribute in attributes:
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


def selects(subscription: Subscription, entity: Entity) -> bool:
    """Whether a selector means the entity, all of whose types are looked at."""
    selectors = subscription.wish.entities
    return not selectors or any(_means(one, entity) for one in selectors)


def _means(selector: Selector, entity: Entity) -> bool:
    if selector.ids and entity.id not in selector.ids:
        return False
    if selector.id_pattern and re.search(selector.id_pattern, entity.id) is None:
        return False
    types = selector.types
    if types is None or (types.tree is None and entity.type in types.named):
        return True
    where = types.where()
    return evaluate(where, {FURTHER_TYPES: "[]", **values_of(entity, where.names)}) is True


class _Entry:
    """One selector of one subscription."""

    __slots__ = ("ids", "outcomes", "pattern", "subscription", "takes", "types", "watched")

    def __init__(self, subscription: Subscription, selector: Selector, leading: Leading) -> None:
        wish = subscription.wish
        self.subscription = subscription
        self.ids = frozenset(selector.ids)
        self.watched = frozenset(wish.watched_attributes or ())
        self.pattern = re.compile(selector.id_pattern) if selector.id_pattern else None
        self.outcomes = frozenset[Outcome]().union(*(OUTCOMES[one] for one in wish.triggers))
        #: Whether it may concern attributes that go.
        self.takes = not {"entityDeleted", "attributeDeleted"}.isdisjoint(wish.triggers)
        #: Those that may lead; whether the others fit is seen when the entity is read.
        self.types = None if selector.types is None else _leaders(selector.types.named, leading)

    def fits(self, change: Change) -> bool:
        """Everything that is known without reading the entity."""
        return (
            change.outcome in self.outcomes
            and change.seq > self.subscription.since
            and (not self.ids or change.id in self.ids)
            and (self.types is None or change.type in self.types)
            and (self.pattern is None or self.pattern.search(change.id) is not None)
            and (self.takes or not self.watched or not self.watched.isdisjoint(change.attributes))
        )


def _leaders(named: Iterable[str], leading: Leading) -> frozenset[str]:
    return frozenset(leader for one in named for leader in (one, *leading.get(one, ())))
