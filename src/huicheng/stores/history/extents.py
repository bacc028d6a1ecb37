"""How many observations each series has in a file, and from when to when: a file never changes, so it is asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.stores.history.engine import Engine
from huicheng.stores.kept import Kept

_Ints = NDArray[np.int64]
_NONE = np.empty(0, dtype=np.int64)
#: Bits of the code of an attribute in a key.
CODE = 24
#: Bytes of what is kept: some fifty thousand series of fifty files.
_KEPT = 128_000_000


def keys_of(entities: Any, attributes: Any) -> _Ints:
    """A number for each series."""
    keys: _Ints = (np.asarray(entities, dtype=np.int64) << CODE) | np.asarray(attributes, dtype=np.int64)
    return keys


class Extents(msgspec.Struct, frozen=True, kw_only=True):
    """Series by key, in order: how many observations, the first and the last moment, and how many it has."""

    keys: _Ints
    count: _Ints
    first: _Ints
    last: _Ints
    #: Observations of the last moment.
    newest: _Ints

    def place(self, key: int) -> int:
        """Where a series stands; -1 where it has nothing."""
        at = int(np.searchsorted(self.keys, key))
        return at if at < len(self.keys) and self.keys[at] == key else -1


#: Of no series.
NOTHING = Extents(keys=_NONE, count=_NONE, first=_NONE, last=_NONE, newest=_NONE)


class FileExtents:
    """Of Parquet files; any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept = Kept[Extents](_KEPT, lambda one: 200 + 5 * one.keys.nbytes)
        self._text = (resources.files(__package__) / "extents.sql").read_text("utf-8")

    def known(self, path: Path) -> Extents | None:
        """Those of a file that has been asked."""
        return self._kept.peek(path)

    def of(self, path: Path) -> Extents:
        """Those of a file. Reads two or three of its columns when it is asked for the first time."""
        return self._kept.get(path, lambda: extents(self._engine.fetch(self._text, {"files": [str(path)]}, {})))


def extents(columns: Mapping[str, NDArray[Any]]) -> Extents:
    """From columns ``entity``, ``attribute``, ``n``, ``first``, ``last``, ``newest``."""
    keys = keys_of(columns["entity"], columns["attribute"])
    order = np.argsort(keys)
    return Extents(
        keys=keys[order],
        count=columns["n"].astype(np.int64)[order],
        first=columns["first"].astype(np.int64)[order],
        last=columns["last"].astype(np.int64)[order],
        newest=columns["newest"].astype(np.int64)[order],
    )


def totalled(several: Sequence[Extents], keys: _Ints) -> tuple[int, _Ints]:
    """How many observations series have together, without those that must be counted one by one: and these.

    They are those that two places hold over one stretch of time; an observation may then lie in both.
    """
    chosen = [np.isin(one.keys, keys) for one in several]
    key, first, last, count = (
        np.concatenate([getattr(one, name)[mask] for one, mask in zip(several, chosen, strict=True)] or [_NONE])
        for name in ("keys", "first", "last", "count")
    )
    order = np.lexsort((first, key))
    key, first, last, count = key[order], first[order], last[order], count[order]
    meets = (key[1:] == key[:-1]) & (first[1:] <= last[:-1])
    crossed = np.unique(key[1:][meets])
    return int(count[~np.isin(key, crossed)].sum()), crossed
