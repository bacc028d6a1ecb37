"""Which of several values of one moment an Observation is: part of its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from huicheng.city import Instant, Observation
from huicheng.stores import HistoryQuery, Store, sensing

#: Series whose newest moment is remembered.
_MOST = 200_000

#: Entity, attribute, data set.
_Series = tuple[str, str, str | None]
#: A key without its ordinal, and the value.
Valued = tuple[sensing.ObservationKey, Any]


class Ordinals:
    """Numbers what comes. History is asked only of moments that are not later than all seen before of their series."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: dict[_Series, Instant] = {}

    async def numbered(self, found: Sequence[Valued]) -> list[sensing.ObservationKey]:
        """The keys, each with its ordinal."""
        held = await self._held([key for key, _ in found if not self._goes_on(key)])
        return [msgspec.structs.replace(key, n=_ordinal(held, key, value)) for key, value in found]

    def _goes_on(self, key: sensing.ObservationKey) -> bool:
        newest = self._newest.get(_series(key))
        if newest is None or key.observed_at > newest:
            if len(self._newest) >= _MOST:
                self._newest.clear()
            self._newest[_series(key)] = key.observed_at
        return newest is not None and key.observed_at > newest

    async def _held(self, keys: Iterable[sensing.ObservationKey]) -> dict[tuple[_Series, Instant], list[Observation]]:
        """What history has of the moments of these."""
        moments: dict[Instant, list[sensing.ObservationKey]] = defaultdict(list)
        for key in keys:
            moments[key.observed_at].append(key)
        held: dict[tuple[_Series, Instant], list[Observation]] = defaultdict(list)
        for at, several in moments.items():
            entities, attributes = {one.entity for one in several}, {one.attribute for one in several}
            query = HistoryQuery(entities=sorted(entities), attributes=sorted(attributes), start=at, end=at + 1)
            for one in await self._store.history(query):
                held[(one.entity, one.attribute, one.dataset_id), at].append(one)
        return held


def _series(key: sensing.ObservationKey) -> _Series:
    return key.entity, key.attribute, key.dataset_id


def _ordinal(held: dict[tuple[_Series, Instant], list[Observation]], key: sensing.ObservationKey, value: Any) -> int:
    """What is alone in its moment is the first."""
    there = held.get((_series(key), key.observed_at), ())
    return next((one.n for one in there if one.value == value), 0)
