"""The first or the last moments of history: what a page in the order of time need not look beyond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant
from huicheng.stores.history.engine import Engine
from huicheng.stores.history.selection import Source, moments
from huicheng.stores.history.tail import Tail

#: Twice as many as are wanted are looked at first, because an observation may lie in two places; then so many more.
#: Who needs still more is soonest served with everything.
_TRIES = (2, 64)
#: Of more than this part of everything, everything is looked at.
_PART = 4


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A Parquet file: how many observations, from when to when."""

    path: str
    first: Instant
    last: Instant
    count: int


class Ends:
    """Of some files and of what is in none yet, within the bounds of a source."""

    def __init__(self, engine: Engine, files: Sequence[Span], source: Source) -> None:
        self._engine, self._files, self._source = engine, files, source
        self._tail = _times(source.tail)

    def stretches(
        self, wanted: int, *, latest: bool, strained: bool
    ) -> Iterator[tuple[Instant | None, Instant | None]]:
        """Stretches of time, half open, that hold many more than are ``wanted`` of one end, as they came.

        None where so many are as good as all. ``strained``: when conditions let few through, only the longest.
        """
        there = len(self._tail) + sum(one.count for one in self._files)
        for most in (wanted * times for times in _TRIES[strained:]):
            bound = self._bound(most, latest=latest) if most * _PART < there else None
            if bound is None:
                return
            yield (bound, self._source.end) if latest else (self._source.start, bound + 1)

    def _bound(self, most: int, *, latest: bool) -> Instant | None:
        """The moment of the ``most``-th observation from that end; ``None`` when there are not so many."""
        files = self._nearest(most, latest=latest)
        times = self._tail
        if files:
            source = msgspec.structs.replace(self._source, files=[one.path for one in files])
            found = self._engine.fetch(moments(source, most, latest=latest), source.parameters, {})
            times = np.concatenate([times, found["observed_at"].astype(np.int64)])
        if len(times) < most:
            return None
        place = len(times) - most if latest else most - 1
        return int(np.partition(times, place)[place])

    def _nearest(self, most: int, *, latest: bool) -> list[Span]:
        """Files that may hold one of the ``most`` from that end: none that begins after so many have ended."""
        gathered = 0
        for one in sorted(self._files, key=lambda file: -file.first if latest else file.last):
            gathered += one.count if self._holds(one) else 0
            if gathered >= most:
                if latest:
                    return [file for file in self._files if file.last >= one.first]
                return [file for file in self._files if file.first <= one.last]
        return list(self._files)

    def _holds(self, file: Span) -> bool:
        """Whether all of a file lies within the bounds."""
        start, end = self._source.start, self._source.end
        return (start is None or start <= file.first) and (end is None or file.last < end)


def _times(tail: Tail) -> NDArray[np.int64]:
    return np.concatenate([tail.numbers["observed_at"], tail.others["observed_at"]]).astype(np.int64)
