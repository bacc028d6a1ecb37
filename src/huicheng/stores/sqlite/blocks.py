"""New documents of the entities of a block: its readings, and of each entity the rest that it had."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeGuard

import msgspec

from huicheng.city import Readings
from huicheng.stores.faces import Block, Mode
from huicheng.stores.places import LOCATION
from huicheng.stores.sqlite.known import Known
from huicheng.stores.sqlite.pending import SAYING

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def fits(known: Sequence[Known | None], block: Block) -> TypeGuard[Sequence[Known]]:
    """Whether all are there, each once and of this type, and stay where they are."""
    kind = block.readings.type
    moves = block.mode is Mode.REPLACE or LOCATION in block.readings.units
    rows = {one.id for one in known if one and one.type == kind and not (moves and one.place is not None)}
    return len(rows) == len(known) and kind != SAYING


def moments_of(readings: Readings) -> Iterator[list[datetime]]:
    """The times of each entity's readings."""
    width = len(readings.units)
    for first in range(0, len(readings.observed_at), width):
        yield readings.observed_at[first : first + width]


def rest_of(document: bytes | str, names: Collection[str]) -> bytes | None:
    """The members of a document but these, as JSON without braces.

    ``None`` when one of these has several instances or a data set: readings would not simply take its place.
    """
    members: dict[str, Any] = _members(document)
    for name in names:
        held = bytes(members.pop(name, b"{}"))
        if not held.startswith(b"{") or b'"datasetId"' in held:
            return None
    return _encode(members)[1:-1]


def with_rest(rest: bytes, document: bytes) -> bytes:
    """A document of readings together with the rest."""
    return b"{%b,%b" % (rest, document[1:]) if rest else document
