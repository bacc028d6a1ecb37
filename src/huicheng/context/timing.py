"""Instances by the times of the platform (``timeproperty``, CIM 009, 4.8): when they were made or last written.

Of what has a time of its own, history says when it came; of anything else only what stands now is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from huicheng.city import FURTHER_TYPES, Attribute, Instant, Observation
from huicheng.context.representation import MEMBERS
from huicheng.context.temporal import Period, Told, moment_of
from huicheng.stores import Stored


def told(period: Period, entities: Sequence[Stored], observations: Sequence[Observation]) -> list[Observation]:
    """What falls into the period by the time that it asks for; with ``lastN`` the newest of each series first."""
    all_of_it = (*_observed(period, observations), *_standing(period, entities))
    found = sorted((one for one in all_of_it if period.holds(one.at)), key=moment_of)
    if period.last_n is not None:
        return newest(found, period.last_n)
    return [*found]


def newest(found: Iterable[Observation], last_n: int) -> list[Observation]:
    """Of each series, the newest first."""
    series: dict[tuple[str, str, str | None], list[Observation]] = defaultdict(list)
    for one in found:
        series[one.entity, one.attribute, one.dataset_id].append(one)
    return [one for held in series.values() for one in sorted(held, key=moment_of, reverse=True)[:last_n]]


#: What stands in place of a value that was deleted (4.5.0), and of the scopes of an entity.
_NULL = "urn:ngsi-ld:null"
_NULLS: Mapping[str, Any] = {"LanguageProperty": {"@none": _NULL}}


def deleted(period: Period, stored: Stored, rows: Iterable[Mapping[str, Any]]) -> list[Observation]:
    """What was deleted of an entity in the period, as rows of ``deletion.of`` have it."""
    found = [_as_deleted(stored, row) for row in rows if period.holds(row["at"])]
    return [*found] if period.last_n is None else newest(found, period.last_n)


def _as_deleted(stored: Stored, row: Mapping[str, Any]) -> Told:
    kind, is_scope = row["kind"], row["attribute"] == "scope"
    return Told(
        entity=stored.entity.id,
        type=stored.entity.type,
        attribute=row["attribute"],
        observed_at=row["at"],
        received_at=row["at"],
        value=[] if is_scope else _NULLS.get(kind, _NULL),
        kind="Property" if is_scope else kind,
        dataset_id=row["dataset"] or None,
        time="deletedAt",
        at=row["at"],
        observed=False,
    )


def _observed(period: Period, observations: Sequence[Observation]) -> Iterator[Told]:
    for one in observations:
        fields = {name: getattr(one, name) for name in Observation.__struct_fields__}
        yield Told(**fields, time=period.time, at=one.received_at, observed=True)


def _standing(period: Period, entities: Sequence[Stored]) -> Iterator[Told]:
    """Attributes without a time of their own."""
    for stored in entities:
        for name, held in stored.entity.attributes.items():
            if name not in MEMBERS and name != FURTHER_TYPES:
                at = _time(stored, name, period)
                several = held if isinstance(held, list) else [held]
                yield from (_as_told(stored, name, one, at, period) for one in several if one.observed_at is None)


def _time(stored: Stored, name: str, period: Period) -> Instant:
    created, modified = (stored.stamps or {}).get(name, (stored.created_at, stored.modified_at))
    return created if period.time == "createdAt" else modified


def _as_told(stored: Stored, name: str, held: Attribute, at: Instant, period: Period) -> Told:
    return Told(
        entity=stored.entity.id,
        type=stored.entity.type,
        attribute=name,
        observed_at=at,
        received_at=at,
        value=held.content,
        kind=held.type,
        unit_code=held.unit_code,
        dataset_id=held.dataset_id,
        time=period.time,
        at=at,
        observed=False,
    )
