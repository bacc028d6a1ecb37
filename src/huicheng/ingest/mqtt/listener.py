"""Listening: what a broker hands over goes into the store, and is acknowledged after it is there.

Messages gather while the batch before them is committed, so that many are one transaction. One that cannot be
taken is written down with its reason and acknowledged, too: it would only come again.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from huicheng.city import Attribute, Entity, Instant, from_micros
from huicheng.errors import Invalid, Unavailable
from huicheng.ingest.mqtt.address import Broker
from huicheng.ingest.mqtt.aside import Aside, Asides
from huicheng.ingest.mqtt.batch import Prepared, Preparer
from huicheng.ingest.mqtt.connection import Connection
from huicheng.ingest.mqtt.floods import Flood, Floods, Rate
from huicheng.ingest.mqtt.message import Message
from huicheng.ingest.mqtt.refused import Refusal, RefusalFile
from huicheng.ingest.mqtt.routes import Routes
from huicheng.ingest.mqtt.share import Share, given_up
from huicheng.ingest.mqtt.standing import Senders, Standing
from huicheng.ingest.problem import Sentence, shown
from huicheng.ingest.rejects import Reject
from huicheng.ingest.sieve import FUTURE_TOLERANCE, Sieve
from huicheng.packs import Pack, entity_types
from huicheng.stores import Authority, Mode, OpenedStore, Removal, Rows, Transaction, Write, device_urn

_log = logging.getLogger(__name__)

#: Messages in one transaction.
_BATCH = 1_000
#: Seconds between two signs of life while nothing comes.
_IDLE = 5.0
#: Seconds without a message after which a session that was given up is empty.
_QUIET = 3.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0

UNSTORABLE = Sentence("The store refuses it: %(why)s", "Correct the message.")


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """What one listening process is told."""

    broker: Broker
    #: Client id at the broker, the same after each start: its session is found by it.
    name: str
    #: Its part of what comes.
    share: Share = Share()
    #: Whether this is a session that was given up: what still waits in it is taken, then it ends.
    given_up: bool = False
    rate: Rate = Rate()
    #: How far ahead of the platform's clock a device's may be.
    tolerance: timedelta = FUTURE_TOLERANCE


class _Counts(msgspec.Struct, kw_only=True):
    """Since the last commit. Mutable: it is added to for each batch."""

    messages: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    flooded: int = 0


class Listener:
    """One process's share of what the broker hands over."""

    def __init__(
        self,
        listening: Listening,
        store: OpenedStore,
        authority: Authority,
        packs: Sequence[Pack],
        asides: Sequence[Aside] = (),
    ) -> None:
        types = entity_types(packs)
        routes = Routes(packs, types, store)
        if not routes.filters:
            raise Invalid(place="--mqtt", why="No pack has a source with topics: there is nothing to listen to.")
        sieve = Sieve(types, tolerance=listening.tolerance)
        senders = Senders(store, authority)
        self._preparer = Preparer(routes, sieve, Standing(store), senders)
        self._asides = Asides(asides, senders)
        self._routes = routes
        self._store = store
        self._name = listening.name
        self._floods = Floods(listening.rate)
        self._refusals = RefusalFile(store.data / "rejects", listening.name)
        self._counts = _Counts()
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._given_up = listening.given_up
        filters = [*routes.filters, *self._asides.filters]
        session = (given_up if listening.given_up else listening.share.session)(listening.name, filters)
        self._connection = Connection(listening.broker, session, self._ring)
        #: When something was last heard, by the monotonic clock; of a session that was given up.
        self._heard_at = math.inf
        self._stood = False
        #: What is to be said of flooding devices with the next commit.
        self._owed: list[Write | Removal] = []
        self._stopping = asyncio.Event()

    def _ring(self) -> None:
        self._loop.call_soon_threadsafe(self._awake.set)

    async def run(self, stopping: asyncio.Event) -> None:
        """Listen until ``stopping``; what was taken by then is stored and acknowledged, if the store takes it.

        A session that was given up ends also when nothing waits in it any more.
        """
        self._stopping = stopping
        self._floods.credit(await self._away(), time.monotonic())
        self._connection.start()
        try:
            while not stopping.is_set() and not self._dry():
                messages = self._connection.take(_BATCH)
                self._notice_line()
                if messages:
                    await self._store_all(messages)
                else:
                    await self._rest(stopping)
        finally:
            dry = self._dry()
            await asyncio.to_thread(self._connection.stop, forever=dry)
        if dry:
            await self._store.commit(Transaction(rows=[Rows(statement="listener.forget", parameters=[(self._name,)])]))

    def _dry(self) -> bool:
        """Whether nothing waits any more in a session that was given up."""
        return self._given_up and self._connection.connected and time.monotonic() - self._heard_at > _QUIET

    async def _away(self) -> float:
        """Seconds since this listener was last alive; what devices sent meanwhile is no flood."""
        rows = await self._store.rows("listener.all")
        seen = next((row["seen_at"] for row in rows if row["name"] == self._name), None)
        return 0.0 if seen is None else max(0.0, (_now() - seen) / 1e6)

    def _notice_line(self) -> None:
        """After a break of the line, devices and broker have gathered."""
        if self._connection.connected and not self._stood and self._connection.stood_at:
            seconds = time.monotonic()
            self._floods.credit(seconds - self._connection.stood_at, seconds)
        if self._connection.connected and not self._stood:
            self._heard_at = time.monotonic()
        self._stood = self._connection.connected

    async def _rest(self, stopping: asyncio.Event) -> None:
        """Wait for messages; now and then show that the listener lives, and say whose flood is over."""
        try:
            async with asyncio.timeout(_QUIET if self._given_up else _IDLE):
                await self._awake.wait()
        except TimeoutError:
            if not stopping.is_set():
                await self._commit(Transaction(writes=self._reported(), rows=[self._alive()]))
        self._awake.clear()

    # -- a batch

    async def _store_all(self, messages: list[Message]) -> None:
        taken = self._within_rate(messages)
        own, aside = self._parted(taken)
        refusals = await self._set_aside(aside) if aside else []
        prepared = await self._stored(own)
        self._refusals.write([*refusals, *prepared.refusals])
        self._connection.acknowledge(messages)
        self._heard_at = time.monotonic()

    def _parted(self, messages: list[Message]) -> tuple[list[Message], list[Message]]:
        """Readings of sources, and requests to other doors."""
        if not self._asides.filters:
            return messages, []
        aside = [bool(self._asides.sender(one.topic)) for one in messages]
        own = [one for one, other in zip(messages, aside, strict=True) if not other]
        return own, [one for one, other in zip(messages, aside, strict=True) if other]

    async def _set_aside(self, messages: list[Message]) -> list[Refusal]:
        """What other doors take; it is counted with the next commit."""
        taken = await self._asides.take(messages, self._stopping)
        self._counts.accepted += taken.accepted
        self._counts.rejected += len(taken.refusals)
        return taken.refusals

    def _within_rate(self, messages: list[Message]) -> list[Message]:
        """Without what flooding devices sent too much; topics of no source share one bucket."""
        seconds = time.monotonic()
        taken = [one for one in messages if self._floods.take(self._sender(one.topic), seconds)]
        self._counts.messages += len(messages)
        self._counts.flooded += len(messages) - len(taken)
        return taken

    def _sender(self, topic: str) -> str:
        ways = self._routes.of(topic)
        return ways[0].sender if ways else self._asides.sender(topic)

    async def _stored(self, messages: list[Message]) -> Prepared:
        """Commit, however long that takes: only then is anything acknowledged."""
        pause = _FIRST_PAUSE
        while True:
            try:
                prepared = await self._preparer.prepare(messages)
                await self._commit(self._whole(prepared))
            except Unavailable as fault:
                if self._stopping.is_set():
                    raise
                # It may have been committed all the same; then the next comparison finds duplicates.
                _log.warning("what came by MQTT waits: %s", fault)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Invalid as fault:
                return await self._one_by_one(messages, fault)
            else:
                return prepared

    async def _one_by_one(self, messages: list[Message], fault: Invalid) -> Prepared:
        """The store refuses something that passed all checks: let it go alone."""
        if len(messages) > 1:
            middle = len(messages) // 2
            halves = [await self._stored(messages[:middle]), await self._stored(messages[middle:])]
            refusals = [one for half in halves for one in half.refusals]
            return Prepared(transaction=Transaction(), accepted=0, duplicates=0, refusals=refusals, rejected=0)
        [message] = messages
        _log.error("a message on %s passed all checks and was refused by the store: %s", shown(message.topic), fault)
        details = {"why": str(fault)}
        reject = Reject(line=0, column="", value="", reason=UNSTORABLE.problem % details, remedy=UNSTORABLE.remedy)
        refusal = Refusal(
            received=message.received, topic=shown(message.topic), sender=self._sender(message.topic), reject=reject
        )
        self._counts.rejected += 1
        return Prepared(transaction=Transaction(), accepted=0, duplicates=0, refusals=[refusal], rejected=1)

    def _whole(self, prepared: Prepared) -> Transaction:
        """The batch with what is said of it."""
        made = prepared.transaction
        counts = self._alive(prepared)
        return msgspec.structs.replace(made, writes=[*made.writes, *self._reported()], rows=[counts])

    async def _commit(self, transaction: Transaction) -> None:
        await self._store.commit(transaction)
        self._counts = _Counts()
        self._owed = []

    def _alive(self, prepared: Prepared | None = None) -> Rows:
        counts = self._counts
        new = (0, 0, 0) if prepared is None else (prepared.accepted, prepared.duplicates, prepared.rejected)
        row = (counts.accepted + new[0], counts.duplicates + new[1], counts.rejected + new[2], counts.flooded)
        alive = (self._name, _now(), int(self._connection.connected), counts.messages)
        return Rows(statement="listener.count", parameters=[(*alive, *row)])

    def _reported(self) -> list[Write | Removal]:
        """What is dropped of flooding devices, as an observation of each that is registered."""
        floods = self._floods.reports(time.monotonic())
        self._owed += [_flooding(one, _now()) for one in floods if one.sender]
        return self._owed


def _flooding(flood: Flood, now: Instant) -> Write:
    held = Attribute(type="Property", value=round(flood.dropped, 1), unit_code="HTZ", observed_at=from_micros(now))
    entity = Entity(id=device_urn(flood.sender), type="Device", attributes={"flooding": held})
    return Write(entity=entity, mode=Mode.UPDATE, must_exist=True)


def _now() -> Instant:
    return time.time_ns() // 1000
