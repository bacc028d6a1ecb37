"""Tells subscribers to registrations: in order, until each has confirmed; a dead one delays nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from huicheng.city import Instant, rfc3339
from huicheng.context.contexts import Contexts
from huicheng.context.courier import Retry
from huicheng.context.guards import Guards
from huicheng.context.names import CORE, Names
from huicheng.context.post import Attempt
from huicheng.context.reach import Reach
from huicheng.context.sources.calling import Caller, Trouble
from huicheng.context.sources.registration import REGISTRATION, spelled
from huicheng.context.sources.registrations import read_row as read_registration
from huicheng.context.sources.watching import Kept, Notice, Watching, read_row
from huicheng.context.sources.wish import Wish
from huicheng.context.subscription import Subscription
from huicheng.context.subscriptions import wall_clock
from huicheng.errors import HuichengError
from huicheng.stores import Rows, Store, Transaction

_log = logging.getLogger(__name__)

_SECOND = 1_000_000
_TIMEOUT_S = 5.0
_CONTEXT = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
#: A receiver that answers 4xx has understood and does not want it; after so many tries it is given up.
_REFUSALS = 3
_RETRIED = frozenset({408, 425, 429})


class Herald:
    """One tenant's notices; ``step`` is called again and again by the worker."""

    def __init__(  # noqa: PLR0913 - one collaborator each, by name, from the one composition root
        self,
        store: Store,
        guards: Guards,
        contexts: Contexts,
        *,
        reach: Reach = Reach.PUBLIC,
        now: Callable[[], Instant] = wall_clock,
        retry: Retry | None = None,
    ) -> None:
        self._store = store
        self._watching = Watching(store, guards, reach=reach, now=now)
        self._caller = Caller(reach)
        self._contexts = contexts
        self._now = now
        self._retry = retry or Retry()
        #: Subscription → what is being told now, or is waited for after a failure.
        self._telling: dict[str, asyncio.Task[None]] = {}
        #: Subscription → failures in a row.
        self._failures: dict[str, int] = {}

    async def step(self) -> bool:
        """Start what waits and is not on its way; False: whoever follows may wait for news."""
        # Of who is being told now, what is read next may be done before it is looked at: told again, it came twice.
        busy = frozenset(self._telling)
        rows = await self._store.rows("registration_notice.next")
        subscriptions = {one.id: one for one in await self._subscriptions() if one.id not in busy}
        for row in rows:
            one = subscriptions.get(row["subscription"])
            if one is not None and one.status(self._now()) == "active":
                self._start(one, self._tell(one, row))
        for one in subscriptions.values():
            if self._is_due(one):
                self._start(one, self._tell_regularly(one))
        return False

    async def close(self) -> None:
        """Let go of connections; what waits is sent after the next start."""
        for task in self._telling.values():
            task.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)
        await self._caller.close()

    async def _subscriptions(self) -> list[Subscription]:
        return [read_row(row) for row in await self._store.rows("registration_subscription.all")]

    def _start(self, one: Subscription, telling: Any) -> None:
        if one.id in self._telling:
            telling.close()
            return
        task = asyncio.create_task(telling, name=f"herald {one.id}")
        self._telling[one.id] = task
        task.add_done_callback(lambda _: self._telling.pop(one.id, None))

    # -- one notice

    async def _tell(self, one: Subscription, row: Mapping[str, Any]) -> None:
        try:
            notice = msgspec.json.decode(row["body"], type=Notice)
            attempt = await self._post(one, f"{row['id']}", row["reason"], notice.registrations)
            await self._note(one, attempt, row["id"])
        except Exception:  # noqa: BLE001 - any fault is logged and tried again: news must not silently stop
            _log.exception("a notice for %s could not be handled; trying again", one.id)
            await asyncio.sleep(self._retry.pause(1))

    async def _note(self, one: Subscription, attempt: Attempt, notice: int) -> None:
        gone = Rows(statement="registration_notice.done", parameters=[(notice,)])
        if attempt.ok:
            self._failures.pop(one.id, None)
            sent = Rows(statement="registration_subscription.sent", parameters=[(one.id, self._now())])
            await self._store.commit(Transaction(rows=[gone, sent]))
            return
        failures = self._failures[one.id] = self._failures.get(one.id, 0) + 1
        # A notice counts as sent once, however often it is tried.
        row = (one.id, self._now(), attempt.reason, int(failures == 1))
        failed = Rows(statement="registration_subscription.failed", parameters=[row])
        over = attempt.refused and failures >= _REFUSALS
        await self._store.commit(Transaction(rows=[gone, failed] if over else [failed]))
        if over:
            self._failures.pop(one.id, None)
        else:
            await asyncio.sleep(self._retry.pause(failures))

    async def _post(self, one: Subscription, key: str, reason: str, found: list[Kept]) -> Attempt:
        endpoint = one.wish.notification.endpoint
        names = await self._names(one)
        shown = [{**spelled(held.offer, names), "id": held.id, "type": REGISTRATION} for held in found]
        body: dict[str, Any] = {
            "id": f"urn:ngsi-ld:ContextSourceNotification:{one.id.rpartition(':')[2]}-{key}",
            "type": "ContextSourceNotification",
            "subscriptionId": one.id,
            "notifiedAt": rfc3339(self._now()),
            "data": shown,
            "triggerReason": reason,
        }
        headers = {pair.key: pair.value for pair in endpoint.receiver_info} | {"Content-Type": "application/json"}
        if endpoint.accept == "application/ld+json":
            body["@context"] = names.context
            headers["Content-Type"] = "application/ld+json"
        else:
            headers["Link"] = f"<{names.link}>; {_CONTEXT}"
        timeout = endpoint.timeout / 1000 if endpoint.timeout else _TIMEOUT_S
        said = await self._caller.call("POST", endpoint.uri, headers, msgspec.json.encode(body), timeout)
        if isinstance(said, Trouble):
            return Attempt(ok=False, reason=str(said))
        code = said.status
        if 200 <= code < 300:
            return Attempt(ok=True)
        return Attempt(ok=False, refused=400 <= code < 500 and code not in _RETRIED, reason=f"HTTP {code}")

    async def _names(self, one: Subscription) -> Names:
        """Of the subscriber's context; the core one's when it cannot be had now."""
        try:
            return await self._contexts.names(one.wish.jsonld_context if isinstance(one.wish, Wish) else None)
        except HuichengError:
            _log.warning("the @context of %s cannot be had; its notice is written in the core one", one.id)
            return CORE

    # -- at intervals

    def _is_due(self, one: Subscription) -> bool:
        wish = one.wish
        if not isinstance(wish, Wish) or wish.time_interval is None or one.status(self._now()) != "active":
            return False
        last = one.counters.last_notification
        return last is None or last + wish.time_interval * _SECOND <= self._now()

    async def _tell_regularly(self, one: Subscription) -> None:
        """All that fits; a failure waits for the next time."""
        there = [read_registration(row) for row in await self._store.rows("registration.all")]
        found = await self._watching.fitting(one, there)
        if not found:
            await asyncio.sleep(min(1.0, _interval(one)))
            return
        kept = [Kept(id=held.id, offer=held.offer) for held in found]
        now = self._now()
        attempt = await self._post(one, str(now), "newlyMatching", kept)
        statement = "registration_subscription.sent" if attempt.ok else "registration_subscription.failed"
        row = (one.id, now) if attempt.ok else (one.id, now, attempt.reason, 1)
        await self._store.commit(Transaction(rows=[Rows(statement=statement, parameters=[row])]))


def _interval(one: Subscription) -> float:
    return one.wish.time_interval or 1.0 if isinstance(one.wish, Wish) else 1.0
