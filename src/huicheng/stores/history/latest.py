"""The newest moment of a series, without the engine: from what is kept of files, and from the tail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from huicheng.city import Instant
from huicheng.stores.history.engine import Table
from huicheng.stores.history.extents import FileExtents, keys_of
from huicheng.stores.history.tail import Tail
from huicheng.stores.threads import NotBrief

#: So many files are asked for the first time by one question; who needs more asks the engine.
_MOST_ASKED = 8


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest moment of a series."""

    at: Instant
    #: Whether there is one observation of that moment only.
    alone: bool
    #: Whether the series has others.
    more: bool


class Lately:
    """Of one moment of the store, whose observations stand as they came."""

    def __init__(
        self, *, files: Sequence[tuple[Path, Instant]], pieces: Sequence[Tail], extents: FileExtents, brief: bool
    ) -> None:
        """``files`` with the moment of their last observation, the latest first."""
        self._files, self._pieces, self._extents = files, pieces, extents
        self._brief = brief
        self._asked = 0

    def of(self, entity: int, attribute: int) -> Latest | None:
        """Of a row of the state and the code of an attribute; ``None`` when there is none, or this cannot be told."""
        found = _in_tail([one.of_series(entity, attribute) for one in self._pieces])
        key = int(keys_of(entity, attribute))
        for path, last in self._files:
            if found is not None and found.more and last < found.at:
                break
            held = self._in_file(path, key)
            if self._asked > _MOST_ASKED:
                return None
            found = _together(found, held)
        return found

    def _in_file(self, path: Path, key: int) -> Latest | None:
        extents = self._extents.known(path)
        if extents is None:
            if self._brief:
                raise NotBrief
            self._asked += 1
            extents = self._extents.of(path)
        place = extents.place(key)
        if place < 0:
            return None
        return Latest(
            at=int(extents.last[place]), alone=bool(extents.newest[place] == 1), more=bool(extents.count[place] > 1)
        )


def _together(one: Latest | None, other: Latest | None) -> Latest | None:
    """Of two places; what both hold for one moment may be the same or not."""
    if one is None or other is None:
        return one or other
    newer = one if one.at >= other.at else other
    is_one_moment = one.at == other.at
    return Latest(
        at=newer.at,
        alone=newer.alone and not is_one_moment,
        more=one.more or other.more or not is_one_moment,
    )


def _in_tail(pieces: Sequence[Tail]) -> Latest | None:
    times = [table["observed_at"] for one in pieces for table in (one.numbers, one.others)]
    together = np.concatenate(times) if times else np.empty(0, dtype=np.int64)
    if not len(together):
        return None
    at = int(together.max())
    values = {value for one in pieces for value in _of_moment(one, at)}
    return Latest(at=at, alone=len(values) == 1, more=len(values) > 1 or bool((together < at).any()))


def _of_moment(tail: Tail, at: Instant) -> Iterator[tuple[Any, ...]]:
    yield from _values(tail.numbers, "number", at)
    yield from _values(tail.others, "text", at)


def _values(table: Table, column: str, at: Instant) -> Iterator[tuple[Any, ...]]:
    """Data set and value of each observation of a moment; one that came twice is one."""
    places = np.flatnonzero(table["observed_at"] == at)
    return zip(table["dataset"][places].tolist(), table[column][places].tolist(), strict=True)
