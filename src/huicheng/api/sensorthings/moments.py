"""Which of several values of one moment a new observation will be: the ordinal in its id.

History numbers the values of a moment by the second in which they came, then by number, then by text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from huicheng.city import Instant, micros
from huicheng.errors import Invalid
from huicheng.stores import HistoryQuery, Store, Stored, sensing

_SECOND = 1_000_000
#: A number comes before a text; other values are compared as the JSON that they are kept as.
_Rank = tuple[bool, float, str]
#: Entity, attribute, data set, moment.
_Series = tuple[str, str, str | None, Instant]


def rising(bodies: Sequence[Any]) -> list[tuple[int, Any]]:
    """New observations with their places, so that values of one moment rise."""
    return sorted(enumerate(bodies), key=lambda one: _rank(one[1].get("result") if isinstance(one[1], dict) else None))


class _Moment(msgspec.Struct):
    """Values by their ordinals."""

    ranks: list[_Rank]
    #: How many of them are kept already, and when the last of these came.
    kept: int
    received_at: Instant


class Moments:
    """Moments that one commit gives values to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[_Series, _Moment] = {}

    async def numbered(
        self, key: sensing.ObservationKey, result: Any, thing: Stored | None, place: str
    ) -> sensing.ObservationKey:
        """The key with its ordinal. ``Invalid`` when values of one moment of one commit do not rise."""
        series = (key.entity, key.attribute, key.dataset_id, key.observed_at)
        if series not in self._known:
            self._known[series] = await self._kept(key, thing)
        moment, rank = self._known[series], _rank(result)
        if rank not in moment.ranks:
            if len(moment.ranks) > moment.kept and rank < moment.ranks[-1]:
                raise Invalid(
                    place=f"{place}/result",
                    why="Several values of one moment in one request stand in rising order, texts after numbers.",
                )
            await _later(moment, rank)
            moment.ranks.append(rank)
        return msgspec.structs.replace(key, n=moment.ranks.index(rank))

    async def _kept(self, key: sensing.ObservationKey, thing: Stored | None) -> _Moment:
        """Values that are there, whatever was edited since; none is looked for after the newest."""
        found = [] if thing is None or _is_after(thing, key) else await self._store.history(_as_came(key))
        those = sorted((one.n, one.received_at, one.value) for one in found if one.dataset_id == key.dataset_id)
        ranks = [_rank(value) for _, _, value in those]
        return _Moment(ranks, len(ranks), max((received for _, received, _ in those), default=0))


async def _later(moment: _Moment, rank: _Rank) -> None:
    """Wait for the next second where values came in this one of which it would be before one."""
    now = micros(datetime.now(UTC))
    if any(rank < one for one in moment.ranks[: moment.kept]) and 0 <= now - moment.received_at < _SECOND:
        await asyncio.sleep((moment.received_at + _SECOND - now) / _SECOND)


def _as_came(key: sensing.ObservationKey) -> HistoryQuery:
    at = key.observed_at
    return HistoryQuery(entities=(key.entity,), attributes=(key.attribute,), start=at, end=at + 1, as_came=True)


def _is_after(thing: Stored, key: sensing.ObservationKey) -> bool:
    held = thing.entity.attributes.get(key.attribute, [])
    newest = [one.observed_at for one in (held if isinstance(held, list) else [held])]
    return all(one is not None and micros(one) < key.observed_at for one in newest)


def _rank(value: Any) -> _Rank:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return False, value, ""
    return True, 0, msgspec.json.encode(value).decode()
