"""Carries one subscriber's notifications, in order, until the receiver has confirmed each.

Every subscription has a courier of its own while something waits for it, so a dead receiver
delays nobody else. What waits is in ``notification``; a courier that dies with the process
loses nothing, and at worst repeats the one that was not yet noted as delivered.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from huicheng.access import Guard, Subject
from huicheng.city import Instant
from huicheng.context.arrivals import Arrivals
from huicheng.context.guards import Guards
from huicheng.context.joining import Read, linked_of
from huicheng.context.news import done
from huicheng.context.notification import Item, Letter, narrowed
from huicheng.context.post import Attempt, Post
from huicheng.context.stamping import stamped
from huicheng.context.subscription import Subscription
from huicheng.context.waiting import Waiting
from huicheng.context.webhook import is_webhook
from huicheng.stores import EntityQuery, Rows, Store, Stored, Transaction

_log = logging.getLogger(__name__)

#: Seconds for which what an owner may see is taken for granted: a hundred couriers set out at once, for one owner.
_GRANTED_S = 0.01
#: So long a courier goes on. Then it looks again at what may be seen and what is wished.
_AT_MOST_S = 0.25
#: A receiver that answers 4xx has understood and does not want it; after so many tries it is given up.
_REFUSALS = 3
#: Of so many that wait for a subscriber each commit is told by itself. Of more those of several go together, or who is
#: told of everything would fall behind, a request for each.
_FEW = 10
_SECOND = 1_000_000


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses after failures: ``first`` · 2ⁿ seconds, at most ``longest``, each shortened by up to half."""

    first: float = 0.5
    longest: float = 60.0

    def pause(self, failures: int) -> float:
        whole: float = min(self.longest, self.first * 2.0 ** min(failures - 1, 20))
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing


class Desk:
    """What couriers share: the store, the clock, the guards, and the subscriptions as they are now."""

    def __init__(self, store: Store, guards: Guards, post: Post, now: Callable[[], Instant], retry: Retry) -> None:
        self.store = store
        self.guards = guards
        self.post = post
        self.now = now
        self.retry = retry
        self.subscriptions: dict[str, Subscription] = {}
        #: Under which guard what waits was made; another one is asked again.
        self.made_under: dict[str, Guard] = {}
        self.arrivals = Arrivals(store)
        #: Subscription → the last of what waited for it that needs not be sent any more; ids only grow.
        self.reached: dict[str, int] = {}
        #: Subscription → when it was last notified.
        self.notified: dict[str, Instant] = {}
        #: Subscription → how many of those that waited since nothing waited have arrived.
        self.arrived: Counter[str] = Counter()
        #: Subscription → number of its owner, which is found faster than a subject.
        self.owner: dict[str, int] = {}
        #: Owner → what they may read, and until when that is taken for granted.
        self._granted: dict[int, tuple[Guard, float]] = {}

    def now_are(self, subscriptions: Sequence[Subscription]) -> None:
        """These are the subscriptions; of others nothing needs to be known any more."""
        numbers: dict[Subject, int] = {}
        self.subscriptions = {one.id: one for one in subscriptions}
        self.reached = {one.id: self.reached.get(one.id, 0) for one in subscriptions}
        self.owner = {one.id: numbers.setdefault(one.owner, len(numbers)) for one in subscriptions}
        self._granted.clear()

    async def guard(self, subscription: Subscription) -> Guard:
        """What its owner may read now, or a moment ago."""
        known, until = self._granted.get(self.owner.get(subscription.id, -1), (None, 0.0))
        return known if known is not None and until > time.monotonic() else await self.guard_now(subscription)

    async def guard_now(self, subscription: Subscription) -> Guard:
        """What its owner may read now: nothing, when the key that subscribed was revoked."""
        owner, number = subscription.owner, self.owner.get(subscription.id)
        asked = time.monotonic()
        guard = await self.guards.guard(owner, "read") if await self.guards.holds(owner) else None
        guard = guard or Guard(subject=owner, grants={})
        if number is not None and self.owner.get(subscription.id) == number:  # numbers may be others meanwhile
            self._granted[number] = guard, asked + _GRANTED_S
        return guard


class Courier:
    """One subscription's deliveries."""

    def __init__(self, desk: Desk, subscription: str) -> None:
        self._desk = desk
        self._id = subscription
        self._failures = 0
        #: Set by whoever adds to what waits.
        self.more = True
        #: Nothing waits any more.
        self.drained = False
        self._waiting = Waiting(desk.store, subscription)

    def hand(self, items: Sequence[Item]) -> None:
        """These wait since a moment ago."""
        self._waiting.hand(items)
        self.more = True

    def look(self) -> None:
        """Something waits, in the store."""
        self._waiting.look()
        self.more = True

    async def run(self) -> None:
        """Until nothing waits, or the subscription is paused or gone."""
        while self.more:
            self.more = self.drained = False
            while not self.drained and (subscription := self._active()) is not None:
                await self._step(subscription)

    async def _step(self, subscription: Subscription) -> None:
        """One delivery. Whatever goes wrong here, this subscriber's news must not silently stop."""
        try:
            waiting = await self._waiting.first(self._desk.reached.get(self._id, 0))
            self.drained = not waiting
            if waiting:
                await self._deliver(subscription, waiting)
        except Exception:  # noqa: BLE001 - any fault is logged and tried again, see above
            self._failures += 1
            _log.exception("a notification of %s could not be handled; trying again", self._id)
            await asyncio.sleep(self._desk.retry.pause(self._failures))

    def _active(self) -> Subscription | None:
        subscription = self._desk.subscriptions.get(self._id)
        if subscription is None or subscription.status(self._desk.now()) != "active":
            return None
        return subscription

    async def _deliver(self, subscription: Subscription, waiting: list[Item]) -> None:
        """Notification by notification, until one fails or it is time to look again."""
        if await self._throttled(subscription):
            self._waiting.put_back()
            return
        allowed = await self._still_visible(subscription, waiting)
        hidden = {item.id for item in waiting} - {item.id for item in allowed}
        if hidden:
            self._desk.arrivals.note(sorted(hidden))
        until = time.monotonic() + _AT_MOST_S
        for group in groups_of(subscription, allowed, failures=self._failures):
            attempt = await self._sent(subscription, group, self._desk.now())
            if not attempt.ok:
                self._waiting.put_back()
                await self._failed(subscription, attempt, group)
                return
            self._arrived(group)
            if time.monotonic() > until or self._active() is None:
                break
        reached = self._desk.reached.get(self._id, 0)
        if all(item.id <= reached for item in allowed):  # of the others nobody may see anything
            reached = self._desk.reached[self._id] = waiting[-1].id
        self._waiting.arrived(reached)
        if subscription.wish.throttling is not None:  # the next may have taken the place of what is at hand
            self._waiting.put_back()
        self.drained = self._waiting.empty

    def _arrived(self, group: list[Item]) -> None:
        """The receiver has confirmed a notification."""
        now = self._desk.now()
        self._failures = 0
        self._desk.reached[self._id] = group[-1].id
        self._desk.notified[self._id] = now
        self._desk.arrived[self._id] += len(group)
        self._desk.arrivals.told(self._id, now)
        self._desk.arrivals.note([item.id for item in group])

    async def _sent(self, subscription: Subscription, items: list[Item], now: Instant) -> Attempt:
        """What the entities point to is read now, as far as the owner may see it now."""
        items = await self._dated(subscription, items)
        levels = subscription.wish.notification.levels
        linked = await linked_of([item.stored for item in items], levels, self._reader(subscription)) if levels else {}
        return await self._desk.post.send(subscription, Letter(items=items, linked=linked), now)

    async def _dated(self, subscription: Subscription, items: list[Item]) -> list[Item]:
        if not subscription.wish.notification.sys_attrs:
            return items
        dated = await stamped(self._desk.store, [item.stored for item in items])
        return [msgspec.structs.replace(item, stored=one) for item, one in zip(items, dated, strict=True)]

    def _reader(self, subscription: Subscription) -> Read:
        async def read(ids: Sequence[str]) -> Sequence[Stored]:
            guard = await self._desk.guard(subscription)
            return (await self._desk.store.query(EntityQuery(guard=guard, ids=ids, limit=len(ids)))).entities

        return read

    async def _failed(self, subscription: Subscription, attempt: Attempt, group: list[Item]) -> None:
        self._failures += 1
        noted = Rows(statement="subscription.failed", parameters=[(self._id, self._desk.now(), attempt.reason)])
        if attempt.refused and self._failures >= _REFUSALS:
            self._failures = 0
            self._desk.reached[self._id] = group[-1].id
            await self._desk.store.commit(Transaction(rows=[done([item.id for item in group]), noted]))
            return
        await self._desk.store.commit(Transaction(rows=[noted]))
        cooldown = (subscription.wish.notification.endpoint.cooldown or 0) / 1000
        await asyncio.sleep(max(cooldown, self._desk.retry.pause(self._failures)))

    async def _throttled(self, subscription: Subscription) -> bool:
        """Wait out the rest of the pause; then what waits is read anew, for it may have changed."""
        last = self._desk.notified.get(self._id, subscription.counters.last_notification or 0)
        left = last + (subscription.wish.throttling or 0) * _SECOND - self._desk.now()
        if left <= 0:
            return False
        await asyncio.sleep(min(left / _SECOND, 5.0))
        return True

    async def _still_visible(self, subscription: Subscription, items: list[Item]) -> list[Item]:
        """A policy that was revoked since holds for what already waits."""
        guard = await self._desk.guard(subscription)
        if self._desk.made_under.get(self._id) == guard:
            return items
        ids = [item.stored.entity.id for item in items]
        page = await self._desk.store.query(EntityQuery(guard=guard, ids=ids, limit=len(ids)))
        seen = {one.entity.id: frozenset(one.entity.attributes) for one in page.entities}
        left = [item for item in items if not (item.past and item.past.gone)]
        still = [item for item in items if item.past and item.past.gone and _of_all(guard, item)]
        found = [narrowed(item, seen.get(item.stored.entity.id, frozenset())) for item in left]
        return sorted([*still, *(item for item in found if item is not None)], key=lambda item: item.id)


def _of_all(guard: Guard, item: Item) -> bool:
    """Whether an entity that has gone may be told of: what it was is not there to be asked any more."""
    return any(grant.rows == "TRUE" and "*" in grant.columns for grant in guard.of(item.stored.entity.type))


def groups_of(subscription: Subscription, waiting: list[Item], *, failures: int = 0) -> Iterator[list[Item]]:
    """What goes into one notification each, in order; a throttled subscriber hears but one before its next pause.

    After a failure each commit goes by itself again: what a receiver refuses takes nothing else with it.
    """
    throttled = subscription.wish.throttling is not None
    while waiting:
        several = throttled or (len(waiting) > _FEW and not failures)
        group = waiting[:1] if is_webhook(subscription) else first_group(waiting, several=several)
        yield group
        waiting = [] if throttled else waiting[len(group) :]


def first_group(waiting: list[Item], *, several: bool) -> list[Item]:
    """What goes into one notification: one commit's entities, or those of ``several``; each entity once."""
    group: list[Item] = []
    told: set[str] = set()
    for item in waiting:
        if item.stored.entity.id in told or (not several and item.seq != waiting[0].seq):
            break
        group.append(item)
        told.add(item.stored.entity.id)
    return group
