"""Which part of all messages is one listener's.

Each of several listeners has a session of its own, hears everything, and keeps what is its own by the topic: so every
message waits at the broker for the one that is to take it, whatever ends and begins again, and what a device says stays
in order. To let the broker divide (``$share``) costs less; but Mosquitto 2.0.11 does not keep such subscriptions
when it ends, and what comes before the listeners are back is then nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from zlib import crc32

import msgspec

#: In front of filters that several listeners share.
_GROUP = "$share/huicheng/"


_MOST_TOPICS = 100_000


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker keeps for one who listens, whether or not the line stands."""

    #: Client id.
    name: str
    filters: Sequence[str] = ()
    #: What it shall hear no more.
    dropped: Sequence[str] = ()
    #: Whether messages of a topic are handed over; others are acknowledged at once.
    wanted: Callable[[str], bool]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One of so many listeners."""

    #: From 0.
    number: int = 0
    of: int = 1
    #: Whether the broker divides.
    by_broker: bool = False

    def wants(self, topic: str) -> bool:
        """Whether a message of this topic is this listener's."""
        return self.of == 1 or self.by_broker or crc32(topic.encode()) % self.of == self.number

    def filters(self, names: Iterable[str]) -> list[str]:
        """What is to be subscribed to."""
        return _shared(names) if self.by_broker and self.of > 1 else list(names)

    def session(self, name: str, topics: Sequence[str]) -> Session:
        """What is asked of the broker for a listener of this name."""
        return Session(name=name, filters=self.filters(topics), wanted=lru_cache(_MOST_TOPICS)(self.wants))

    def name(self, installation: str) -> str:
        """Client id. Another number of listeners has other sessions, because each then has another part."""
        if self.of == 1:
            return f"{installation}-{self.number}"
        return f"{installation}-{self.number}-{'shared' if self.by_broker else 'of'}-{self.of}"


def given_up(name: str, topics: Sequence[str]) -> Session:
    """A session in which nothing more shall gather: all that waits is wanted."""
    return Session(name=name, dropped=[*topics, *_shared(topics)], wanted=lambda _topic: True)


def _shared(names: Iterable[str]) -> list[str]:
    return [_GROUP + one for one in names]
