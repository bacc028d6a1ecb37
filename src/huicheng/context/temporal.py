"""Temporal questions (ETSI GS CIM 009, 4.11, 4.5.7–4.5.19) and their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from math import fsum
from statistics import fmean, pstdev
from typing import Any, Literal

import msgspec

from huicheng.city import Instant, Observation, parse_instant, rfc3339
from huicheng.context.duration import Duration, parse_duration
from huicheng.context.faults import BadTimeRange
from huicheng.context.question import listed, number
from huicheng.stores import Bucket, HistoryQuery

_MOST_LAST = 100_000
#: Methods that only the observations themselves answer.
_RECKONED: dict[str, Callable[[Sequence[Any]], Any]] = {
    "totalCount": len,
    "distinctCount": lambda values: len({msgspec.json.encode(one) for one in values}),
}
_OF_NUMBERS: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": fmean,
    "min": min,
    "max": max,
    "sum": fsum,
    "stddev": pstdev,
    "sumsq": lambda values: fsum(one * one for one in values),
}
_ALL_METHODS = (*_OF_NUMBERS, *_RECKONED)

#: The first two also with the times of the platform.
Shape = Literal[
    "normalized", "concise", "temporalValues", "aggregatedValues", "normalized and times", "concise and times"
]


#: Which time of an instance a question is about (4.8); all but the first are the platform's.
TimeProperty = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
_TIME_PROPERTIES: Mapping[Any, TimeProperty] = {
    **dict.fromkeys((None, "", "observedAt"), "observedAt"),
    "createdAt": "createdAt",
    "modifiedAt": "modifiedAt",
    "deletedAt": "deletedAt",
}  # fmt: skip


class Told(Observation, frozen=True, kw_only=True):
    """An instance that is told by a time of the platform."""

    time: TimeProperty
    at: Instant
    #: Whether it also says when it held.
    observed: bool
    #: The identifier that another broker gave it.
    given: str | None = None

    @property
    def instance_id(self) -> str:
        """That one, or its own."""
        return self.given or super().instance_id


def moment_of(one: Observation) -> Instant:
    """The time that an instance is told by."""
    return one.at if isinstance(one, Told) else one.observed_at


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Which observations: half-open, µs since 1970; ``None`` is open."""

    start: Instant | None = None
    end: Instant | None = None
    #: The newest n of each attribute.
    last_n: int | None = None
    #: The moment that ``timeAt`` names: periods of aggregation begin there.
    at: Instant | None = None
    #: Only these instances, ``@none`` being the default ones; empty: all.
    datasets: frozenset[str] = frozenset()
    time: TimeProperty = "observedAt"

    def holds(self, at: Instant) -> bool:
        """Whether a moment lies in it."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)

    def chooses(self, one: Observation) -> bool:
        """Whether it is of a data set asked for."""
        return not self.datasets or (one.dataset_id or "@none") in self.datasets


class Aggregation(msgspec.Struct, frozen=True, kw_only=True):
    """What to reckon for each period."""

    methods: tuple[str, ...]
    #: Without a length all of it is one period.
    period: Duration
    #: Where the first period begins; ``None``: with the first observation of each attribute.
    first: Instant | None

    @property
    def plain(self) -> bool:
        """Whether a store can reckon it, in periods that are whole strides."""
        return bool(self.period.stride) and self.first is not None and set(self.methods) <= _SUMS.keys()

    def bounds(self, first: Instant, number: int) -> list[str]:
        """Where a period begins and ends."""
        return [rfc3339(self.period.start(first, number)), rfc3339(self.period.start(first, number + 1))]


def parse_period(asked: Mapping[str, Any]) -> Period:
    """``timerel``, ``timeAt``, ``endTimeAt`` and ``lastN``."""
    said = asked.get("timeproperty")
    time = _TIME_PROPERTIES.get(said) if said is None or isinstance(said, str) else None
    if time is None:
        known = ", ".join(dict.fromkeys(_TIME_PROPERTIES.values()))
        raise BadTimeRange(
            place="timeproperty", why="%(name)s must be among %(known)s", name="timeproperty", known=known
        )
    last_n = number(asked.get("lastN"), place="lastN", most=_MOST_LAST, default=0, least=1) or None
    start, end = _bounds(asked)
    datasets = frozenset(listed(asked.get("datasetId"), place="datasetId"))
    at = start if asked.get("timerel") == "between" or start is None else start - 1
    return Period(start=start, end=end, last_n=last_n, at=at, datasets=datasets, time=time)


def _bounds(asked: Mapping[str, Any]) -> tuple[Instant | None, Instant | None]:
    relation = asked.get("timerel")
    if relation is None:
        if asked.get("timeAt") or asked.get("endTimeAt"):
            raise BadTimeRange(place="timerel", why="%(name)s is missing", name="timerel")
        return None, None
    if relation not in ("before", "after", "between"):
        raise BadTimeRange(place="timerel", why="timerel must be before, after or between")
    at = _moment(asked, "timeAt")
    if relation == "before":
        return None, at
    if relation == "after":
        return at + 1, None
    end = _moment(asked, "endTimeAt")
    if end < at:
        raise BadTimeRange(place="endTimeAt", why="endTimeAt is before timeAt")
    return at, end


def _moment(asked: Mapping[str, Any], name: str) -> Instant:
    held = asked.get(name)
    if not isinstance(held, str) or not held:
        raise BadTimeRange(place=name, why="%(name)s is missing", name=name)
    try:
        # In an unescaped query string the plus of a zone has become a blank.
        return parse_instant(held.replace(" ", "+"), place=name)
    except OverflowError:
        raise BadTimeRange(place=name, why="%(name)s is out of range", name=name) from None


def parse_aggregation(asked: Mapping[str, Any], period: Period) -> Aggregation:
    """``aggrMethods`` and ``aggrPeriodDuration``."""
    methods = listed(asked.get("aggrMethods"), place="aggrMethods")
    unknown = [method for method in methods if method not in _ALL_METHODS]
    if not methods or unknown:
        known = ", ".join(_ALL_METHODS)
        raise BadTimeRange(place="aggrMethods", why="%(name)s must be among %(known)s", name="aggrMethods", known=known)
    length = parse_duration(asked.get("aggrPeriodDuration"), place="aggrPeriodDuration")
    return Aggregation(methods=methods, period=length, first=period.at)


def history_query(period: Period, entities: Iterable[str], attributes: Iterable[str], *, first: int) -> HistoryQuery:
    """Of entities and attributes that the guard has let through, at most ``first`` observations."""
    return HistoryQuery(
        entities=tuple(entities),
        attributes=tuple(attributes),
        start=period.start,
        end=period.end,
        last_n=period.last_n,
        first=first,
    )


# -- answers ---------------------------------------------------------------------------------------

#: Kind of attribute → member of an instance, member of a list of values.
_MEMBERS = {
    "ListProperty": ("valueList", "valueLists"),
    "ListRelationship": ("objectList", "objectLists"),
    "Relationship": ("object", "objects"),
    "LanguageProperty": ("languageMap", "languageMaps"),
    "JsonProperty": ("json", "jsons"),
    "VocabProperty": ("vocab", "vocabs"),
}


def temporal_attributes(observations: Iterable[Observation], shape: Shape) -> dict[str, dict[str, Any]]:
    """Entity → attribute → its course, as instances or as pairs of value and time."""
    found: dict[str, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for one in observations:
        found[one.entity][one.attribute].append(one)
    show = _SHOWN[shape]
    return {
        entity: {name: _of_datasets(course, show) for name, course in held.items()} for entity, held in found.items()
    }


def _of_datasets(course: list[Observation], show: Callable[[list[Observation]], Any]) -> Any:
    """Pairs of value and time stand apart by data set; instances tell theirs."""
    if show is not _pairs:
        return show(course)
    sets: dict[str | None, list[Observation]] = defaultdict(list)
    for one in course:
        sets[one.dataset_id].append(one)
    shown = [show(held) | ({"datasetId": name} if name else {}) for name, held in sets.items()]
    return shown[0] if len(shown) == 1 else shown


def _instances(course: list[Observation]) -> list[dict[str, Any]]:
    return [_instance(one) for one in course]


def _concise(course: list[Observation]) -> list[dict[str, Any]]:
    """What the member of the value tells need not be said."""
    return [{name: held for name, held in _instance(one).items() if name != "type"} for one in course]


def _instance(one: Observation) -> dict[str, Any]:
    shown = {
        "type": one.kind,
        _MEMBERS.get(one.kind, ("value",))[0]: _value_of(one),
        **_times_of(one),
        "instanceId": one.instance_id,
    }
    if one.unit_code is not None:
        shown["unitCode"] = one.unit_code
    if one.dataset_id is not None:
        shown["datasetId"] = one.dataset_id
    return shown


def _with_times(course: list[Observation]) -> list[dict[str, Any]]:
    """As history never changes, an instance was made when it was last written: when it came in."""
    return [
        {**_instance(one), "createdAt": rfc3339(one.received_at), "modifiedAt": rfc3339(one.received_at)}
        for one in course
    ]


def _concise_with_times(course: list[Observation]) -> list[dict[str, Any]]:
    return [{name: held for name, held in one.items() if name != "type"} for one in _with_times(course)]


def _value_of(one: Observation) -> Any:
    """As it stands in a normalized instance; history keeps the identifiers of a list of relationships alone."""
    if one.kind != "ListRelationship" or not isinstance(one.value, list):
        return one.value
    return [{"object": each} for each in one.value]


def _times_of(one: Observation) -> dict[str, str]:
    if not isinstance(one, Told):
        return {"observedAt": rfc3339(one.observed_at)}
    observed = {"observedAt": rfc3339(one.observed_at)} if one.observed else {}
    return {**observed, one.time: rfc3339(one.at)}


#: Kinds whose bare value would not tell what it is.
_WRAPPED = {"LanguageProperty": "languageMap", "JsonProperty": "json", "VocabProperty": "vocab"}


def _pairs(course: list[Observation]) -> dict[str, Any]:
    kind = course[0].kind
    member = _MEMBERS.get(kind, ("", "values"))[1]
    wrap = _WRAPPED.get(kind)
    pairs = [[{wrap: one.value} if wrap else one.value, rfc3339(moment_of(one))] for one in course]
    return {"type": kind, member: pairs}


_SHOWN: Mapping[Shape, Callable[[list[Observation]], Any]] = {
    "normalized": _instances,
    "concise": _concise,
    "temporalValues": _pairs,
    "normalized and times": _with_times,
    "concise and times": _concise_with_times,
}


def empty_course(kind: str, shape: Shape) -> Any:
    """The course of an attribute of which nothing is on the page."""
    return {"type": kind, _MEMBERS.get(kind, ("", "values"))[1]: []} if shape == "temporalValues" else []


def aggregated_attributes(buckets: Iterable[Bucket], wanted: Aggregation) -> dict[str, dict[str, Any]]:
    """Entity → attribute → method → ``[value, start, end]`` for each period (4.5.19), of buckets one stride long."""
    first = wanted.first or 0
    number, bounds = cache(partial(wanted.period.number, first)), cache(partial(wanted.bounds, first))
    parts: dict[tuple[str, str], dict[int, list[Bucket]]] = defaultdict(lambda: defaultdict(list))
    for one in buckets:
        parts[one.entity, one.attribute][number(one.start)].append(one)
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for (entity, attribute), held in parts.items():
        shown = {
            method: [[_SUMS[method](part), *bounds(which)] for which, part in held.items()] for method in wanted.methods
        }
        found[entity][attribute] = {"type": "Property", **shown}
    return found


#: Method → what it is of several buckets.
_SUMS: dict[str, Callable[[Sequence[Bucket]], float]] = {
    "avg": lambda part: part[0].avg if len(part) == 1 else fsum(one.sum for one in part) / sum(one.n for one in part),
    "min": lambda part: min(one.min for one in part),
    "max": lambda part: max(one.max for one in part),
    "sum": lambda part: part[0].sum if len(part) == 1 else fsum(one.sum for one in part),
    "totalCount": lambda part: sum(one.n for one in part),
}


def aggregated(observations: Iterable[Observation], wanted: Aggregation, period: Period) -> dict[str, dict[str, Any]]:
    """The same as :func:`aggregated_attributes`, reckoned here: every method, edits of history, floating periods."""
    series: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for one in observations:
        series[one.entity, one.attribute].append(one)
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for (entity, attribute), course in series.items():
        found[entity][attribute] = _aggregated(sorted(course, key=lambda one: one.observed_at), wanted, period)
    return found


def _aggregated(course: list[Observation], wanted: Aggregation, period: Period) -> dict[str, Any]:
    first = course[0].observed_at if wanted.first is None else wanted.first
    parts: dict[int, list[Observation]] = defaultdict(list)
    for one in course:
        parts[wanted.period.number(first, one.observed_at) if wanted.period else 0].append(one)
    shown: dict[str, Any] = {"type": course[0].kind}
    for method in wanted.methods:
        reckoned = [
            [value, *_bounds_of(part, number, first, wanted, period)]
            for number, part in sorted(parts.items())
            if (value := _reckon(method, part)) is not None
        ]
        shown[method] = reckoned
    return shown


def _bounds_of(part: list[Observation], number: int, first: Instant, wanted: Aggregation, period: Period) -> list[str]:
    if wanted.period:
        return wanted.bounds(first, number)
    return [rfc3339(first), rfc3339(period.end if period.end is not None else part[-1].observed_at)]


def _reckon(method: str, part: list[Observation]) -> Any:
    if method in _RECKONED:
        return _RECKONED[method]([one.value for one in part])
    numbers = [one.value for one in part if isinstance(one.value, int | float) and not isinstance(one.value, bool)]
    return _OF_NUMBERS[method](numbers) if numbers else None
