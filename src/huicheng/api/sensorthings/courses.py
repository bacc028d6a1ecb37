"""Many plain observations of one Datastream: checked and written as the course of one attribute.

What is told of one by one at length here is told once: whether the Datastream is there, its unit, which values share a
moment. Whatever is not plain goes the way of a single observation, which alone knows the words of problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from huicheng.api.sensorthings.creating import Creating
from huicheng.api.sensorthings.draft import Draft
from huicheng.city import Attribute, Instant, micros
from huicheng.stores import HistoryQuery, Stored, sensing

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_FIRST_TIME = list[tuple[_Moment, int | float]]
_FIRST_RESULT = list[tuple[int | float, _Moment]]
#: Fewer than these are as fast one by one.
_LEAST = 8


class Courses:
    """Of one request."""

    def __init__(self, draft: Draft, creating: Creating) -> None:
        self._draft, self._creating = draft, creating
        #: Datastreams of this request that have had their turn.
        self._done: set[str] = set()

    async def taken(self, stream: str, components: list[str], lines: list[Any], place: str) -> list[Instant] | None:
        """The moments of the observations, which are now drafted; ``None`` where they have to go one by one.

        ``Invalid`` when there is no such Datastream.
        """
        readings = _plain(components, lines)
        is_first = stream not in self._done
        self._done.add(stream)
        if readings is None or not is_first or (series := sensing.series_of(stream)) is None:
            return None
        await self._creating.there("Datastreams", stream, f"{place}/Datastream")
        stored = await self._draft.tools.store.get(series[0])
        if stored is None or not await self._draft.may_observe(stored.entity.type):
            return None
        moments = [micros(moment) for moment, _ in readings]
        if len(set(moments)) != len(moments) or await self._meets_others(stored, series[1], moments):
            return None
        return moments if self._observed(stored, series[1], readings) else None

    def _observed(self, stored: Stored, attribute: str, readings: Sequence[tuple[datetime, float]]) -> bool:
        held = _instances(stored, attribute)
        unit = held[0].unit_code if held else None
        course = [
            Attribute(type="Property", value=value, unit_code=unit, observed_at=_in_utc(moment))
            for moment, value in readings
        ]
        good = self._draft.tools.ingest.sieve.course(stored.entity.type, attribute, course)
        if good is None:
            return False
        self._draft.observe_course(stored.entity.id, stored.entity.type, attribute, good)
        return True

    async def _meets_others(self, stored: Stored, attribute: str, moments: Sequence[Instant]) -> bool:
        """Whether there may be observations of these moments; after the newest there are none."""
        first, last = min(moments), max(moments)
        newest = [one.observed_at for one in _instances(stored, attribute)]
        if all(one is not None and micros(one) < first for one in newest):
            return False
        query = HistoryQuery(entities=(stored.entity.id,), attributes=(attribute,), start=first, end=last + 1, limit=1)
        return bool(await self._draft.tools.store.history(query))


def _plain(components: list[str], lines: list[Any]) -> Sequence[tuple[datetime, float]] | None:
    """Moments and numbers, when the lines hold nothing else."""
    if len(lines) < _LEAST:
        return None
    try:
        if components == ["phenomenonTime", "result"]:
            return msgspec.convert(lines, _FIRST_TIME)
        if components == ["result", "phenomenonTime"]:
            return [(moment, value) for value, moment in msgspec.convert(lines, _FIRST_RESULT)]
    except msgspec.ValidationError:
        return None
    return None


def _instances(stored: Stored, attribute: str) -> list[Attribute]:
    held = stored.entity.attributes.get(attribute, [])
    return held if isinstance(held, list) else [held]


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
