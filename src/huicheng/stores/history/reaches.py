"""From when to when each series has observations, without the engine: kept in a process, and followed from the feed.

What came only ever widens a reach, so parts may be taken in twice and in any order, and files that are merged bring
nothing new. What was edited is not for here: an edit may narrow one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant
from huicheng.stores.feed.arrays import unpack_ints
from huicheng.stores.feed.body import decode_body
from huicheng.stores.history.extents import CODE, FileExtents, keys_of
from huicheng.stores.snapshots import BuiltSnapshot, Snapshot
from huicheng.stores.threads import NotBrief

_Ints = NDArray[np.int64]
#: Rows of the feed that are read at once.
_AT_ONCE = 32
#: Series that are remembered as they were found.
_MOST_FOUND = 100_000

#: The first and the last moment.
Reach = tuple[Instant, Instant]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """Series by key, in order."""

    keys: _Ints
    first: _Ints
    last: _Ints


class Reaches:
    """Of one store. Any thread may ask."""

    def __init__(self, extents: FileExtents, compacted: Callable[[Snapshot], tuple[int, Sequence[Path]]]) -> None:
        """``compacted``: up to where the feed is in the files, and these."""
        self._extents, self._compacted = extents, compacted
        self._lock, self._reading = Lock(), Lock()
        #: Each at most half as long as the one before it: a new one costs little, and to look into all of them, too.
        self._parts: list[_Part] = []
        self._found: dict[int, Reach | None] = {}
        self._files: frozenset[Path] = frozenset()
        #: Everything up to here is in the parts; and what the feed looked like when they were last up to date.
        self._last = -1
        self.stamp: object = None

    async def follow(self, snapshot: BuiltSnapshot, stamp: object, *, brief: bool) -> None:
        """Take in all that there was when the end of the feed looked so."""
        after = self._last
        while True:
            rows = await snapshot.told("feed.news", after, _AT_ONCE)
            if rows[0][0] > after:
                after = self._from_files(snapshot, brief=brief)
                continue
            come = [row for row in rows if row[1] is not None]
            settled = max((row[1] for row in come if row[2]), default=after)
            self._take([_observed(row[3]) for row in come if row[3] is not None], settled)
            if len(come) < _AT_ONCE:
                break
            if brief:
                raise NotBrief
            after = come[-1][1]
        self.stamp = stamp

    def of(self, entity: int, attribute: int) -> Reach | None:
        """Of a row of the state and the code of an attribute; ``None``: nothing was observed."""
        key, known = (entity << CODE) | attribute, self._found
        if key not in known:
            if len(known) >= _MOST_FOUND:
                known = self._found = {}
            known[key] = _together(self._parts, key)
        return known[key]

    def _from_files(self, snapshot: Snapshot, *, brief: bool) -> int:
        """Up to where the feed is in the files, whose series are now known. One reads them for all who wait."""
        upto, paths = self._compacted(snapshot)
        if not self._reading.acquire(blocking=not brief):
            raise NotBrief
        try:
            self._take([self._of_file(path, brief=brief) for path in paths if path not in self._files], upto)
            self._files = frozenset(paths)
        finally:
            self._reading.release()
        return upto

    def _of_file(self, path: Path, *, brief: bool) -> _Part:
        held = self._extents.known(path) if brief else self._extents.of(path)
        if held is None:
            raise NotBrief
        return _Part(keys=held.keys, first=held.first, last=held.last)

    def _take(self, parts: Iterable[_Part], upto: int) -> None:
        with self._lock:
            together = self._parts
            for part in parts:
                together = _with(together, part)
            # In this order: who remembers what was found in the parts before does so where nobody looks any more.
            self._parts = together
            self._found = {}
            self._last = max(self._last, upto)


def _observed(body: bytes) -> _Part:
    """The series of a row of the feed."""
    held = decode_body(body)
    codes = np.array([one[0] for one in held.series], dtype=np.int64)[unpack_ints(held.serie)]
    at = unpack_ints(held.observed_at)
    return _grouped(keys_of(np.repeat(unpack_ints(held.ids), unpack_ints(held.counts)), codes), at, at)


def _with(parts: list[_Part], part: _Part) -> list[_Part]:
    while parts and len(parts[-1].keys) < 2 * len(part.keys):
        *parts, other = parts
        part = _grouped(
            *(np.concatenate([getattr(one, name) for one in (other, part)]) for name in ("keys", "first", "last"))
        )
    return [*parts, part]


def _grouped(keys: _Ints, first: _Ints, last: _Ints) -> _Part:
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return _Part(
        keys=keys[starts],
        first=np.minimum.reduceat(first[order], starts),
        last=np.maximum.reduceat(last[order], starts),
    )


def _together(parts: Iterable[_Part], key: int) -> Reach | None:
    found = [(int(one.first[at]), int(one.last[at])) for one in parts for at in _places(one.keys, key)]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _places(keys: _Ints, key: int) -> tuple[int, ...]:
    at = int(keys.searchsorted(key))
    return (at,) if at < len(keys) and keys[at] == key else ()
