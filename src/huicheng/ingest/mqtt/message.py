"""A message as it came."""

from __future__ import annotations

from typing import NamedTuple

from huicheng.city import Instant

#: A body longer than this is no reading; its beginning is kept, to be shown.
MOST_BYTES = 256 * 1024
_SHOWN_BYTES = 80


class Message(NamedTuple):
    """One publication that a broker has handed over."""

    topic: str
    #: Cut off after :data:`MOST_BYTES`.
    body: bytes
    #: Length of the whole body.
    size: int
    #: Packet identifier; 0 where nothing is to be acknowledged (QoS 0).
    mid: int
    #: Which connection it came by: an identifier means something only there.
    session: int
    received: Instant

    @property
    def too_long(self) -> bool:
        return self.size > MOST_BYTES


def kept(body: bytes) -> bytes:
    """A body, or the beginning of one that is too long."""
    return body if len(body) <= MOST_BYTES else body[:_SHOWN_BYTES]
