"""The Case entity: what the city may know of a case. Never reporter, contact, free text or photographs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huicheng.cases.models import Case, CaseStage
from huicheng.cases.orders import order
from huicheng.cases.remarks import REMARKS
from huicheng.cases.visibility import case_id
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


def _parent(case: Case) -> Bare | None:
    if case.parent_id is None:
        return None
    number = Case.objects.values_list("number", flat=True).get(pk=case.parent_id)
    return _held("Relationship", "object", case_id(number))


def _stages(case: Case) -> Bare | None:
    """Stays in their order; ``to``, ``due`` and ``inTime`` only where they are known."""
    stays = case.stages.order_by("event_seq")
    return _held("JsonProperty", "json", [_stay(stay) for stay in stays])


def _stay(stay: CaseStage) -> dict[str, Any]:
    times = {"from": stay.entered_at, "to": stay.left_at, "due": stay.due_at}
    known = {name: rfc3339(at) for name, at in times.items() if at is not None}
    judged = {} if stay.in_time is None else {"inTime": stay.in_time}
    return {"stage": stay.stage, "unit": stay.unit, **known, **judged}


def _acts(case: Case) -> Bare | None:
    """What was done, not remarked: who (an opaque subject), when, and how many seconds after the act before."""
    events = case.events.exclude(action__in=REMARKS).order_by("seq")
    acts: list[dict[str, Any]] = []
    last: Instant | None = None
    for event in events:
        seconds = 0 if last is None else (event.at - last) // 1_000_000
        facts = {"action": event.action, "at": rfc3339(event.at), "actor": event.actor, "unit": event.actor_unit}
        acts.append({**facts, "seconds": seconds})
        last = event.at
    return _held("JsonProperty", "json", acts)


def _command(case: Case) -> Bare | None:
    return _held("JsonProperty", "json", order(case))


def _json(column: str) -> Callable[[Case], Bare | None]:
    return lambda case: _held("JsonProperty", "json", getattr(case, column))


def _held(type: str, field: str, value: Any) -> Bare | None:
    return None if value in (None, "", [], {}) else {"type": type, field: value}


#: What may be projected at all; a kind's ``projected`` chooses from it.
PROJECTABLE: dict[str, Callable[[Case], Bare | None]] = {
    "kind": _property("kind"),
    "category": _property("category"),
    "status": _property("state"),
    "stage": _property("stage"),
    "condition": _property("condition"),
    "refAlert": _relationship("alert_id"),
    "refEntity": _relationship("entity_ref"),
    "ownerUnit": _property("owner_unit"),
    "handlingUnit": _property("handling_unit"),
    "parent": _parent,
    "collector": _property("collector"),
    "marks": _json("marks"),
    "answers": _json("answers"),
    "stages": _stages,
    "acts": _acts,
    "openedAt": _time("opened_at"),
    "dueAt": _time("due_at"),
    "closedAt": _time("closed_at"),
    "inTime": _property("in_time"),
    "source": _property("source"),
    "location": _location,
    "division": _property("division"),
    "grid": _property("grid"),
    "refDevice": _relationship("device_ref"),
    "command": _command,
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
