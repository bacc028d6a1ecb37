"""Carries orders of cases to devices by MQTT: at least once, each until its time is over (Q1, W4.8).

What an order is stands on the Case entity (``command``: ``{id, target, attribute, value, until}``), so whoever follows
the feed can carry it; by HTTP a subscription does. Devices ignore ids that they know, and orders whose time is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from huicheng.city import Attribute, Entity, Instant, parse_instant
from huicheng.context.subscriptions import wall_clock
from huicheng.errors import Invalid
from huicheng.stores import Position, Store, Transaction, Window

_log = logging.getLogger(__name__)

CONSUMER = "orders"
TOPIC = "huicheng/command/"
_TYPE, _ATTRIBUTE, _DEVICE = "Case", "command", "refDevice"
_DEVICE_URN = "urn:ngsi-ld:Device:"
_POSITION_EVERY = 1_000_000


class Sends(Protocol):
    """What :class:`huicheng.context.publishing.Publisher` is."""

    async def publish(self, topic: str, body: bytes, until: Instant) -> bool:
        """Whether it was taken before ``until``."""

    async def close(self) -> None:
        """Say good-bye."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order on its way."""

    topic: str
    body: bytes
    #: Wall time.
    until: Instant


class Carrier:
    """Follows the feed for orders. Its position is kept once each has been taken, or is over."""

    def __init__(self, store: Store, sender: Sends, *, now: Callable[[], Instant] = wall_clock) -> None:
        self._store = store
        self._sender = sender
        self._now = now
        self._after = -1
        self._noted_at: Instant = 0

    async def step(self) -> bool:
        """Take one window of the feed; True when it was not empty."""
        if self._after < 0:
            self._after = await self._store.position(CONSUMER)
        window = await self._store.window(self._after, changes_of=(_TYPE,), observations=False)
        if window.seq == self._after:
            return False
        orders = await self._orders(window)
        await asyncio.gather(*(self._carry(order) for order in orders))
        self._after = window.seq
        await self._note(told=bool(orders))
        return True

    async def close(self) -> None:
        """Let go of the line."""
        await self._sender.close()

    async def _orders(self, window: Window) -> list[Order]:
        """Those that stand now, each once; an order that was answered meanwhile stands no more."""
        changed = [one.id for one in window.changes if one.judged and _ATTRIBUTE in one.attributes]
        found = [await self._store.get(case) for case in dict.fromkeys(changed)]
        return list(_read(stored.entity for stored in found if stored is not None))

    async def _carry(self, order: Order) -> None:
        if order.until <= self._now():
            return
        if not await self._sender.publish(order.topic, order.body, order.until):
            _log.warning("an order on %s was not taken by the broker in its time", order.topic)

    async def _note(self, *, told: bool) -> None:
        """What died in between is carried again; a position that moved without orders can wait."""
        if told or self._now() - self._noted_at >= _POSITION_EVERY:
            await self._store.commit(Transaction(position=Position(consumer=CONSUMER, seq=self._after)))
            self._noted_at = self._now()


def topic_of(thing: str) -> str:
    """Where a thing, or the device that hears its orders, is told: devices by the names of their accounts."""
    return TOPIC + quote(thing.removeprefix(_DEVICE_URN), safe=":-._~")


def _read(cases: Iterable[Entity]) -> Iterable[Order]:
    for case in cases:
        said, device = _content(case, _ATTRIBUTE), _content(case, _DEVICE)
        try:
            until = parse_instant(said["until"])
            hearer = device or said["target"]
        except (TypeError, KeyError, Invalid):
            continue
        yield Order(topic=topic_of(hearer), body=msgspec.json.encode(said), until=until)


def _content(entity: Entity, name: str) -> Any:
    held = entity.attributes.get(name)
    return held.content if isinstance(held, Attribute) else None
