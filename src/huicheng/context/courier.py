"""Carries one subscriber's notifications, in order, until the receiver has confirmed each.

Every subscription has a courier of its own while something waits for it, so a dead receiver
delays nobody else. What waits is in ``notification``; a courier that dies with the process
loses nothing, and at worst repeats the one that was not yet noted as delivered.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import msgspec

from huicheng.access import Guard, Subject
from huicheng.city import Entity, Instant
from huicheng.context.guards import Guards
from huicheng.context.joining import Read, linked_of
from huicheng.context.mqtt_endpoint import is_mqtt
from huicheng.context.news import past_in
from huicheng.context.notification import Item, Letter, body, delivery_of, headers, narrowed
from huicheng.context.reach import Reach, endpoint_url, place_of, resolve
from huicheng.context.subscription import Subscription
from huicheng.context.topics import Topics
from huicheng.context.webhook import Signer, event_of, is_webhook
from huicheng.errors import HuichengError, Unavailable
from huicheng.stores import EntityQuery, Rows, Store, Stored, Transaction

_log = logging.getLogger(__name__)

_AT_ONCE = 100
_TIMEOUT_S = 5.0
#: Notifications under way to one receiver.
_PER_HOST = 4
#: A receiver that answers 4xx has understood and does not want it; after so many tries it is given up.
_REFUSALS = 3
_RETRIED = frozenset({408, 425, 429})
_SECOND = 1_000_000


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses after failures: ``first`` · 2ⁿ seconds, at most ``longest``, each shortened by up to half."""

    first: float = 0.5
    longest: float = 60.0

    def pause(self, failures: int) -> float:
        whole: float = min(self.longest, self.first * 2.0 ** min(failures - 1, 20))
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How one try went."""

    ok: bool
    #: The receiver understood and refused.
    refused: bool = False
    reason: str = ""


class Post:
    """Sends one notification to a checked address. Shared by all couriers."""

    def __init__(
        self,
        reach: Reach,
        signer: Signer | None = None,
        topics: Topics | None = None,
        *,
        tenant: str = "",
        at_once: int = 200,
    ) -> None:
        #: A receiver is told of which tenant the news is (CIM 009, 6.3.14).
        self._tenant = {"NGSILD-Tenant": tenant} if tenant else {}
        self._reach = reach
        self._topics = topics or Topics(reach, None)
        self._signer = signer
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once // 4)
        # Environment proxies are not used: they would connect to addresses that were not checked.
        self._client = httpx.AsyncClient(limits=limits, follow_redirects=False, trust_env=False)
        self._hosts: dict[str, asyncio.Semaphore] = {}

    async def send(self, subscription: Subscription, letter: Letter, now: Instant) -> Attempt:
        """One POST, whose answer's status decides; or one publication."""
        uri = subscription.wish.notification.endpoint.uri
        host, port = place_of(uri)
        gate = self._hosts.setdefault(f"{host}:{port}", asyncio.Semaphore(_PER_HOST))
        async with gate:
            try:
                if is_mqtt(uri):
                    reason = await self._topics.publish(subscription, letter, now)
                    return Attempt(ok=not reason, reason=reason)
                return await self._try(endpoint_url(uri), subscription, letter, now)
            except HuichengError as forbidden:
                return Attempt(ok=False, reason=str(forbidden)[:500])
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as fault:
                return Attempt(ok=False, reason=f"{type(fault).__name__}: {fault}"[:500])

    async def _try(self, url: httpx.URL, subscription: Subscription, letter: Letter, now: Instant) -> Attempt:
        endpoint = subscription.wish.notification.endpoint
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await resolve(url.host, port, self._reach)
        content, own = self._said(subscription, letter, now)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=content,
            headers={**own, **self._tenant, "Host": url.netloc.decode()},
            timeout=endpoint.timeout / 1000 if endpoint.timeout else _TIMEOUT_S,
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(request, stream=True)  # the answer's body is of no interest
        await response.aclose()
        code = response.status_code
        if 200 <= code < 300:
            return Attempt(ok=True)
        return Attempt(ok=False, refused=400 <= code < 500 and code not in _RETRIED, reason=f"HTTP {code}")

    def _said(self, subscription: Subscription, letter: Letter, now: Instant) -> tuple[bytes, dict[str, str]]:
        """Body and headers."""
        if not is_webhook(subscription):
            return body(subscription, letter, now), headers(subscription)
        if self._signer is None:
            raise Unavailable(why="This process has no key to sign webhooks.", mend="Restore keys/webhooks.key.")
        [item] = letter.items
        content = event_of(subscription, delivery_of(subscription, letter.items), item.stored, now)
        return content, self._signer.headers(subscription, content, now)

    async def close(self) -> None:
        await self._client.aclose()
        await self._topics.close()


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
        #: Subscription → when it was last notified.
        self.notified: dict[str, Instant] = {}

    async def guard(self, owner: Subject) -> Guard:
        """What the owner may read now: nothing, when the key that subscribed was revoked."""
        if not await self.guards.holds(owner):
            return Guard(subject=owner, grants={})
        return await self.guards.guard(owner, "read")


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

    async def run(self) -> None:
        """Until nothing waits, or the subscription is paused or gone."""
        while self.more:
            self.more = self.drained = False
            while not self.drained and (subscription := self._active()) is not None:
                await self._step(subscription)

    async def _step(self, subscription: Subscription) -> None:
        """One delivery. Whatever goes wrong here, this subscriber's news must not silently stop."""
        try:
            waiting = await self._waiting()
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

    async def _waiting(self) -> list[Item]:
        return [_item(row) for row in await self._desk.store.rows("notification.pending", (self._id, _AT_ONCE))]

    async def _deliver(self, subscription: Subscription, waiting: list[Item]) -> None:
        if await self._throttled(subscription):
            return
        together = waiting[:1] if is_webhook(subscription) else _together(subscription, waiting)
        allowed = await self._still_visible(subscription, together)
        now = self._desk.now()
        attempt = await self._sent(subscription, allowed, now) if allowed else Attempt(ok=True)
        gone = Rows(statement="notification.done", parameters=[(item.id,) for item in together])
        if attempt.ok:
            self._failures = 0
            sent = [Rows(statement="subscription.sent", parameters=[(self._id, now)])] if allowed else []
            await self._desk.store.commit(Transaction(rows=[gone, *sent]))
            self._desk.notified[self._id] = now
            return
        await self._failed(subscription, attempt, now, gone)

    async def _sent(self, subscription: Subscription, items: list[Item], now: Instant) -> Attempt:
        """What the entities point to is read now, as far as the owner may see it now."""
        levels = subscription.wish.notification.levels
        linked = await linked_of([item.stored for item in items], levels, self._reader(subscription)) if levels else {}
        return await self._desk.post.send(subscription, Letter(items=items, linked=linked), now)

    def _reader(self, subscription: Subscription) -> Read:
        async def read(ids: Sequence[str]) -> Sequence[Stored]:
            guard = await self._desk.guard(subscription.owner)
            return (await self._desk.store.query(EntityQuery(guard=guard, ids=ids, limit=len(ids)))).entities

        return read

    async def _failed(self, subscription: Subscription, attempt: Attempt, now: Instant, gone: Rows) -> None:
        self._failures += 1
        noted = Rows(statement="subscription.failed", parameters=[(self._id, now, attempt.reason)])
        if attempt.refused and self._failures >= _REFUSALS:
            self._failures = 0
            await self._desk.store.commit(Transaction(rows=[gone, noted]))
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
        guard = await self._desk.guard(subscription.owner)
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


def _together(subscription: Subscription, waiting: list[Item]) -> list[Item]:
    return first_group(waiting, throttled=subscription.wish.throttling is not None)


def first_group(waiting: list[Item], *, throttled: bool) -> list[Item]:
    """What goes into one notification: one commit's entities; for a throttled subscriber all that waits."""
    group: list[Item] = []
    told: set[str] = set()
    for item in waiting:
        if item.stored.entity.id in told or (not throttled and item.seq != waiting[0].seq):
            break
        group.append(item)
        told.add(item.stored.entity.id)
    return group


def _item(row: Any) -> Item:
    entity = Entity.from_document(row["entity"], row["type"], row["doc"])
    stored = Stored(entity=entity, created_at=row["created_at"], modified_at=row["modified_at"])
    return Item(id=row["id"], seq=row["seq"], stored=stored, past=past_in(row))
