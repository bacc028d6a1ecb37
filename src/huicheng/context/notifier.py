"""Follows the feed and finds who is to hear of what; couriers carry it out.

What is found is written down together with the position in the feed, so a change is found exactly
once, and delivered at least once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from huicheng.access import Guard
from huicheng.city import FURTHER_TYPES, Attribute, Entity, Instant
from huicheng.context.contexts import Contexts
from huicheng.context.courier import Desk, Retry
from huicheng.context.couriers import Couriers
from huicheng.context.guards import Guards
from huicheng.context.happened import Earlier
from huicheng.context.matching import SubscriptionIndex, selects
from huicheng.context.news import News, Seen, added, news_of, row_of
from huicheng.context.observed import observed_values
from huicheng.context.places import lies, parse_geo
from huicheng.context.post import Post
from huicheng.context.question import condition
from huicheng.context.reach import Reach
from huicheng.context.seeing import seen_by
from huicheng.context.selecting import both, scope_condition
from huicheng.context.subscription import Subscription
from huicheng.context.subscriptions import read_row, wall_clock
from huicheng.context.topics import Topics
from huicheng.context.values import values_of
from huicheng.context.webhook import Signer
from huicheng.errors import HuichengError
from huicheng.expressions import Expression, evaluate, from_tree
from huicheng.stores import (
    Change,
    EntityQuery,
    GeoFilter,
    Outcome,
    Position,
    Rows,
    Store,
    Stored,
    Transaction,
    Window,
)

CONSUMER = "notifier"
#: Beyond this many waiting notifications of one subscriber, only the newest of each entity is kept.
MOST_WAITING = 10_000
_CHUNK = 500
_POSITION_EVERY = 1_000_000
_SECOND = 1_000_000
_log = logging.getLogger(__name__)

#: A change, and a subscription that it may concern.
Pair = tuple[Change, Subscription]


class Notifier:
    """One tenant's notifications; ``step`` is called again and again by the worker.

    ``guards`` is the :class:`huicheng.stores.Authority`: the owner's grants are read for every
    window and again before sending, so what was revoked is not sent. ``authority`` is a file with the certificates
    to trust of brokers that subscribers name (PEM); without it those of the system.
    """

    def __init__(  # noqa: PLR0913 - one collaborator each, by name, from the one composition root
        self,
        store: Store,
        guards: Guards,
        *,
        reach: Reach = Reach.PUBLIC,
        signer: Signer | None = None,
        authority: Path | None = None,
        tenant: str = "",
        now: Callable[[], Instant] = wall_clock,
        retry: Retry | None = None,
    ) -> None:
        self._store = store
        self._desk = Desk(
            store, guards, Post(reach, signer, Topics(reach, authority), tenant=tenant), now, retry or Retry()
        )
        self._couriers = Couriers(self._desk)
        self._after = -1
        #: The position as the store has it, and when it was told.
        self._noted = -1
        self._noted_at: Instant = 0
        self._revision = -1
        self._index = SubscriptionIndex(())
        #: Those with ``timeInterval``.
        self._regular: list[Subscription] = []
        #: The store had something to tell of what entities were before.
        self._kept = False
        #: Position before the last window: what lies before it has been looked at.
        self._before = 0
        self._conditions: dict[str, _Conditions] = {}
        self._contexts = Contexts(store, now=now)
        #: Subscription with ``timeInterval`` → when it was last told.
        self._told: dict[str, Instant] = {}

    async def step(self) -> bool:
        """Take one window of the feed; True when it was not empty."""
        if self._after < 0:
            await self._begin()
        # The feed first: a subscription made before one of its changes is then in what is read next.
        head = await self._store.head()
        if head == self._after or not self._conditions:
            await self._reload()
        if not self._conditions:  # nobody waits for anything up to here
            return await self._go_on([], head)
        if head == self._after:  # what was written has changed no entity
            await self._tell_again(head)
            return await self._go_on([], head)
        window = await self._store.window(self._after)
        await self._reload(again=any(FURTHER_TYPES in change.attributes for change in window.changes))
        await self._tell_again(window.seq)
        return await self._go_on(await self._news(window), window.seq)

    async def _go_on(self, news: list[News], seq: int) -> bool:
        await self._keep(news, seq)
        more = seq > self._after
        self._before, self._after = self._after, max(self._after, seq)
        return more

    async def close(self) -> None:
        """Let go of connections; what waits is sent after the next start."""
        await self._couriers.close()
        await self._desk.arrivals.close()
        await self._desk.post.close()

    # -- beginning, and subscriptions that changed

    async def _begin(self) -> None:
        self._after = self._noted = await self._store.position(CONSUMER)
        await self._couriers.begin()

    async def _reload(self, *, again: bool = False) -> None:
        (row,) = await self._store.rows("subscription.revision")
        if row["n"] == self._revision and not again:
            return
        held = [await self._named(read_row(one)) for one in await self._store.rows("subscription.all")]
        self._desk.now_are(held)
        self._regular = [one for one in held if one.wish.time_interval is not None]
        self._index = SubscriptionIndex(held, await self._leading())
        self._conditions = {one.id: self._conditions_of(one) for one in held}
        self._revision = row["n"]
        self._couriers.set_out()

    async def _leading(self) -> dict[str, list[str]]:
        """Type → those under which entities that have it beside others are stored."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in await self._store.rows("context.leading_types"):
            found[row["further"]].append(row["type"])
        return found

    async def _named(self, subscription: Subscription) -> Subscription:
        """With its words; those of a @context that is to be had no more are the stored names."""
        wish = subscription.wish
        told_in = wish.jsonld_context or wish.told_in
        if told_in is None and wish.words is None:
            return subscription
        try:
            names = await self._contexts.names(told_in)
            asked_in = await self._contexts.names(wish.words)
        except HuichengError:
            _log.warning("the @context of %s cannot be had; stored names are told", subscription.id)
            return subscription
        return msgspec.structs.replace(subscription, names=names, asked_in=asked_in)

    def _conditions_of(self, subscription: Subscription) -> _Conditions:
        known = self._conditions.get(subscription.id)
        return known if known and known.modified_at == subscription.modified_at else _Conditions.of(subscription)

    # -- from changes to news

    async def _news(self, window: Window) -> list[News]:
        pairs = self._pairs(window)
        if not pairs:
            return []
        guards = await self._guards(pairs)
        visible = await self._visible(pairs, guards)
        values = observed_values(window.observations, {(change.seq, change.id) for change, _ in pairs})
        kept = await self._store.rows("earlier.all")
        self._kept = bool(kept)
        earlier = Earlier(kept, window.changes, self._after)
        seen: dict[tuple[int, int, str], Seen] = {}
        found = []
        for change, subscription in pairs:
            owner = self._desk.owner[subscription.id]
            key = owner, change.seq, change.id
            around = seen.get(key)
            if around is None:
                held, now = values.get((change.seq, change.id), {}), visible[owner].get(change.id)
                around = seen[key] = Seen(change, guards[owner], now, held, earlier)
            news = news_of(around, subscription)
            if news is not None and self._means(news) and await self._lies(news, around.guard):
                found.append(news)
        return found

    def _pairs(self, window: Window) -> list[Pair]:
        """A history import is no news."""
        now = self._desk.now()
        return [
            (change, subscription)
            for change in window.changes
            if change.judged
            for subscription in self._index.match(change)
            if subscription.status(now) == "active"
        ]

    async def _guards(self, pairs: list[Pair]) -> dict[int, Guard]:
        """What each owner may read now."""
        subscriptions = {one.id: one for _, one in pairs}
        owners = {self._desk.owner[one.id]: one for one in subscriptions.values()}
        guards = {number: await self._desk.guard_now(one) for number, one in owners.items()}
        for subscription in subscriptions.values():
            self._remember(subscription, guards[self._desk.owner[subscription.id]])
        return guards

    async def _visible(self, pairs: list[Pair], guards: dict[int, Guard]) -> dict[int, dict[str, Stored]]:
        """Owner → id → the entity as that owner may see it."""
        wanted: dict[int, dict[str, str]] = defaultdict(dict)
        for change, subscription in pairs:
            wanted[self._desk.owner[subscription.id]][change.id] = change.type
        who = {number: guards[number].subject for number in wanted}
        found = await seen_by(
            self._store,
            {who[number]: guards[number] for number in wanted},
            {who[number]: ids for number, ids in wanted.items()},
        )
        return {number: found[owner] for number, owner in who.items()}

    def _remember(self, subscription: Subscription, guard: Guard) -> None:
        """One guard vouches for all that waits, or none does."""
        made_under = self._desk.made_under
        if not self._couriers.waiting[subscription.id] or made_under.get(subscription.id) == guard:
            made_under[subscription.id] = guard
        else:
            made_under.pop(subscription.id, None)

    def _means(self, news: News) -> bool:
        """What the owner may not see neither triggers nor decides."""
        entity = news.whole.entity
        return selects(news.subscription, entity) and self._conditions[news.subscription.id].hold(entity)

    async def _lies(self, news: News, guard: Guard) -> bool:
        """Whether it lies where the subscriber wants it."""
        geo, entity = self._conditions[news.subscription.id].geo, news.whole.entity
        if geo is None:
            return True
        if news.change.outcome is Outcome.DELETED:
            held = entity.attributes.get(geo.attribute)
            return isinstance(held, Attribute) and lies(held.content, geo)
        query = EntityQuery(guard=guard, ids=(entity.id,), geo=geo, limit=1)
        return bool((await self._store.query(query)).entities)

    # -- what is told again and again

    async def _tell_again(self, seq: int) -> None:
        """All that matches a subscription with ``timeInterval``, whenever that time is over."""
        now = self._desk.now()
        for subscription in self._regular:
            interval = subscription.wish.time_interval or 0
            if subscription.status(now) != "active":
                continue
            known = subscription.counters.last_notification or subscription.modified_at
            last = self._told.get(subscription.id, known)
            if now - last >= interval * _SECOND:
                self._told[subscription.id] = now
                await self._queue(subscription, seq)

    async def _queue(self, subscription: Subscription, seq: int) -> None:
        rows = []
        for stored in await self._matching(subscription):
            self._couriers.waiting[subscription.id] += 1
            rows.append(Rows(statement="notification.supersede", parameters=[(subscription.id, stored.entity.id)]))
            rows.append(added([row_of(seq, subscription, stored)]))
        if rows:
            await self._store.commit(Transaction(rows=rows))
            self._couriers.look(subscription.id)

    async def _matching(self, subscription: Subscription) -> list[Stored]:
        guard = await self._desk.guard_now(subscription)
        self._remember(subscription, guard)
        conditions = self._conditions[subscription.id]
        found: dict[str, Stored] = {}
        for selector in subscription.wish.entities or ():
            types = selector.types
            query = EntityQuery(
                guard=guard,
                types=types.named if types else (),
                ids=selector.ids,
                id_pattern=selector.id_pattern,
                where=both([types.where() if types and types.tree else None, conditions.q]),
                geo=conditions.geo,
                limit=_CHUNK,
            )
            found.update((one.entity.id, one) for one in (await self._store.query(query)).entities)
        return list(found.values())

    # -- writing down, and handing over

    async def _keep(self, news: list[News], seq: int) -> None:
        now = self._desk.now()
        if not news and (seq <= self._noted or now - self._noted_at < _POSITION_EVERY):
            return
        position = Position(consumer=CONSUMER, seq=seq)
        with self._couriers.adding(news):
            await self._store.commit(Transaction(rows=self._rows(news), position=position))
            self._noted, self._noted_at = seq, now
            await self._couriers.hand_over(news)

    def _rows(self, news: list[News]) -> list[Rows]:
        """In order: a superseding row must come before what supersedes it; what needs none goes together."""
        rows: list[Rows] = []
        new: list[tuple[Any, ...]] = []
        for one in news:
            subscription = one.subscription
            self._couriers.waiting[subscription.id] += 1
            if subscription.wish.throttling or self._couriers.behind(subscription.id) > MOST_WAITING:
                rows += [added(new)] if new else []
                rows.append(Rows(statement="notification.supersede", parameters=[(subscription.id, one.change.id)]))
                new = []
            new.append(one.row)
        rows += [added(new)] if new else []
        if self._kept or not news:
            rows.append(Rows(statement="earlier.done", parameters=[(self._before,)]))
        return rows


class _Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's ``q`` and ``geoQ``, compiled."""

    modified_at: Instant
    q: Expression | None
    geo: GeoFilter | None

    @classmethod
    def of(cls, subscription: Subscription) -> _Conditions:
        wish = subscription.wish
        geo = parse_geo(msgspec.to_builtins(wish.geo_q)) if wish.geo_q else None
        scoped = (
            from_tree(scope_condition(wish.scope_q), place="scopeQ", expect="boolean", patterns=True)
            if wish.scope_q
            else None
        )
        q = both([condition(wish.condition, names=subscription.asked_in, expanded=wish.terms), scoped])
        return cls(modified_at=subscription.modified_at, q=q, geo=geo)

    def hold(self, entity: Entity) -> bool:
        return self.q is None or evaluate(self.q, values_of(entity, self.q.names)) is True
