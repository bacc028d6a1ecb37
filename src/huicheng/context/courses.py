"""Courses of entities in time: what is asked of history becomes JSON, a page of it where all is too much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import Attribute, Entity, Instant, Observation, rfc3339
from huicheng.context.faults import BadTimeRange, TooMuch
from huicheng.context.names import CORE, Names
from huicheng.context.question import listed
from huicheng.context.representation import MEMBERS, types_of
from huicheng.context.stamping import stamped
from huicheng.context.temporal import (
    Aggregation,
    Period,
    Shape,
    aggregated,
    aggregated_attributes,
    empty_course,
    history_query,
    moment_of,
    parse_aggregation,
    parse_period,
    temporal_attributes,
)
from huicheng.context.timing import deleted, told
from huicheng.stores import Store, Stored

#: Observations in one answer, unless the installation says otherwise; the rest follows on further pages.
MOST_OBSERVATIONS = 100_000


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the time asked for that an answer covers, as ``Content-Range`` says it (6.3.10)."""

    #: In the direction of the pages: with ``lastN`` they go back in time.
    first: Instant
    last: Instant
    last_n: int | None


class Courses(msgspec.Struct, frozen=True, kw_only=True):
    """Courses of some entities as JSON, in their order."""

    shown: list[dict[str, Any]]
    #: ``None``: all of it.
    stretch: Stretch | None = None


#: Whether attributes of a type and a name may be seen although none stands.
Sees = Callable[[str, str], bool]


class Chronicler:
    """Reads courses of entities that the guard has let through."""

    def __init__(self, store: Store, most: int = MOST_OBSERVATIONS) -> None:
        self._store = store
        self._most = most

    async def courses(  # noqa: PLR0913 - each by its name
        self,
        entities: Sequence[Stored],
        asked: Mapping[str, Any],
        shape: Shape,
        names: Names = CORE,
        *,
        sees: Sees,
        empty: bool,
    ) -> Courses:
        """Of each entity the attributes that the asker sees; ``empty`` keeps entities that say nothing."""
        period = parse_period(asked)
        if period.time == "deletedAt":
            return await self._deleted(period, entities, _wanted(asked, names), shape, sees, empty=empty)
        visible = _visible(entities, asked, names)
        if not visible:
            return Courses(shown=[])
        found, stretch = await self._attributes(period, entities, visible, asked, shape)
        shown = []
        for one in entities:
            course = found.get(one.entity.id, {})
            if empty or stretch is not None or course:
                missing = {} if stretch is None else _empty(one.entity, visible[one.entity.id] - course.keys(), shape)
                shown.append(_course_of(one, {**course, **missing}))
        return Courses(shown=shown, stretch=stretch)

    async def _deleted(  # noqa: PLR0913 - each by its name
        self,
        period: Period,
        entities: Sequence[Stored],
        wanted: frozenset[str],
        shape: Shape,
        sees: Sees,
        *,
        empty: bool,
    ) -> Courses:
        """What was deleted, as far as the asker would see it if it stood."""
        if shape == "aggregatedValues":
            raise BadTimeRange(place="timeproperty", why="sums are reckoned by observedAt")
        shown = []
        for one in entities:
            rows = await self._store.rows("deletion.of", (one.entity.id, one.created_at))
            may = [row for row in rows if sees(one.entity.type, row["attribute"])]
            among = [row for row in may if not wanted or row["attribute"] in wanted]
            course = temporal_attributes(deleted(period, one, among), shape).get(one.entity.id, {})
            if empty or course:
                shown.append(_course_of(one, course))
        return Courses(shown=shown)

    async def _attributes(
        self,
        period: Period,
        entities: Sequence[Stored],
        visible: Mapping[str, frozenset[str]],
        asked: Mapping[str, Any],
        shape: Shape,
    ) -> tuple[dict[str, dict[str, Any]], Stretch | None]:
        if shape == "aggregatedValues":
            return _seen(await self._sums(period, visible, parse_aggregation(asked, period)), visible), None
        observations = await self._observations(period, entities, visible)
        page, stretch = page_of(observations, period, self._most)
        chosen = [one for one in page if period.chooses(one)]
        return _seen(temporal_attributes(chosen, shape), visible), stretch

    async def _observations(
        self, period: Period, entities: Sequence[Stored], visible: Mapping[str, frozenset[str]]
    ) -> list[Observation]:
        """One more than an answer holds shows that there are more."""
        if period.time == "observedAt":
            return await self._store.history(history_query(period, visible, _union(visible), first=self._most + 1))
        everything = msgspec.structs.replace(period, start=None, end=None, last_n=None)
        found = await self._store.history(history_query(everything, visible, _union(visible), first=self._most + 1))
        if len(found) > self._most:
            raise _too_much(self._most)
        return told(period, await stamped(self._store, entities), found)

    async def _sums(
        self, period: Period, visible: Mapping[str, frozenset[str]], wanted: Aggregation
    ) -> dict[str, dict[str, Any]]:
        if period.time != "observedAt":
            raise BadTimeRange(place="timeproperty", why="sums are reckoned by observedAt")
        query = history_query(period, visible, _union(visible), first=self._most + 1)
        if wanted.plain and not period.datasets:
            bounded = msgspec.structs.replace(query, limit=self._most + 1)
            buckets = await self._store.aggregate(bounded, wanted.period, wanted.offset)
            if len(buckets) > self._most:
                raise _too_much(self._most)
            return aggregated_attributes(buckets, wanted)
        observations = await self._store.history(query)
        if len(observations) > self._most:
            raise _too_much(self._most)
        return aggregated([one for one in observations if period.chooses(one)], wanted, period)


def page_of(observations: list[Observation], period: Period, most: int) -> tuple[list[Observation], Stretch | None]:
    """At most so many of the observations, cut between two moments so that every series ends at the same."""
    if len(observations) <= most:
        return observations, None
    backwards = period.last_n is not None
    moments = sorted(map(moment_of, observations), reverse=backwards)
    edge = moments[most]
    page = [one for one in observations if (moment_of(one) > edge if backwards else moment_of(one) < edge)]
    if not page:
        raise _too_much(most)
    inside = list(map(moment_of, page))
    oldest, newest = min(inside), max(inside)
    if backwards:
        first = newest if period.end is None else period.end
        return page, Stretch(first=first, last=oldest, last_n=period.last_n)
    first = oldest if period.at is None else period.at
    return page, Stretch(first=first, last=newest, last_n=None)


def _too_much(most: int) -> TooMuch:
    return TooMuch(place="timeAt", what="The history in this period", size=f"> {most}", limit=most)


def _course_of(stored: Stored, course: dict[str, Any]) -> dict[str, Any]:
    entity = stored.entity
    times = {"createdAt": rfc3339(stored.created_at), "modifiedAt": rfc3339(stored.modified_at)}
    return {"id": entity.id, "type": types_of(entity), **_scopes(entity), **course, **times}


def _empty(entity: Entity, names: Iterable[str], shape: Shape) -> dict[str, Any]:
    """An empty course of each attribute that has one, only not on this page (4.5.7)."""
    return {
        name: empty_course(held.type, shape)
        for name in sorted(names)
        if (held := _observed(entity.attributes[name])) is not None
    }


def _observed(held: Attribute | list[Attribute]) -> Attribute | None:
    """The instance of an attribute that has a time, and so a course."""
    several = held if isinstance(held, list) else [held]
    return next((one for one in several if one.observed_at is not None), None)


def _scopes(entity: Entity) -> dict[str, Any]:
    held = entity.attributes.get("scope")
    return {"scope": MEMBERS["scope"](held.content)} if isinstance(held, Attribute) else {}


def _wanted(asked: Mapping[str, Any], names: Names) -> frozenset[str]:
    """Attributes asked for; none: all."""
    return frozenset(names.stored(one) for one in listed(asked.get("attrs"), place="attrs"))


def _visible(entities: Sequence[Stored], asked: Mapping[str, Any], names: Names) -> dict[str, frozenset[str]]:
    """Entity → attributes that the asker sees of it, reduced to those asked for."""
    wanted = _wanted(asked, names)
    seen = {one.entity.id: frozenset(one.entity.attributes) for one in entities}
    return {entity: (names & wanted if wanted else names) for entity, names in seen.items()}


def _union(visible: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted(frozenset().union(*visible.values()))


def _seen(found: Mapping[str, Mapping[str, Any]], visible: Mapping[str, frozenset[str]]) -> dict[str, dict[str, Any]]:
    """One store query covers several entities; each shows only what is visible of it."""
    return {
        entity: {name: course for name, course in held.items() if name in visible[entity]}
        for entity, held in found.items()
    }
