"""One tenant's couriers: each sets out when something waits for its subscriber."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from huicheng.context.courier import Courier, Desk
from huicheng.context.news import News
from huicheng.context.notification import Item
from huicheng.errors import HuichengError

_log = logging.getLogger(__name__)


class Couriers:
    """Those that are under way, and those that know that nothing waits."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._all: dict[str, Courier] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        #: Subscription → how many were written down since nothing waited.
        self.waiting: Counter[str] = Counter()
        #: Id of the newest notification that was written down.
        self._newest = 0
        #: Subscriptions for which something is on its way into the store.
        self._adding: frozenset[str] = frozenset()

    async def begin(self) -> None:
        """See what waits since before the start."""
        for row in await self._desk.store.rows("notification.waiting"):
            self.waiting[row["subscription"]] = row["n"]
            self._newest = max(self._newest, row["newest"])

    def set_out(self) -> None:
        """Subscriptions have changed: whoever has something to carry looks whether it may."""
        known = self._desk.subscriptions.keys() | self._under_way.keys()
        self._all = {id: courier for id, courier in self._all.items() if id in known}  # noqa: A001 - its own word
        for id in [id for id, n in self.waiting.items() if n]:  # noqa: A001 - its own word
            self._wake(id)

    def behind(self, id: str) -> int:
        """How many wait for a subscriber: it may be told without a pause, so that never nothing does."""
        return self.waiting[id] - self._desk.arrived[id]

    @contextmanager
    def adding(self, news: Sequence[News]) -> Iterator[None]:
        """While these are written down and handed over, nobody says that nothing waits for their subscribers."""
        self._adding = frozenset(one.subscription.id for one in news)
        try:
            yield
        finally:
            self._adding = frozenset()

    def look(self, id: str) -> None:
        """Something was written down for a subscriber."""
        self._courier(id).look()
        self._wake(id)

    async def hand_over(self, news: Sequence[News]) -> None:
        """What was written down just now, by the ids that the store gave; without them couriers look themselves."""
        told: dict[str, list[Item]] = {one.subscription.id: [] for one in news}
        for number, one in zip(await self._ids(news), news, strict=False):
            told[one.subscription.id].append(Item(id=number, seq=one.change.seq, stored=one.told, past=one.past))
        for id, items in told.items():  # noqa: A001 - the subscription's own word
            # Of a throttled subscriber's news the next may take the place of what is at hand.
            if items and self._desk.subscriptions[id].wish.throttling is None:
                self._courier(id).hand(items)
            else:
                self._courier(id).look()
            self._wake(id)

    async def _ids(self, news: Sequence[News]) -> list[int]:
        """Those of what was written down last; none where that is not these, one by one."""
        try:
            rows = await self._desk.store.rows("notification.since", (self._newest,)) if news else []
        except HuichengError:
            _log.exception("what was written down cannot be read; couriers look themselves")
            return []
        self._newest = max((row["id"] for row in rows), default=self._newest)
        written = [(row["subscription"], row["seq"], row["entity"]) for row in rows]
        meant = [(one.subscription.id, one.change.seq, one.change.id) for one in news]
        return [row["id"] for row in rows] if written == meant else []

    def _courier(self, id: str) -> Courier:
        found = self._all.get(id)
        if found is None:
            found = self._all[id] = Courier(self._desk, id)
        return found

    def _wake(self, id: str) -> None:
        """Whoever carries already sees that there is more."""
        courier, task = self._courier(id), self._under_way.get(id)
        courier.more = True
        if task is None or task.done():
            task = asyncio.create_task(courier.run(), name=id)
            task.add_done_callback(self._ended)
            self._under_way[id] = task

    def _ended(self, task: asyncio.Task[None]) -> None:
        id = task.get_name()  # noqa: A001 - the subscription's own word
        if self._under_way.get(id) is not task:
            return
        del self._under_way[id]
        courier = self._all.get(id)
        if courier is None or not courier.drained:  # paused, or gone: another one begins with what the store has then
            self._all.pop(id, None)
        elif id not in self._adding:
            self.waiting.pop(id, None)
            self._desk.arrived.pop(id, None)

    async def close(self) -> None:
        """What waits is sent after the next start."""
        tasks = [*self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
