"""JSON from outside: decoded in bounds, or the place where it breaks."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from huicheng.api.faults import MalformedJson, TooDeep


def decode(body: bytes) -> Any:
    """Any JSON. ``MalformedJson`` names a byte or a JSON pointer; ``TooDeep`` bounds the nesting."""
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise TooDeep from None
    except msgspec.DecodeError as fault:
        raise malformed(fault, body) from None
    except UnicodeDecodeError as fault:
        raise not_utf8(fault) from None


def not_utf8(fault: UnicodeDecodeError) -> MalformedJson:
    """A text in the JSON is of another encoding."""
    return MalformedJson(place=f"byte {fault.start}", why="it is not UTF-8")


def malformed(fault: msgspec.DecodeError, body: bytes) -> MalformedJson:
    """The library says ``JSON is malformed: WHY (byte N)``, or that it was cut off, or only what is wrong."""
    said, _, byte = str(fault).removeprefix("JSON is malformed: ").partition(" (byte ")
    said = said.partition(" - at ")[0]
    if byte:
        return MalformedJson(place=f"byte {byte.rstrip(')')}", why="%(fault)s", fault=said)
    place = f"byte {len(body)}" if "truncated" in said else _pointer(body)
    return MalformedJson(place=place, why="%(fault)s", fault=said)


_SHAPES = (msgspec.json.Decoder(dict[str, msgspec.Raw]), msgspec.json.Decoder(list[msgspec.Raw]))
_DEEPEST = 32


def _pointer(body: bytes) -> str:
    """JSON pointer of the value that cannot be read, found by going down into what cannot."""
    place, part = "", body
    for _ in range(_DEEPEST):
        found = next(((name, inner) for name, inner in _inside(part) if not _reads(inner)), None)
        if found is None:
            break
        place, part = f"{place}/{found[0]}", found[1]
    return place


def _inside(part: bytes) -> list[tuple[str, bytes]]:
    for shape in _SHAPES:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            held: Any = shape.decode(part)
            pairs = held.items() if isinstance(held, dict) else enumerate(held)
            return [(str(name), bytes(inner)) for name, inner in pairs]
    return []


def _reads(part: bytes) -> bool:
    try:
        msgspec.json.decode(part)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
