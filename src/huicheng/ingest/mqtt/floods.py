"""How much one device may send: a bucket of tokens for each, so that no flood keeps others waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

#: Buckets kept; the sender that was met first is met anew, with a full one.
_MOST_BUCKETS = 200_000
#: Seconds after a start within which what had waited comes.
_CATCHING_UP = 60.0


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Messages a second, and how many at once after a rest."""

    #: ``HUICHENG_MQTT_RATE``
    per_second: float = 20.0
    #: ``HUICHENG_MQTT_BURST``: what a device that was cut off for a while may catch up with.
    burst: float = 2_000.0


class _Bucket:
    """Mutable, because one is touched for each message."""

    __slots__ = ("at", "tokens")

    def __init__(self, tokens: float, at: float) -> None:
        self.tokens = tokens
        self.at = at


class Flood(NamedTuple):
    """What was dropped of one sender; 0 when its flood is over."""

    sender: str
    #: Messages a second since the last report.
    dropped: float


class Floods:
    """Buckets by sender. ``seconds`` are of a monotonic clock."""

    def __init__(self, rate: Rate, every: float = 10.0) -> None:
        self._rate = rate
        self._every = every
        self._buckets: dict[str, _Bucket] = {}
        self._dropped: Counter[str] = Counter()
        self._flooding: set[str] = set()
        self._told_at: float | None = None
        #: What a new bucket holds beyond the burst, and until when.
        self._extra, self._extra_until = 0.0, 0.0

    def take(self, sender: str, seconds: float) -> bool:
        """Whether one more message of this sender is taken."""
        bucket = self._buckets.get(sender) or self._new(sender, seconds)
        # What was credited above the burst stays until it is used.
        filled = min(self._rate.burst, bucket.tokens + (seconds - bucket.at) * self._rate.per_second)
        bucket.tokens, bucket.at = max(bucket.tokens, filled), seconds
        if bucket.tokens < 1:
            self._dropped[sender] += 1
            return False
        bucket.tokens -= 1
        return True

    def credit(self, away: float, seconds: float) -> None:
        """Nothing was taken for ``away`` seconds: what waits now is no flood."""
        self._extra, self._extra_until = away * self._rate.per_second, seconds + _CATCHING_UP
        for bucket in self._buckets.values():
            bucket.tokens += self._extra

    def reports(self, seconds: float) -> list[Flood]:
        """Who floods, and whose flood is over; empty while it is not yet time."""
        if self._told_at is None:
            self._told_at = seconds
        passed = seconds - self._told_at
        if passed < self._every:
            return []
        self._told_at = seconds
        return list(self._report(passed))

    def _report(self, passed: float) -> Iterator[Flood]:
        dropped, self._dropped = self._dropped, Counter()
        over = self._flooding - dropped.keys()
        self._flooding = set(dropped)
        for sender, count in dropped.items():
            yield Flood(sender, count / passed)
        for sender in over:
            yield Flood(sender, 0.0)

    def _new(self, sender: str, seconds: float) -> _Bucket:
        while len(self._buckets) >= _MOST_BUCKETS:
            self._buckets.pop(next(iter(self._buckets)))
        extra = self._extra if seconds < self._extra_until else 0.0
        bucket = self._buckets[sender] = _Bucket(self._rate.burst + extra, seconds)
        return bucket
