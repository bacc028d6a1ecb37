"""Identifiers and types of rows of the state, remembered by readers of the feed.

A row keeps its identifier for ever, and its type as long as it is not deleted and created again. So a
name holds until the feed tells of either. Consumers of the feed ask for the same thousands of names
several times a second, and to read one is to read the row with its document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from sys import intern
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from huicheng.stores.feed.arrays import Ints
from huicheng.stores.snapshots import Snapshot

#: Identifier and type.
Name = tuple[str, str]
#: Row of the state → its name.
Names = dict[int, Name]

#: So many names are remembered, some 280 bytes each.
_MOST = 100_000


def read_names(snapshot: Snapshot, rows: Ints) -> Names:
    """The names of rows of the state, deleted ones included."""
    found = snapshot.rows("state.names", rows) if len(rows) else ()
    return {row: (iri, intern(kind)) for row, iri, kind in found}


class KnownNames:
    """Names as of what this process has read of the feed, or later. For any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: Names = {}
        #: Row → place of its type in ``_types``, so that who wants a few types sees at a glance that there is none.
        self._kinds: NDArray[np.int32] = np.zeros(1, np.int32)
        self._types: list[str] = [""]  # of rows of which nothing is known
        #: The feed has been looked at without a gap up to here.
        self._seen = 0
        #: Changes when names are let go: what was read from an earlier snapshot is then no longer kept.
        self._generation = 0

    def mark(self) -> int:
        """To be taken before the snapshot from which names are read."""
        return self._generation

    def read(self, snapshot: Snapshot, rows: Ints, mark: int) -> list[Name]:
        """The names of these rows, in their order."""
        wanted = rows.tolist()
        names = self._names
        found = [names.get(row) for row in wanted]
        if None in found:
            missing = np.array([row for row, name in zip(wanted, found, strict=True) if name is None], dtype=np.int64)
            read = read_names(snapshot, missing)
            self._keep(read, mark)
            return [name or read[row] for row, name in zip(wanted, found, strict=True)]
        return found  # type: ignore[return-value] # mypy does not see that none is missing

    def of_types(self, snapshot: Snapshot, rows: Ints, mark: int, types: Collection[str]) -> Names:
        """The names of those rows that are of some types."""
        kinds = self._kinds_of(rows)
        if kinds is None:
            self.read(snapshot, rows, mark)
            kinds = self._kinds_of(rows)
        if kinds is not None:
            rows = rows[np.isin(kinds, [kind for kind, text in enumerate(self._types) if text in types])]
        named = zip(rows.tolist(), self.read(snapshot, rows, mark), strict=True)
        return {row: name for row, name in named if name[1] in types}

    def _kinds_of(self, rows: Ints) -> NDArray[np.int32] | None:
        """Their types; ``None`` where one is not known."""
        kinds = self._kinds
        if not len(rows) or int(rows.max()) >= len(kinds):
            return None
        found = kinds[rows]
        return found if found.all() else None

    def passed(self, after: int, upto: int, renamed: Iterable[int]) -> None:
        """The feed has been read from one position to another; these rows were created or deleted in it."""
        with self._lock:
            if after > self._seen:  # nobody looked at what lies between
                self._names = {}
                self._kinds = np.zeros(1, np.int32)
                self._generation += 1
            self._seen = max(self._seen, upto)
            for row in renamed:
                self._names.pop(row, None)
                self._kinds[row : row + 1] = 0
                self._generation += 1

    def _keep(self, names: Names, mark: int) -> None:
        with self._lock:
            if mark != self._generation:
                return
            if len(self._names) + len(names) > _MOST:
                self._names = {}
            self._names.update(dict(list(names.items())[:_MOST]))
            self._keep_kinds(names)

    def _keep_kinds(self, names: Names) -> None:
        last = max(names)
        if last >= len(self._kinds):
            self._kinds = np.concatenate([self._kinds, np.zeros(last + 1, np.int32)])
        for kind in {kind for _, kind in names.values()} - set(self._types):
            self._types.append(kind)
        place = {kind: number for number, kind in enumerate(self._types)}
        self._kinds[list(names)] = [place[kind] for _, kind in names.values()]
