"""Server-sent events at ``/events``: what changes, as it changes, within what the listener may see.

Each listener has a bounded box in which a newer state of an entity takes the place of an older one.
See docs/reference/events.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.broadcast import HEARTBEAT_S, START, Broadcast, Listener, Manner, feed_number, same_sight
from huicheng.api.faults import MethodNotAllowed
from huicheng.api.http import Answer, Authenticate, Receive, Request, Scope, Send, respond
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.tally import Tally
from huicheng.context import Context, listed, newest_observation, simplified_attributes
from huicheng.errors import HuichengError
from huicheng.stores import Change, EntityQuery, Outcome, Store, Stored

_POLL_S = 0.1
#: Entities waiting for one listener; with more, it is told to read everything anew.
_BOX = 20_000
_CHUNK = 500

_encode = msgspec.json.Encoder().encode


class EventListener(Listener):
    """What one connection asked for, and what waits to be written to it."""

    def __init__(self, subject: Subject, types: Iterable[str], attributes: Iterable[str]) -> None:
        super().__init__(subject)
        self.types = frozenset(types)
        self.attributes = tuple(attributes)
        #: Entity → the newest event about it, with its sequence number.
        self.box: dict[str, tuple[int, bytes]] = {}

    def wants(self, change: Change) -> bool:
        return not self.types or change.type in self.types

    def put(self, change: Change, event: bytes) -> None:
        """A newer event goes to the end: the order is that of the last change."""
        waiting = self.box.get(change.id)
        if waiting is not None and waiting[0] > change.seq:
            return
        self.box.pop(change.id, None)
        if len(self.box) >= _BOX:
            self.box.clear()
            self.reset()
        self.box[change.id] = (change.seq, event)
        self.news.set()

    def take(self) -> bytes:
        """All that waits, as one write."""
        reset = b"event: reset\ndata: {}\n\n" if self.overflown else b""
        whole = reset + b"".join(event for _, event in self.box.values())
        self.box.clear()
        self.overflown = False
        self.news.clear()
        return whole


class Events(Broadcast[EventListener]):
    """An ASGI application, and the follower that feeds its listeners."""

    def __init__(
        self,
        store: Store,
        context: Context,
        authenticate: Authenticate,
        tally: Tally,
        *,
        heartbeat: float = HEARTBEAT_S,
    ) -> None:
        super().__init__(
            store, authenticate, Manner(name="events", alive=b": alive\n\n", beat=_POLL_S, heartbeat=heartbeat)
        )
        self._context = context
        self._tally = tally

    # -- the door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``GET /events?types=A,B&attrs=x,y``."""
        request = Request(scope, receive)
        try:
            listener = await self._listener(request)
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            known = fault if isinstance(fault, HuichengError) else unforeseen(fault)
            refused = answer(known, language_of(request.header(b"accept-language")))
            self._tally.answered("events", refused.status)
            await respond(send, refused)
            return
        self._tally.answered("events", 200)
        if request.method == "HEAD":
            await respond(send, Answer(200, b"", START), head=True)
            return
        await self._serve(listener, request, receive, send)

    async def _listener(self, request: Request) -> EventListener:
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(method=request.method[:20], allowed="GET, HEAD")
        subject = await self.admit(request)
        asked = request.parameters
        types, attributes = listed(asked.get("types"), place="types"), listed(asked.get("attrs"), place="attrs")
        return EventListener(subject, types, attributes)

    async def _serve(self, listener: EventListener, request: Request, receive: Receive, send: Send) -> None:
        self._tally.listeners = len(self.listeners) + 1
        try:
            await self.talk(listener, feed_number(request.header(b"last-event-id")), request, receive, send)
        finally:
            self._tally.listeners = len(self.listeners)

    # -- what changes

    def types(self, listeners: Iterable[EventListener]) -> None:
        """Changes of every type: without a wish a listener hears all."""

    async def spread(self, changes: Sequence[Change], listeners: Sequence[EventListener]) -> None:
        """One reading of each changed entity for all listeners with the same grants."""
        newest = _together(changes)
        groups: dict[str, list[EventListener]] = defaultdict(list)
        guards: dict[str, Guard] = {}
        for listener in listeners:
            guard = await self._context.guard(listener.subject)
            key = same_sight(guard)
            groups[key].append(listener)
            guards[key] = guard
        for key, group in groups.items():
            await self._tell(newest, guards[key], group)

    async def _tell(self, newest: dict[str, Change], guard: Guard, group: list[EventListener]) -> None:
        wanted = [
            change
            for change in newest.values()
            if guard.of(change.type) and any(listener.wants(change) for listener in group)
        ]
        visible = await self._visible([c.id for c in wanted if c.outcome is not Outcome.DELETED], guard)
        rendered: dict[tuple[str, tuple[str, ...]], bytes | None] = {}
        for change in wanted:
            for listener in group:
                if listener.wants(change):
                    key = (change.id, listener.attributes)
                    if key not in rendered:
                        rendered[key] = _event(change, visible.get(change.id), listener.attributes, guard)
                    self._put(listener, change, rendered[key])

    def _put(self, listener: EventListener, change: Change, event: bytes | None) -> None:
        if event is not None:
            self._tally.events += 1
            listener.put(change, event)

    async def _visible(self, ids: list[str], guard: Guard) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        for start in range(0, len(ids), _CHUNK):
            part = ids[start : start + _CHUNK]
            page = await self.store.query(EntityQuery(guard=guard, ids=part, limit=len(part)))
            found.update((one.entity.id, one) for one in page.entities)
        return found


def _together(changes: Iterable[Change]) -> dict[str, Change]:
    """One change for each entity: the newest, with all that was written, and "created" if it was."""
    newest: dict[str, Change] = {}
    for change in changes:
        before = newest.pop(change.id, None)
        newest[change.id] = change if before is None else _follow_up(before, change)
    return newest


def _follow_up(before: Change, change: Change) -> Change:
    if Outcome.DELETED in {before.outcome, change.outcome}:
        return change
    names = tuple(dict.fromkeys((*before.attributes, *change.attributes)))
    return msgspec.structs.replace(change, attributes=names, outcome=before.outcome)


def _event(change: Change, stored: Stored | None, attributes: tuple[str, ...], guard: Guard) -> bytes | None:
    """One event; ``None`` when there is nothing in it that this listener may see or asked for."""
    shown: dict[str, Any] = {"id": change.id, "type": change.type, "seq": change.seq, "outcome": change.outcome.value}
    if change.outcome is Outcome.DELETED:
        # What it was can no longer be asked, so only those who see the whole type hear of its end.
        if not any(grant.rows == "TRUE" for grant in guard.of(change.type)):
            return None
        return _frame(change.seq, shown)
    if stored is None:
        return None
    values = simplified_attributes(stored.entity, only=attributes)
    if attributes and not values:
        return None
    shown["changed"] = [name for name in change.attributes if name in values]
    if change.outcome is Outcome.UPDATED and not shown["changed"]:
        return None
    shown |= {"attributes": values, "observedAt": newest_observation(stored.entity, only=attributes)}
    return _frame(change.seq, shown)


def _frame(seq: int, shown: dict[str, Any]) -> bytes:
    return b"event: change\nid: %d\ndata: %s\n\n" % (seq, _encode(shown))
