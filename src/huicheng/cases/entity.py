"""The Case entity: what the city may know of a case. Never reporter, contact, free text or photographs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huicheng.cases.models import Case
from huicheng.city import Instant, rfc3339

#: Normalized NGSI-LD attribute without ``observedAt``.
Bare = dict[str, Any]


def _property(column: str) -> Callable[[Case], Bare | None]:
    return lambda case: _held("Property", "value", getattr(case, column))


def _relationship(column: str) -> Callable[[Case], Bare | None]:
    return lambda case: _held("Relationship", "object", getattr(case, column))


def _time(column: str) -> Callable[[Case], Bare | None]:
    def read(case: Case) -> Bare | None:
        at: Instant | None = getattr(case, column)
        return None if at is None else _held("Property", "value", rfc3339(at))

    return read


def _location(case: Case) -> Bare | None:
    if case.longitude is None or case.latitude is None:
        return None
    return _held("GeoProperty", "value", {"type": "Point", "coordinates": [case.longitude, case.latitude]})


def _held(type: str, field: str, value: Any) -> Bare | None:
    return None if value in (None, "") else {"type": type, field: value}


#: What may be projected at all; a kind's ``projected`` chooses from it.
PROJECTABLE: dict[str, Callable[[Case], Bare | None]] = {
    "kind": _property("kind"),
    "category": _property("category"),
    "status": _property("state"),
    "stage": _property("stage"),
    "refAlert": _relationship("alert_id"),
    "refEntity": _relationship("entity_ref"),
    "ownerUnit": _property("owner_unit"),
    "handlingUnit": _property("handling_unit"),
    "openedAt": _time("opened_at"),
    "dueAt": _time("due_at"),
    "closedAt": _time("closed_at"),
    "inTime": _property("in_time"),
    "source": _property("source"),
    "location": _location,
    "division": _property("division"),
    "grid": _property("grid"),
    "answers": lambda case: _held("JsonProperty", "json", case.answers or None),
}


def projected(case: Case, names: list[str]) -> dict[str, Bare]:
    """The attributes of the case as it stands, of those that its kind projects."""
    read = {name: PROJECTABLE[name](case) for name in names if name in PROJECTABLE}
    return {name: bare for name, bare in read.items() if bare is not None}


def difference(before: dict[str, Bare], after: dict[str, Bare], at: Instant) -> dict[str, Any]:
    """What one transition changed: ``put`` with the time of the transition, and names to ``remove``.

    An attribute that did not change keeps its time, so history holds true changes only.
    """
    observed = rfc3339(at)
    put = {name: {**bare, "observedAt": observed} for name, bare in after.items() if before.get(name) != bare}
    return {"put": put, "remove": sorted(set(before) - set(after))}
