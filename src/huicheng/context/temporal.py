"""Temporal questions (ETSI GS CIM 009, 4.11, 4.5.7–4.5.19) and their answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from huicheng.city import Instant, Observation, parse_instant, rfc3339
from huicheng.context.faults import BadTimeRange
from huicheng.context.question import listed, number
from huicheng.stores import Bucket, HistoryQuery

#: Observations in one answer; more is refused rather than cut.
MOST_OBSERVATIONS = 100_000
_DURATION = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
#: Method in the question → field of a bucket.
_METHODS = {"avg": "avg", "min": "min", "max": "max", "sum": "sum", "totalCount": "n"}

Shape = Literal["normalized", "temporalValues", "aggregatedValues"]


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Which observations: half-open, µs since 1970; ``None`` is open."""

    start: Instant | None = None
    end: Instant | None = None
    #: The newest n of each attribute.
    last_n: int | None = None


class Aggregation(msgspec.Struct, frozen=True, kw_only=True):
    """What to reckon for each period."""

    methods: tuple[str, ...]
    #: Length, µs.
    period: Instant
    #: Periods begin at moments ≡ this.
    offset: Instant


def parse_period(asked: Mapping[str, Any]) -> Period:
    """``timerel``, ``timeAt``, ``endTimeAt`` and ``lastN``."""
    if asked.get("timeproperty") not in {None, "", "observedAt"}:
        raise BadTimeRange(place="timeproperty", why="only observedAt is kept in history")
    last_n = number(asked.get("lastN"), place="lastN", most=MOST_OBSERVATIONS, default=0, least=1) or None
    start, end = _bounds(asked)
    return Period(start=start, end=end, last_n=last_n)


def _bounds(asked: Mapping[str, Any]) -> tuple[Instant | None, Instant | None]:
    relation = asked.get("timerel")
    if relation is None:
        if asked.get("timeAt") or asked.get("endTimeAt"):
            raise BadTimeRange(place="timerel", why="timerel is missing")
        return None, None
    if relation not in ("before", "after", "between"):
        raise BadTimeRange(place="timerel", why="timerel must be before, after or between")
    at = _moment(asked, "timeAt")
    if relation == "before":
        return None, at
    if relation == "after":
        return at + 1, None
    end = _moment(asked, "endTimeAt")
    if end <= at:
        raise BadTimeRange(place="endTimeAt", why="endTimeAt is not after timeAt")
    return at, end


def _moment(asked: Mapping[str, Any], name: str) -> Instant:
    held = asked.get(name)
    if not isinstance(held, str) or not held:
        raise BadTimeRange(place=name, why=f"{name} is missing")
    try:
        # In an unescaped query string the plus of a zone has become a blank.
        return parse_instant(held.replace(" ", "+"), place=name)
    except OverflowError:
        raise BadTimeRange(place=name, why=f"{name} is out of range") from None


def parse_aggregation(asked: Mapping[str, Any], period: Period) -> Aggregation:
    """``aggrMethods`` and ``aggrPeriodDuration``."""
    methods = listed(asked.get("aggrMethods"), place="aggrMethods")
    unknown = [method for method in methods if method not in _METHODS]
    if not methods or unknown:
        raise BadTimeRange(place="aggrMethods", why=f"aggrMethods must be among {', '.join(_METHODS)}")
    length = _duration(asked.get("aggrPeriodDuration"))
    return Aggregation(methods=methods, period=length, offset=(period.start or 0) % length)


def _duration(held: Any) -> Instant:
    found = _DURATION.fullmatch(held) if isinstance(held, str) else None
    parts = found.groups() if found else ()
    seconds = sum(int(part or 0) * factor for part, factor in zip(parts, _SECONDS, strict=False))
    if not seconds:
        raise BadTimeRange(place="aggrPeriodDuration", why="aggrPeriodDuration must be like PT1H or P1D")
    return seconds * 1_000_000


def history_query(period: Period, entities: Iterable[str], attributes: Iterable[str]) -> HistoryQuery:
    """Of entities and attributes that the guard has let through."""
    return HistoryQuery(
        entities=tuple(entities),
        attributes=tuple(attributes),
        start=period.start,
        end=period.end,
        last_n=period.last_n,
        limit=MOST_OBSERVATIONS + 1,
    )


# -- answers ---------------------------------------------------------------------------------------

#: Kind of attribute → member of an instance, member of a list of values.
_MEMBERS = {
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
    show = _pairs if shape == "temporalValues" else _instances
    return {entity: {name: show(course) for name, course in held.items()} for entity, held in found.items()}


def _instances(course: list[Observation]) -> list[dict[str, Any]]:
    return [_instance(one) for one in course]


def _instance(one: Observation) -> dict[str, Any]:
    shown = {
        "type": one.kind,
        _MEMBERS.get(one.kind, ("value",))[0]: one.value,
        "observedAt": rfc3339(one.observed_at),
        "instanceId": one.instance_id,
    }
    if one.unit_code is not None:
        shown["unitCode"] = one.unit_code
    if one.dataset_id is not None:
        shown["datasetId"] = one.dataset_id
    return shown


def _pairs(course: list[Observation]) -> dict[str, Any]:
    kind = course[0].kind
    member = _MEMBERS.get(kind, ("", "values"))[1]
    return {"type": kind, member: [[one.value, rfc3339(one.observed_at)] for one in course]}


def aggregated_attributes(buckets: Iterable[Bucket], wanted: Aggregation) -> dict[str, dict[str, Any]]:
    """Entity → attribute → method → ``[value, start, end]`` for each period (4.5.19)."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for one in buckets:
        empty: dict[str, Any] = {"type": "Property", **{method: [] for method in wanted.methods}}
        shown = found[one.entity].setdefault(one.attribute, empty)
        times = [rfc3339(one.start), rfc3339(one.start + wanted.period)]
        for method in wanted.methods:
            shown[method].append([getattr(one, _METHODS[method]), *times])
    return found
