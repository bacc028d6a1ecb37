"""Messages that are whole requests to another door: each is checked there, and a commit of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import msgspec

from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.errors.sentences import filled
from huicheng.ingest.mqtt.message import MOST_BYTES, Message
from huicheng.ingest.mqtt.refused import Refusal
from huicheng.ingest.mqtt.standing import Senders
from huicheng.ingest.problem import shown
from huicheng.ingest.rejects import Reject
from huicheng.stores import device_urn

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Aside(Protocol):
    """A door that takes requests by MQTT."""

    @property
    def filters(self) -> Sequence[str]:
        """What is to be subscribed to."""

    def sender(self, topic: str) -> str:
        """The name of the device that sends there; "" for a topic that is not this door's."""

    async def take(self, message: Message, device: str) -> None:
        """Carry it out as that device (an entity's id); it is kept on return. ``HuichengError`` where it is refused."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some messages."""

    accepted: int
    refusals: list[Refusal]


class Asides:
    """Every such door. What one device sends stays in order, and waits for no other's."""

    def __init__(self, doors: Sequence[Aside], senders: Senders) -> None:
        self._doors = doors
        self._senders = senders
        self.filters = [one for door in doors for one in door.filters]

    def sender(self, topic: str) -> str:
        """Who sends on a topic; "" for one that is none of these doors'."""
        return next((found for door in self._doors if (found := door.sender(topic))), "")

    async def take(self, messages: Sequence[Message], stopping: asyncio.Event) -> Taken:
        """Carry out all of them, however long that takes."""
        by_sender: dict[str, list[Message]] = defaultdict(list)
        for one in messages:
            by_sender[self.sender(one.topic)].append(one)
        holding = await self._senders.holding(by_sender, time.monotonic()) if by_sender else frozenset()
        work = (self._of(sender, sent, stopping) for sender, sent in by_sender.items() if sender in holding)
        refusals = [one for found in await asyncio.gather(*work) for one in found]
        for sender in by_sender.keys() - holding:
            refusals += [_refusal(one, sender, _no_key(sender)) for one in by_sender[sender]]
        return Taken(accepted=len(messages) - len(refusals), refusals=refusals)

    async def _of(self, sender: str, messages: Sequence[Message], stopping: asyncio.Event) -> list[Refusal]:
        """What is refused of one device's."""
        refusals = []
        for message in messages:
            try:
                await self._one(message, sender, stopping)
            except Unavailable:
                raise
            except HuichengError as fault:
                refusals.append(_refusal(message, sender, fault))
        return refusals

    async def _one(self, message: Message, sender: str, stopping: asyncio.Event) -> None:
        if message.too_long:
            raise Invalid(why="The message is longer than %(most)s KB.", most=MOST_BYTES // 1024)
        door = next(one for one in self._doors if one.sender(message.topic))
        pause = _FIRST_PAUSE
        while True:
            try:
                await door.take(message, device_urn(sender))
            except Unavailable as fault:
                if stopping.is_set():
                    raise
                _log.warning("what came by MQTT waits: %s", fault)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return


def _no_key(sender: str) -> Invalid:
    return Invalid(place=shown(sender), why="The device “%(device)s” has no key that holds.", device=shown(sender))


def _refusal(message: Message, sender: str, fault: HuichengError) -> Refusal:
    body = message.body[:80].decode("utf-8", "replace")
    reject = Reject(
        line=0,
        column=fault.place,
        value=shown(body),
        reason=filled(fault.problem, fault.details),
        remedy=filled(fault.remedy, fault.details),
    )
    return Refusal(received=message.received, topic=shown(message.topic), sender=shown(sender), reject=reject)
