"""Entities that cases make: what was asked for at the opening, as the city knows it (``packs.Makes``; W1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case
from huicheng.cases.visibility import case_id
from huicheng.city import Entity, Instant, entity_urn, fold, parse_instant, rfc3339
from huicheng.packs import AttributeType, Makes, entity_types
from huicheng.platform import current

#: Pairs of which the first must be less.
_ORDERED = (("floor", "ceiling"), ("validFrom", "validTo"))

# Message ids, shown beside the field.
NOT_MORE = "This must be more than what it begins with."


def check(case: Case, form: Mapping[str, Any]) -> None:
    """``FormInvalid`` for heights and times that end before they begin."""
    makes = kind_of(case.kind).makes
    if makes is None:
        return
    held = {name: form.get(field) for name, field in makes.attributes.items()}
    wrong = {
        makes.attributes[high]: NOT_MORE
        for low, high in _ORDERED
        if held.get(low) is not None and held.get(high) is not None and not _less(held[low], held[high])
    }
    if wrong:
        raise FormInvalid(wrong)


def _less(one: Any, other: Any) -> bool:
    if isinstance(one, str):
        return parse_instant(one) < parse_instant(other)
    return bool(one < other)


def body_of(case: Case, at: Instant) -> dict[str, Any] | None:
    """What the projector writes while the case is in a state that says so: ``id``, ``type``, ``put``; else nothing."""
    makes = kind_of(case.kind).makes
    if makes is None or case.state not in makes.states:
        return None
    declared = entity_types(current().packs)[makes.type]
    form = case.events.earliest("seq").form
    put = {name: _bare(declared.attributes[name], form[f]) for name, f in makes.attributes.items() if f in form}
    put["name"] = {
        "type": "LanguageProperty",
        "languageMap": {language: f"{declared.name[language]} {case.number}" for language in ("zh-hans", "en")},
    }
    put["refCase"] = {"type": "Relationship", "object": case_id(case.number)}
    status = {"type": "Property", "value": makes.states[case.state], "observedAt": rfc3339(at)}
    return {"id": made_id(makes, case), "type": makes.type, "put": {**put, makes.status: status}}


def made_id(makes: Makes, case: Case) -> str:
    """Id of the entity that a case makes."""
    return entity_urn(makes.type, case.number)


def entity_of(body: Mapping[str, Any]) -> Entity:
    """The entity of a body."""
    return Entity(id=body["id"], type=body["type"], attributes={name: fold(bare) for name, bare in body["put"].items()})


def _bare(declared: AttributeType, value: Any) -> dict[str, Any]:
    """An answer as an attribute of its declared kind, in its unit."""
    if declared.kind == "geometry":
        return {"type": "GeoProperty", "value": value}
    if declared.kind == "time":
        return {"type": "Property", "value": rfc3339(parse_instant(value))}
    return {"type": "Property", "value": value, **({"unitCode": declared.unit} if declared.unit else {})}
