"""What waits for one scheduled rule, kept from window to window, so that what changes nothing is seen at a glance.

An entity that goes on reporting from the periods that wait already, as late as ever, is nearly every one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from huicheng.rules.newest import NEVER
from huicheng.rules.observed import Readings
from huicheng.rules.periods import period_at
from huicheng.rules.schedule import GRACE, NOTABLE, Waiting
from huicheng.stores import BoolArray, IntArray

#: Columns of :class:`Waits`: what of a :class:`Waiting` decides whether more observations change it.
_FIRST, _LAST, _DUE, _SEEN, _RECEIVED = range(5)
#: An entity of which nothing waits, or more than the columns say.
_CLOSER_LOOK = (NEVER,) * 5
#: As many are remembered as of newest observations.
_MOST = 200_000


class Waits:
    """Entity → what waits, exactly as the store has it."""

    def __init__(self, kind: str, zone: ZoneInfo) -> None:
        """``kind`` of the rule's periods: ``day`` or ``hour``."""
        self._kind = kind
        self._zone = zone
        self._clear()

    def _clear(self) -> None:
        self._places: dict[str, int] = {}
        self._held: list[Waiting] = []
        self._columns = np.empty((5, 0), np.int64)

    def shrink(self) -> None:
        """Let go of everything once it is much."""
        if len(self._held) > _MOST:
            self._clear()

    def missing(self, entities: Sequence[str]) -> list[str]:
        """Those that are not remembered."""
        return [one for one in entities if one not in self._places]

    def put(self, waiting: Mapping[str, Waiting]) -> None:
        """What the store has of these now."""
        new = [one for one in waiting if one not in self._places]
        self._places.update(zip(new, range(len(self._held), len(self._held) + len(new)), strict=True))
        self._held.extend(waiting[one] for one in new)
        self._columns = np.concatenate([self._columns, np.full((5, len(new)), NEVER)], axis=1)
        for entity, one in waiting.items():
            place = self._places[entity]
            self._held[place] = one
            self._columns[:, place] = self._row(one)

    def get(self, entities: Sequence[str]) -> dict[str, Waiting]:
        """What waits of these, all of which are remembered."""
        return {entity: self._held[self._places[entity]] for entity in entities}

    def changes(self, got: Readings, starts: IntArray) -> BoolArray:
        """For each entity of some readings, in periods that begin at ``starts``: whether they may change anything.

        They do not where all fall into a period that waits, none is due, and the entity is as late as it was.
        """
        places = np.fromiter(map(self._places.__getitem__, got.entities), np.int64, len(got.entities))
        first, last, due, seen, received = self._columns[:, places]
        changes = np.zeros(len(places), np.bool_)
        changes[got.entity[(starts != first[got.entity]) & (starts != last[got.entity])]] = True
        newest_seen, newest_received = seen.copy(), received.copy()
        np.maximum.at(newest_seen, got.entity, got.at)
        np.maximum.at(newest_received, got.entity, got.received)
        later = (newest_received - newest_seen) - (received - seen)
        result: BoolArray = changes | (np.abs(later) >= NOTABLE) | (newest_seen >= due)
        return result

    def _row(self, one: Waiting) -> tuple[int, ...]:
        if not 1 <= len(one.starts) <= 2 or one.starts[0] < one.done:
            return _CLOSER_LOOK
        end = period_at(one.starts[0], self._kind, self._zone).end
        return one.starts[0], one.starts[-1], end + GRACE, one.seen, one.received
