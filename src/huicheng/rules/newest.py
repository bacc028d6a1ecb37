"""The newest judged observations of entities, as columns: a window has those of ten thousand entities at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant
from huicheng.stores import IntArray

#: Attribute → instant and value of the newest observation judged so far.
Known = dict[str, tuple[Instant, Any]]

#: Stands for the instant of an observation that there is none of; before every other.
NEVER: Instant = -(1 << 62)
#: Beyond this a float64 does not hold every integer.
_EXACT = 1 << 53
#: So many entities are remembered; their newest observations are some 30 bytes, their names some 150.
_MOST = 200_000


@dataclass(frozen=True, kw_only=True)
class Newest:
    """Attribute → columns with a place for each entity."""

    #: :data:`NEVER` where nothing is known.
    at: dict[str, IntArray]
    #: Floats; objects when one of the column is no number.
    value: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, attributes: Sequence[str], known: Sequence[Known]) -> Newest:
        """From what is known of each entity."""
        at: dict[str, IntArray] = {
            name: np.array([one[name][0] if name in one else NEVER for one in known], np.int64) for name in attributes
        }
        held = {name: [one[name][1] if name in one else np.nan for one in known] for name in attributes}
        return cls(at=at, value={name: column(values) for name, values in held.items()})

    def known(self) -> list[Known]:
        """What is known of each entity: the inverse of :meth:`of`."""
        found: list[Known] = [{} for held in list(self.at.values())[:1] for _ in held]
        for name, instants in self.at.items():
            values = self.value[name].tolist()
            for place in np.flatnonzero(instants != NEVER).tolist():
                found[place][name] = int(instants[place]), values[place]
        return found


def column(values: Sequence[Any]) -> NDArray[Any]:
    """Values as floats where all of them are numbers, else as they are."""
    if all(type(value) is float or (type(value) is int and abs(value) < _EXACT) for value in values):
        return np.array(values, dtype=np.float64)
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


class Table:
    """The newest observations of the entities of one type, kept from window to window."""

    def __init__(self, attributes: Sequence[str]) -> None:
        self.attributes = attributes
        self._clear()

    def _clear(self) -> None:
        self._places: dict[str, int] = {}
        self._entities: list[str] = []
        self._at: dict[str, IntArray] = {name: np.empty(0, np.int64) for name in self.attributes}
        self._value: dict[str, NDArray[Any]] = {name: np.empty(0) for name in self.attributes}
        self._changed = np.empty(0, np.bool_)

    def __len__(self) -> int:
        return len(self._entities)

    def missing(self, entities: Sequence[str]) -> list[str]:
        """Those that are not remembered."""
        return [one for one in entities if one not in self._places]

    def load(self, known: Mapping[str, Known]) -> None:
        """Remember further entities, as the store has them."""
        first, more = len(self._entities), len(known)
        self._places.update(zip(known, range(first, first + more), strict=True))
        self._entities.extend(known)
        read = Newest.of(self.attributes, list(known.values()))
        for name in self.attributes:
            self._at[name] = np.concatenate([self._at[name], read.at[name]])
            self._value[name] = np.concatenate([self._value[name], read.value[name]])
        self._changed = np.concatenate([self._changed, np.zeros(more, np.bool_)])

    def places(self, entities: Sequence[str]) -> IntArray:
        """Where these stand, all of which are remembered."""
        return np.fromiter(map(self._places.__getitem__, entities), dtype=np.int64, count=len(entities))

    def take(self, places: IntArray) -> Newest:
        """What is known of them."""
        return Newest(
            at={name: held[places] for name, held in self._at.items()},
            value={name: held[places] for name, held in self._value.items()},
        )

    def put(self, places: IntArray, newest: Newest) -> None:
        """What is known of them now."""
        for name in self.attributes:
            self._at[name][places] = newest.at[name]
            if newest.value[name].dtype == object:
                self._value[name] = self._value[name].astype(object)
            self._value[name][places] = newest.value[name]
        self._changed[places] = True

    def changed(self) -> IntArray:
        """Places that were put since they were last written."""
        return np.flatnonzero(self._changed)

    def written(self, places: IntArray) -> dict[str, Known]:
        """Entity → what is known of it, to be written down now."""
        self._changed[places] = False
        return self._known(places)

    def shrink(self) -> None:
        """Once it is much, let go of what is written."""
        if len(self._entities) <= _MOST:
            return
        left = self._known(self.changed())
        self._clear()
        self.load(left)
        self._changed[:] = True

    def _known(self, places: IntArray) -> dict[str, Known]:
        return dict(zip((self._entities[place] for place in places.tolist()), self.take(places).known(), strict=True))
