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
from huicheng.context.timing import deleted, newest, told
from huicheng.stores import Store, Stored

#: Observations in one answer, unless the installation says otherwise; the rest follows on further pages.
MOST_OBSERVATIONS = 100_000


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the time asked for that an answer covers, as ``Content-Range`` says it (6.3.10)."""

    #: In the direction of the pages: with ``lastN`` they go back in time.
    first: Instant
    last: Instant
    last_n: int | None


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """Instances that were found, and how far they go."""

    observations: Sequence[Observation]
    #: ``None``: all that there are.
    stretch: Stretch | None = None


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
        if shape == "aggregatedValues":
            visible = _visible(entities, asked, names)
            found = _seen(await self._sums(period, visible, _summed(asked, period)), visible)
            return _courses(entities, found, empty=empty)
        recalled = await self.recalled(entities, asked, names, sees=sees)
        return self.shown(entities, recalled, asked, shape, names, empty=empty)

    async def recalled(
        self, entities: Sequence[Stored], asked: Mapping[str, Any], names: Names = CORE, *, sees: Sees
    ) -> Recalled:
        """As many instances as one answer holds, of what the asker sees."""
        period = parse_period(asked)
        if period.time == "deletedAt":
            return Recalled(observations=await self._deleted(period, entities, _wanted(asked, names), sees))
        visible = _visible(entities, asked, names)
        if not visible:
            return Recalled(observations=[])
        page, stretch = page_of(await self._observations(period, entities, visible), period, self._most)
        return Recalled(observations=[one for one in page if one.attribute in visible[one.entity]], stretch=stretch)

    def together(
        self, observations: Iterable[Observation], asked: Mapping[str, Any], ends: Sequence[Instant]
    ) -> Recalled:
        """Of instances from here and elsewhere as many as one answer holds.

        None behind the ``ends`` of parts that were told: of what lies there only some is known.
        """
        period = parse_period(asked)
        in_order = sorted(observations, key=moment_of)
        found = in_order if period.last_n is None else newest(in_order, period.last_n)
        page, stretch = page_of(found, period, self._most, ends)
        return Recalled(observations=page, stretch=stretch)

    def shown(  # noqa: PLR0913 - each by its name
        self,
        entities: Sequence[Stored],
        recalled: Recalled,
        asked: Mapping[str, Any],
        shape: Shape,
        names: Names = CORE,
        *,
        empty: bool,
    ) -> Courses:
        """Courses of these entities out of their instances. Sums are reckoned of all of them, or not at all."""
        period, stretch = parse_period(asked), recalled.stretch
        chosen = [one for one in recalled.observations if period.chooses(one)]
        if shape == "aggregatedValues":
            if stretch is not None:
                raise _too_much(self._most)
            return _courses(entities, aggregated(chosen, _summed(asked, period), period), empty=empty)
        found = temporal_attributes(chosen, shape)
        if stretch is None:
            return _courses(entities, found, empty=empty)
        visible = _visible(entities, asked, names)
        shown = []
        for one in entities:
            course = found.get(one.entity.id, {})
            missing = _empty(one.entity, visible[one.entity.id] - course.keys(), shape)
            shown.append(_course_of(one, {**course, **missing}))
        return Courses(shown=shown, stretch=stretch)

    async def _deleted(
        self, period: Period, entities: Sequence[Stored], wanted: frozenset[str], sees: Sees
    ) -> list[Observation]:
        """What was deleted, as far as the asker would see it if it stood."""
        found: list[Observation] = []
        for one in entities:
            rows = await self._store.rows("deletion.of", (one.entity.id, one.created_at))
            may = [row for row in rows if sees(one.entity.type, row["attribute"])]
            found += deleted(period, one, [row for row in may if not wanted or row["attribute"] in wanted])
        return found

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
        if not visible:
            return {}
        query = history_query(period, visible, _union(visible), first=self._most + 1)
        if wanted.plain and not period.datasets:
            bounded = msgspec.structs.replace(query, limit=self._most + 1)
            stride = wanted.period.stride
            buckets = await self._store.aggregate(bounded, stride, (wanted.first or 0) % stride)
            if len(buckets) > self._most:
                raise _too_much(self._most)
            return aggregated_attributes(buckets, wanted)
        observations = await self._store.history(query)
        if len(observations) > self._most:
            raise _too_much(self._most)
        return aggregated([one for one in observations if period.chooses(one)], wanted, period)


def page_of(
    observations: list[Observation], period: Period, most: int, ends: Sequence[Instant] = ()
) -> tuple[list[Observation], Stretch | None]:
    """At most so many of the observations, cut between two moments so that every series ends at the same.

    ``ends``: the last moments up to which some of them are known; none is told behind the nearest.
    """
    backwards = period.last_n is not None
    last = (max(ends) if backwards else min(ends)) if ends else None
    if last is not None:
        observations = [one for one in observations if moment_of(one) == last or (moment_of(one) > last) == backwards]
    if len(observations) > most:
        edge = sorted(map(moment_of, observations), reverse=backwards)[most]
        observations = [one for one in observations if moment_of(one) != edge and (moment_of(one) > edge) == backwards]
        if not observations:
            raise _too_much(most)
        last = (min if backwards else max)(map(moment_of, observations))
    return observations, None if last is None else _stretch(period, observations, last)


def _stretch(period: Period, page: Iterable[Observation], last: Instant) -> Stretch:
    """From where the question begins, in the direction of the pages, up to the last moment."""
    inside = [last, *map(moment_of, page)]
    begins, farthest = (period.end, max(inside)) if period.last_n is not None else (period.at, min(inside))
    return Stretch(first=farthest if begins is None else begins, last=last, last_n=period.last_n)


def _too_much(most: int) -> TooMuch:
    return TooMuch(place="timeAt", what="The history in this period", size=f"> {most}", limit=most)


def _summed(asked: Mapping[str, Any], period: Period) -> Aggregation:
    if period.time != "observedAt":
        raise BadTimeRange(place="timeproperty", why="sums are reckoned by observedAt")
    return parse_aggregation(asked, period)


def _courses(entities: Iterable[Stored], found: Mapping[str, dict[str, Any]], *, empty: bool) -> Courses:
    """Whole ones; ``empty`` keeps entities that say nothing."""
    shown = [(one, found.get(one.entity.id, {})) for one in entities]
    return Courses(shown=[_course_of(one, course) for one, course in shown if empty or course])


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
