"""News for a broker: what changes is published on the topics of the standard, as far as one declared reader sees it.

Whoever the broker lets hears what is on a topic, so policies are not asked when somebody subscribes: they decide what
is published at all. What changes while nobody follows the feed is not told (see docs/reference/sensorthings.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from huicheng.access import Guard
from huicheng.api.sensorthings.answers import Writer, property_answer, value_of
from huicheng.api.sensorthings.mqtt.changed import Concerned, concerned
from huicheng.api.sensorthings.mqtt.declared import Declared
from huicheng.api.sensorthings.mqtt.observed import Visible, rows, told, valued
from huicheng.api.sensorthings.mqtt.ordinals import Ordinals
from huicheng.api.sensorthings.mqtt.topics import entity_topic, is_topic, set_topic
from huicheng.api.sensorthings.options import Options
from huicheng.city import Instant
from huicheng.context import Guards, seen_by, wall_clock
from huicheng.errors import NotFound, Unavailable
from huicheng.ingest import batched
from huicheng.stores import Change, Outcome, Store, Window, sensing

#: What is older is no news: after a broker was away, that much is told.
_NEWS: Instant = 60_000_000
_PATIENCE: Instant = 5_000_000
_AT_ONCE = 500

Message = tuple[str, bytes]
_encode = msgspec.json.Encoder().encode


class Sends(Protocol):
    """What :class:`huicheng.context.Publisher` is."""

    async def publish(self, topic: str, body: bytes, until: Instant, *, expiring: bool = True) -> bool:
        """Whether it was taken before ``until``."""

    async def close(self) -> None:
        """Say good-bye."""


class Teller:
    """Follows the feed from its head. The order of topics is that of commits."""

    def __init__(  # noqa: PLR0913 - one collaborator each, by name
        self,
        *,
        store: Store,
        guards: Guards,
        naming: sensing.Naming,
        declared: Declared,
        sender: Sends,
        now: Callable[[], Instant] = wall_clock,
    ) -> None:
        self._store, self._guards, self._naming = store, guards, naming
        self._declared = declared
        self._writer = Writer(declared.base)
        self._sender = sender
        self._now = now
        self._ordinals = Ordinals(store)
        self._after = -1

    async def step(self) -> bool:
        """Take one window of the feed; True when it was not empty. ``Unavailable`` when the broker does not take it."""
        if self._after < 0:
            self._after = await self._store.head()
        window = await self._store.window(self._after)
        if window.seq == self._after:
            return False
        await self._publish(await self._messages(window))
        self._after = window.seq
        return True

    async def close(self) -> None:
        """Let go of the line."""
        await self._sender.close()

    # -- what is told

    async def _messages(self, window: Window) -> list[Message]:
        guard = await self._guards.guard(self._declared.reader, "read")
        since = self._now() - _NEWS
        changes = [one for one in window.changes if _is_news(one, guard, since)]
        places = told(window.observations, guard, since)
        wanted = {one.id: one.type for one in changes}
        visible = await self._visible(guard, wanted)
        found = valued(window.observations, places, visible, self._naming)
        observations = await rows(found, self._ordinals, visible)
        messages = [one for row in observations for one in self._observation(row)]
        return messages + await self._entities(changes, visible, guard)

    async def _visible(self, guard: Guard, wanted: dict[str, str]) -> Visible:
        reader = self._declared.reader
        return (await seen_by(self._store, {reader: guard}, {reader: wanted}))[reader] if wanted else {}

    def _observation(self, row: dict[str, Any]) -> Iterable[Message]:
        topics = (set_topic("Observations"), f"{entity_topic('Datastreams', row['_series'])}/Observations")
        return self._shown("Observations", row, topics)

    async def _entities(self, changes: Iterable[Change], visible: Visible, guard: Guard) -> list[Message]:
        """One message for each entity, however often it changed: what is told is what stands now."""
        together: dict[tuple[str, str], frozenset[str]] = {}
        for change in changes:
            stored = visible.get(change.id)
            for one in concerned(change, stored) if stored else ():
                together[one.set, one.id] = together.get((one.set, one.id), frozenset()) | one.properties
        messages: list[Message] = []
        for (name, id_), properties in together.items():
            messages += await self._entity(Concerned(set=name, id=id_, properties=properties), guard)
        return messages

    async def _entity(self, one: Concerned, guard: Guard) -> list[Message]:
        steps = (sensing.Step(one.set, one.id),)
        try:
            reckoned = frozenset(sensing.SETS[one.set].reckoned)
            sought = sensing.Sought(steps=steps, guard=guard, naming=self._naming, reckoned=reckoned)
            found = await self._store.sense(sought)
        except NotFound:
            return []
        row, topic = found.rows[0], entity_topic(one.set, one.id)
        return [*self._shown(one.set, row, (set_topic(one.set), topic)), *_properties(one, row, topic)]

    def _shown(self, name: str, row: dict[str, Any], topics: Iterable[str]) -> Iterator[Message]:
        """On each topic, and on those of its selections."""
        body = _encode(self._writer.entity(name, row, Options()))
        selections = [
            (f"?{one.text}", _encode(self._writer.entity(name, row, one.options)))
            for one in self._declared.selections.get(name, ())
        ]
        for topic in topics:
            yield topic, body
            yield from ((topic + ending, selected) for ending, selected in selections)

    # -- the line

    async def _publish(self, messages: Iterable[Message]) -> None:
        for some in batched((one for one in messages if is_topic(one[0])), _AT_ONCE):
            until = self._now() + _PATIENCE
            taken = await asyncio.gather(
                *(self._sender.publish(topic, body, until, expiring=False) for topic, body in some)
            )
            if not all(taken):
                raise Unavailable(
                    place="HUICHENG_STA_PUBLISH",
                    why="The broker does not take news of SensorThings.",
                    mend="Start it, and let the platform's account write v1.1/#.",
                )


def _is_news(change: Change, guard: Guard, since: Instant) -> bool:
    live = change.judged and change.received_at >= since and change.outcome is not Outcome.DELETED
    return live and bool(guard.of(change.type))


def _properties(one: Concerned, row: dict[str, Any], topic: str) -> Iterator[Message]:
    """Each property that changed, on a topic of its own."""
    for name in sorted(one.properties):
        held = value_of(one.set, row, name)
        if held is not None:
            yield f"{topic}/{name}", property_answer(held, (name,), raw=False).body
