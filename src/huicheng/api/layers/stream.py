"""``/operations/stream``: what changes in some layers, as columns, at most four times a second.

Each listener has a box in which a thing's newer row takes the place of its older one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from huicheng.access import Guard, Subject
from huicheng.api.broadcast import HEARTBEAT_S, START, Broadcast, Listener, Manner, feed_number, same_sight
from huicheng.api.http import Answer, Authenticate, Receive, Request, Send, respond
from huicheng.api.layers.asked import language_in
from huicheng.api.tally import Tally
from huicheng.context import Context
from huicheng.layers import MapLayer, Picture, picture
from huicheng.stores import Change, Outcome, Store

#: Between two looks at the feed, and between two frames to one listener.
_BEAT_S = 0.25
#: Rows waiting for one listener; with more, it is told to read its layers anew.
_BOX = 60_000
#: Things of one layer in one reading; a flood is read in several.
_CHUNK = 2_000

_encode = msgspec.json.Encoder().encode
#: An event and no comment, so that a page can tell a dead line from a quiet city.
_ALIVE = b"event: alive\ndata: {}\n\n"
#: Columns of a picture that a frame carries.
_COLUMNS = ("lon", "lat", "figure", "at", "names", "bearing")

#: A thing's row of a frame: its columns by name.
Row = dict[str, Any]


class LayerListener(Listener):
    """The layers of one connection, and what waits to be written to it."""

    def __init__(self, subject: Subject, layers: Sequence[MapLayer], language: str) -> None:
        super().__init__(subject)
        self.layers = {layer.id: layer for layer in layers}
        self.types = frozenset(layer.type for layer in layers)
        self.language = language
        #: Layer → thing → its newest row; ``None``: it is gone.
        self.box: dict[str, dict[str, Row | None]] = defaultdict(dict)

    def put(self, layer: str, id: str, row: Row | None) -> None:
        """The newest word on one thing."""
        self.box[layer][id] = row
        self.news.set()

    def settle(self, seq: int) -> None:
        """Everything up to here is in the box; too much of it is forgotten."""
        super().settle(seq)
        if sum(map(len, self.box.values())) > _BOX:
            self.reset()

    def reset(self) -> None:
        """Tell it to read its layers anew."""
        self.box.clear()
        super().reset()

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


class Streams(Broadcast[LayerListener]):
    """The follower, and those who listen."""

    def __init__(
        self,
        store: Store,
        context: Context,
        authenticate: Authenticate,
        tally: Tally,
        *,
        heartbeat: float = HEARTBEAT_S,
    ) -> None:
        manner = Manner(name="layers", alive=_ALIVE, beat=_BEAT_S, pause=_BEAT_S, heartbeat=heartbeat)
        super().__init__(store, authenticate, manner)
        self._context = context
        self._tally = tally

    async def serve(self, layers: Sequence[MapLayer], request: Request, receive: Receive, send: Send) -> None:
        """One connection to its end. ``after`` (or ``Last-Event-ID``): the feed's number that is known already."""
        listener = LayerListener(await self.admit(request), layers, language_in(request))
        known = request.header(b"last-event-id") or request.parameters.get("after", "")
        self._tally.answered("layers", 200)
        if request.method == "HEAD":
            await respond(send, Answer(200, b"", START), head=True)
            return
        await self.talk(listener, feed_number(known), request, receive, send)

    def types(self, listeners: Iterable[LayerListener]) -> Collection[str]:
        """Those of their layers."""
        return {one for listener in listeners for one in listener.types}

    async def spread(self, changes: Sequence[Change], listeners: Sequence[LayerListener]) -> None:
        """One reading of each layer for all listeners who see the same and speak the same."""
        groups: dict[tuple[str, str, str], list[LayerListener]] = defaultdict(list)
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
        self, layer: MapLayer, changes: Sequence[Change], guard: Guard, language: str, group: Sequence[LayerListener]
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
            shown = await picture(self.store, guard, layer, ids=part, language=language if named else None)
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
