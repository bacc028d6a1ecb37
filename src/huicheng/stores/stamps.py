"""When each attribute was made and last written, where these are not the entity's own times.

Readings are written together, again and again: they have the entity's times and need no word here. What lies still
beside them is told once, when they are first written without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from huicheng.city import Instant

#: Attribute → made, last written; ``None``: as the entity.
Stamps = dict[str, tuple[Instant | None, Instant | None]]

read_stamps = msgspec.json.Decoder(Stamps).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def stamps_text(stamps: Stamps) -> str:
    """As :data:`read_stamps` takes them."""
    return _encode(stamps).decode()


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """An entity before a write."""

    names: Collection[str]
    modified_at: Instant
    stamps: Stamps


def restamped(before: Before, after: Collection[str], written: Collection[str], now: Instant) -> Stamps:
    """The stamps after a write at ``now`` of some of the attributes that the entity has ``after`` it."""
    found: Stamps = {}
    for name in after:
        created, modified = before.stamps.get(name, (None, None))
        if name not in before.names:
            created, modified = now, None
        elif name in written:
            modified = None
        elif modified is None:
            modified = before.modified_at
        if created is not None or modified is not None:
            found[name] = (created, modified)
    return found


def times_of(stamps: Stamps, created_at: Instant, modified_at: Instant) -> Mapping[str, tuple[Instant, Instant]]:
    """Both times of each attribute that has one of its own; none is later than the entity's."""
    return {
        name: (created_at if made is None else made, modified_at if last is None else min(last, modified_at))
        for name, (made, last) in stamps.items()
    }
