"""``/operations/stream``: what changes in some layers, as columns, at most four times a second.

One follower reads the feed for all listeners. Each listener has a box in which a thing's newer row takes the
place of its older one, so a slow reader misses intermediate values and never the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.events import same_sight
from huicheng.api.http import Answer, Authenticate, Receive, Request, Send, respond
from huicheng.api.layers.asked import language_in
from huicheng.api.tally import Tally
from huicheng.context import Context
from huicheng.errors import HuichengError, Unavailable
from huicheng.layers import MapLayer, Picture, picture
from huicheng.stores import Change, Outcome, Store

_log = logging.getLogger(__name__)

#: Between two looks at the feed, and between two frames to one listener.
_BEAT_S = 0.25
_HEARTBEAT_S = 15.0
#: Rows waiting for one listener; with more, it is told to read its layers anew.
_BOX = 60_000
_LISTENERS = 2_000
#: Things of one layer in one reading; a flood is read in several.
_CHUNK = 2_000
#: How much of the feed is read again for a listener that comes back.
_RESUME = 100_000
_RETRY_MS = 1_000

_encode = msgspec.json.Encoder().encode
#: An event and no comment, so that a page can tell a dead line from a quiet city.
_ALIVE = b"event: alive\ndata: {}\n\n"
_START = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
#: Columns of a picture that a frame carries.
_COLUMNS = ("lon", "lat", "figure", "at", "names", "bearing")

#: A thing's row of a frame: its columns by name.
Row = dict[str, Any]


class Listener:
    """One open connection: its layers, and what waits to be written to it."""

    def __init__(self, subject: Subject, layers: Sequence[MapLayer], language: str, after: int | None) -> None:
        self.subject = subject
        self.layers = {layer.id: layer for layer in layers}
        self.types = frozenset(layer.type for layer in layers)
        self.language = language
        self.after = after
        #: Layer → thing → its newest row; ``None``: it is gone.
        self.box: dict[str, dict[str, Row | None]] = defaultdict(dict)
        self.seq = 0
        self.overflown = False
        self.closing = False
        self.news = asyncio.Event()

    def put(self, layer: str, id: str, row: Row | None) -> None:
        """The newest word on one thing."""
        self.box[layer][id] = row
        self.news.set()

    def settle(self, seq: int) -> None:
        """Everything up to here is in the box; too much of it is forgotten."""
        self.seq = seq
        if sum(map(len, self.box.values())) > _BOX:
            self.reset()

    def reset(self) -> None:
        """Tell it to read its layers anew."""
        self.box.clear()
        self.overflown = True
        self.news.set()

    def take(self) -> bytes:
        """All that waits, as one write."""
        parts = [b"event: reset\nid: %d\ndata: {}\n\n" % self.seq] if self.overflown else []
        parts += [
            b"event: frame\nid: %d\ndata: %s\n\n" % (self.seq, _encode(_frame(layer, rows)))
            for layer, rows in self.box.items()
        ]
        self.box.clear()
        self.overflown = False
        self.news.clear()
        return b"".join(parts)


class Streams:
    """The follower, and those who listen."""

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

    async def serve(self, layers: Sequence[MapLayer], request: Request, receive: Receive, send: Send) -> None:
        """One connection to its end. ``after`` (or ``Last-Event-ID``): the feed's number that is known already."""
        if len(self._listeners) >= _LISTENERS:
            raise Unavailable(why="Too many listeners are connected.", mend="Try again in a minute.")
        subject = await self._authenticate(request.scope)
        known = request.header(b"last-event-id") or request.parameters.get("after", "")
        after = int(known) if known.isascii() and known.isdigit() and len(known) <= 18 else None
        listener = Listener(subject, layers, language_in(request), after)
        self._tally.answered("layers", 200)
        if request.method == "HEAD":
            await respond(send, Answer(200, b"", _START), head=True)
            return
        await self._talk(listener, request, receive, send)

    async def _talk(self, listener: Listener, request: Request, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        # Listening begins before the past is read, so that nothing falls between.
        self._listeners.add(listener)
        try:
            await self._follow()
            await send({"type": "http.response.start", "status": 200, "headers": list(_START)})
            begin = f"retry: {_RETRY_MS}\nid: {self._seq}\n: {self._seq}\n\n".encode()
            await send({"type": "http.response.body", "body": begin, "more_body": True})
            await self._resume(listener)
            await self._write(listener, request, gone, send)
        finally:
            self._listeners.discard(listener)
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
                # Returns when the line has taken it: meanwhile newer rows take the place of older ones.
                await send({"type": "http.response.body", "body": listener.take() or _ALIVE, "more_body": True})
                await asyncio.sleep(_BEAT_S)
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
                self._following = asyncio.create_task(self._forward(), name="layers")

    async def _forward(self) -> None:
        while self._listeners:
            try:
                await self._step()
            except Exception:  # noqa: BLE001 - the stream must outlive a passing fault of the store
                _log.exception("changes of layers could not be read; trying again")
                await asyncio.sleep(1.0)
            await asyncio.sleep(_BEAT_S)

    async def _step(self) -> None:
        if await self._store.head() == self._seq:
            return
        listeners = list(self._listeners)
        types = {one for listener in listeners for one in listener.types}
        window = await self._store.window(self._seq, changes_of=types, observations=False)
        await self._spread(window.changes, listeners)
        for listener in listeners:
            listener.settle(window.seq)
        self._seq = window.seq

    async def _resume(self, listener: Listener) -> None:
        """What happened since the number that it knows; ``reset`` when that is too much, or gone from the feed."""
        after = listener.after
        if after is None or after >= self._seq:
            return
        oldest = await self._store.rows("context.feed_oldest")
        if not oldest or after + 1 < oldest[0]["seq"]:
            listener.reset()
            return
        window = await self._store.window(after, limit=_RESUME, changes_of=listener.types, observations=False)
        if window.seq < self._seq:
            listener.reset()
            return
        await self._spread(window.changes, [listener])
        listener.settle(max(listener.seq, window.seq))

    async def _spread(self, changes: Sequence[Change], listeners: Sequence[Listener]) -> None:
        """One reading of each layer for all listeners who see the same and speak the same."""
        groups: dict[tuple[str, str, str], list[Listener]] = defaultdict(list)
        guards: dict[str, Guard] = {}
        for listener in listeners:
            guard = await self._context.guard(listener.subject)
            sight = same_sight(guard)
            guards[sight] = guard
            for layer in listener.layers:
                groups[layer, listener.language, sight].append(listener)
        by_type: dict[str, list[Change]] = defaultdict(list)
        for change in changes:
            by_type[change.type].append(change)
        for (layer, language, sight), group in groups.items():
            one = group[0].layers[layer]
            if by_type[one.type] and guards[sight].of(one.type):
                await self._tell(one, by_type[one.type], guards[sight], language, group)

    async def _tell(
        self, layer: MapLayer, changes: Sequence[Change], guard: Guard, language: str, group: Sequence[Listener]
    ) -> None:
        ended = _ended(changes)
        # What a deleted thing was can no longer be asked, so only those who see the whole type hear of its end.
        if any(grant.rows == "TRUE" for grant in guard.of(layer.type)):
            for urn in ended:
                for listener in group:
                    listener.put(layer.id, urn, None)
        ids = [urn for urn in dict.fromkeys(change.id for change in changes) if urn not in ended]
        named = any(change.outcome is Outcome.CREATED or "name" in change.attributes for change in changes)
        for start in range(0, len(ids), _CHUNK):
            part = ids[start : start + _CHUNK]
            shown = await picture(self._store, guard, layer, ids=part, language=language if named else None)
            for urn, row in _rows(shown):
                for listener in group:
                    listener.put(layer.id, urn, row)
        self._tally.events += len(ids) * len(group)


def _ended(changes: Sequence[Change]) -> set[str]:
    """Things whose last change is their end."""
    last = {change.id: change.outcome for change in changes}
    return {urn for urn, outcome in last.items() if outcome is Outcome.DELETED}


def _rows(shown: Picture) -> list[tuple[str, Row]]:
    columns = {name: getattr(shown, name) for name in _COLUMNS}
    columns["state"] = shown.state
    columns["simulated"] = shown.simulated
    present = {name: column for name, column in columns.items() if column is not None}
    rows = zip(*present.values(), strict=True)
    whole = [dict(zip(present, row, strict=True)) for row in rows]
    for place, lines in shown.lines.items():
        whole[place]["lines"] = lines
    return [(shown.prefix + end, row) for end, row in zip(shown.ids, whole, strict=True)]


def _frame(layer: str, rows: dict[str, Row | None]) -> dict[str, Any]:
    """Rows as columns again; a column that no row has is left out."""
    there = {urn: row for urn, row in rows.items() if row is not None}
    frame: dict[str, Any] = {"layer": layer, "ids": list(there)}
    frame |= {
        name: [row.get(name) for row in there.values()]
        for name in _COLUMNS
        if any(name in row for row in there.values())
    }
    frame["state"] = "".join(row["state"] for row in there.values())
    frame["simulated"] = "".join(row["simulated"] for row in there.values())
    lines = {place: row["lines"] for place, row in enumerate(there.values()) if "lines" in row}
    gone = [urn for urn, row in rows.items() if row is None]
    return frame | ({"lines": lines} if lines else {}) | ({"gone": gone} if gone else {})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
