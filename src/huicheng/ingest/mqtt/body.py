"""The body of a message as rows: a JSON object is one, an array is as many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import rfc3339
from huicheng.ingest.mqtt.message import MOST_BYTES, Message
from huicheng.ingest.problem import Sentence, shown
from huicheng.ingest.rows import Flawed, Row

#: Rows in one message.
MOST_ROWS = 1_000
#: The column with the time at which the platform received the message, for devices without a clock.
RECEIVED = "received"

TOO_LONG = Sentence("The message has %(size)s bytes.", "Send at most %(most)s; divide it.")
NOT_JSON = Sentence("The message is not JSON: %(why)s.", "Send an object, or an array of objects.")
NOT_ROWS = Sentence("The message holds no object with readings.", "Send an object, or an array of objects.")
MANY_ROWS = Sentence("The message holds %(rows)s rows.", "Send at most %(most)s; divide it.")

_decode = msgspec.json.Decoder().decode
_NOT_THERE = object()


class Body:
    """Reads the columns that a source wants. ``rows`` is the member with the array, "" for the body itself."""

    def __init__(self, columns: Sequence[str], rows: str) -> None:
        self._columns = [(name, tuple(name.split("."))) for name in columns]
        self._rows = rows

    def read(self, message: Message, names: Mapping[str, str]) -> Iterator[Row]:
        """The rows of a message, with the names of its topic; one that says what is wrong where it cannot be read."""
        found = self._found(message)
        if isinstance(found, Flawed):
            yield Row(0, (), found)
            return
        outer, rows = found
        received = rfc3339(message.received)
        for number, row in enumerate(rows, 1):
            if isinstance(row, dict):
                yield Row(number, [self._cell(one, row, outer, names, received) for one in self._columns])
            else:
                yield Row(number, (), Flawed(NOT_ROWS, {}))

    def _found(self, message: Message) -> tuple[dict[str, Any], Sequence[Any]] | Flawed:
        """What stands around the rows, and the rows."""
        if message.too_long:
            return Flawed(TOO_LONG, {"size": message.size, "most": MOST_BYTES})
        try:
            body = _decode(message.body)
        except (ValueError, RecursionError) as fault:  # msgspec's own are ValueErrors, and so is what is no UTF-8
            return Flawed(NOT_JSON, {"why": shown(fault)})
        outer: dict[str, Any] = {}
        if self._rows and isinstance(body, dict):
            outer, body = body, body.get(self._rows)
        rows = body if isinstance(body, list) else [body]
        if len(rows) > MOST_ROWS:
            return Flawed(MANY_ROWS, {"rows": len(rows), "most": MOST_ROWS})
        return outer, rows

    @staticmethod
    def _cell(
        column: tuple[str, tuple[str, ...]],
        row: dict[str, Any],
        outer: dict[str, Any],
        names: Mapping[str, str],
        received: str,
    ) -> Any:
        """The topic's word goes first: it is the one that a broker has checked."""
        name, path = column
        if name in names:
            return names[name]
        for place in (row, outer):
            cell = place.get(name, _NOT_THERE)
            if cell is _NOT_THERE and len(path) > 1:
                cell = _nested(place, path)
            if cell is not _NOT_THERE:
                return cell
        return received if name == RECEIVED else None


def _nested(held: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(held, dict) or step not in held:
            return _NOT_THERE
        held = held[step]
    return held
