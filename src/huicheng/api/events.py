"""Server-sent events at ``/events``: what changes, as it changes, within what the listener may see.

One follower reads the feed for all listeners. Each listener has a bounded box in which a newer
state of an entity takes the place of an older one, so a slow reader misses intermediate values and
never the last. See docs/reference/events.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.faults import MethodNotAllowed
from huicheng.api.http import Answer, Authenticate, Receive, Request, Scope, Send, respond
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.tally import Tally
from huicheng.context import Context, listed, newest_observation, simplified_attributes
from huicheng.errors import HuichengError, Unavailable
from huicheng.stores import Change, EntityQuery, Outcome, Store, Stored

_log = logging.getLogger(__name__)

_POLL_S = 0.1
_HEARTBEAT_S = 15.0
#: Entities waiting for one listener; with more, it is told to read everything anew.
_BOX = 20_000
_LISTENERS = 2_000
_CHUNK = 500
#: How much of the feed is read again for a listener that comes back.
_RESUME = 100_000
_RETRY_MS = 1_000

_encode = msgspec.json.Encoder().encode
_START = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class Listener:
    """One open connection: what it asked for, and what waits to be written to it."""

    def __init__(self, subject: Subject, types: Iterable[str], attributes: Iterable[str]) -> None:
        self.subject = subject
        self.types = frozenset(types)
        self.attributes = tuple(attributes)
        #: Entity → the newest event about it, with its sequence number.
        self.box: dict[str, tuple[int, bytes]] = {}
        self.overflown = False
        self.closing = False
        self.news = asyncio.Event()

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

    def reset(self) -> None:
        """Tell it to read everything anew."""
        self.overflown = True
        self.news.set()

    def take(self) -> bytes:
        """All that waits, as one write."""
        reset = b"event: reset\ndata: {}\n\n" if self.overflown else b""
        whole = reset + b"".join(event for _, event in self.box.values())
        self.box.clear()
        self.overflown = False
        self.news.clear()
        return whole


class Events:
    """An ASGI application, and the follower that feeds its listeners."""

    def __init__(
        self,
        store: Store,
        context: Context,
        authenticate: Authenticate,
        tally: Tally,
        *,
        heartbeat: float = _HEARTBEAT_S,
    ) -> None:
        self._store = store
        self._context = context
        self._authenticate = authenticate
        self._tally = tally
        self._heartbeat = heartbeat
        self._listeners: set[Listener] = set()
        self._following: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._seq = 0

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
            await respond(send, Answer(200, b"", _START), head=True)
            return
        await self._serve(listener, request, receive, send)

    async def _listener(self, request: Request) -> Listener:
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(method=request.method[:20], allowed="GET, HEAD")
        if len(self._listeners) >= _LISTENERS:
            raise Unavailable(why="Too many listeners are connected.", mend="Try again in a minute.")
        asked = request.parameters
        subject = await self._authenticate(request.scope)
        types, attributes = listed(asked.get("types"), place="types"), listed(asked.get("attrs"), place="attrs")
        return Listener(subject, types, attributes)

    async def _serve(self, listener: Listener, request: Request, receive: Receive, send: Send) -> None:
        # Listening begins before the past is read, so that nothing falls between.
        self._listeners.add(listener)
        self._tally.listeners = len(self._listeners)
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await self._follow()
            await send({"type": "http.response.start", "status": 200, "headers": list(_START)})
            begin = f"retry: {_RETRY_MS}\nid: {self._seq}\n: {self._seq}\n\n".encode()
            await send({"type": "http.response.body", "body": begin, "more_body": True})
            await self._resume(listener, request.header(b"last-event-id"))
            await self._write(listener, request, gone, send)
        finally:
            self._listeners.discard(listener)
            self._tally.listeners = len(self._listeners)
            gone.cancel()

    async def _write(self, listener: Listener, request: Request, gone: asyncio.Future[None], send: Send) -> None:
        known_at = time.monotonic()
        while not listener.closing:
            news = asyncio.ensure_future(listener.news.wait())
            either: set[asyncio.Future[Any]] = {news, gone}
            await asyncio.wait(either, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if gone.done():
                return
            if time.monotonic() - known_at >= self._heartbeat:
                known_at = time.monotonic()
                listener.closing = not await self._still(listener, request)
            if not listener.closing:
                body = listener.take() or b": alive\n\n"
                await send({"type": "http.response.body", "body": body, "more_body": True})
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _still(self, listener: Listener, request: Request) -> bool:
        """Whether the key or session still stands for the same person; the browser comes back if not."""
        try:
            return await self._authenticate(request.scope) == listener.subject
        except HuichengError:
            return False

    async def close(self) -> None:
        """End every connection; browsers come back by themselves."""
        for listener in self._listeners:
            listener.closing = True
            listener.news.set()
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following

    # -- following the feed

    async def _follow(self) -> None:
        """Start with the first listener; with none the feed is left alone."""
        async with self._starting:
            if self._following is None or self._following.done():
                self._seq = await self._store.head()
                self._following = asyncio.create_task(self._forward(), name="events")

    async def _forward(self) -> None:
        while self._listeners:
            try:
                await self._step()
            except Exception:  # noqa: BLE001 - the stream must outlive a passing fault of the store
                _log.exception("events could not be read; trying again")
                await asyncio.sleep(1.0)
            await asyncio.sleep(_POLL_S)

    async def _step(self) -> None:
        if await self._store.head() == self._seq:
            return
        window = await self._store.window(self._seq, observations=False)
        await self._spread(window.changes, self._listeners)
        self._seq = window.seq

    async def _spread(self, changes: Iterable[Change], listeners: Iterable[Listener]) -> None:
        """One reading of each changed entity for all listeners with the same grants."""
        newest = _together(changes)
        groups: dict[str, list[Listener]] = defaultdict(list)
        guards: dict[str, Guard] = {}
        for listener in list(listeners):
            guard = await self._context.guard(listener.subject)
            key = same_sight(guard)
            groups[key].append(listener)
            guards[key] = guard
        for key, group in groups.items():
            await self._tell(newest, guards[key], group)

    async def _tell(self, newest: dict[str, Change], guard: Guard, group: list[Listener]) -> None:
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

    def _put(self, listener: Listener, change: Change, event: bytes | None) -> None:
        if event is not None:
            self._tally.events += 1
            listener.put(change, event)

    async def _visible(self, ids: list[str], guard: Guard) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        for start in range(0, len(ids), _CHUNK):
            part = ids[start : start + _CHUNK]
            page = await self._store.query(EntityQuery(guard=guard, ids=part, limit=len(part)))
            found.update((one.entity.id, one) for one in page.entities)
        return found

    async def _resume(self, listener: Listener, last: str) -> None:
        """What a returning listener missed; ``reset`` when that is too much, or gone from the feed."""
        if not last.isascii() or not last.isdigit() or len(last) > 18:
            return
        after = int(last)
        if after >= self._seq:
            return
        oldest = await self._store.rows("context.feed_oldest")
        if not oldest or after + 1 < oldest[0]["seq"]:
            listener.reset()
            return
        window = await self._store.window(after, limit=_RESUME, observations=False)
        if window.seq < self._seq:
            listener.reset()
            return
        await self._spread(window.changes, [listener])


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


def same_sight(guard: Guard) -> str:
    """Listeners who see the same share one reading: the grants, and who asks where a row may depend on it."""
    grants = _encode(guard.grants).decode()
    asker = _encode(guard.subject).decode() if "subject_" in grants else ""
    return f"{asker} {grants}"


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


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
