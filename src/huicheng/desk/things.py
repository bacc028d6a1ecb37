"""A thing of the city as a page reads it: name, record in words, and the cases about it."""

from __future__ import annotations

from typing import Any

from huicheng.cases.inbox import Filters, inbox
from huicheng.cases.kinds import category_of, state_of
from huicheng.cases.models import Case
from huicheng.city import Entity, micros
from huicheng.packs import AttributeType, entity_types
from huicheng.platform import current
from huicheng.web.figures import figure, symbol
from huicheng.web.reading import Reader, attribute, content
from huicheng.web.texts import in_language

_SHOWN_CASES = 12
#: Between the values of a list.
_BETWEEN = {"zh-hans": "、", "en": ", "}
#: Shown elsewhere on the page, or nothing that people read.
_APART = frozenset({"name", "location", "commandAck"})


def name_of(entity: Entity) -> str:
    """Its name in the reader's language; the last piece of its id where it has none."""
    held = content(entity, "name")
    if isinstance(held, dict):
        return in_language({"zh-hans": held.get("zh", ""), **held})
    return str(held) if held else entity.id.rpartition(":")[2]


def type_words(entity: Entity) -> str:
    """What it is."""
    return type_name(entity.type)


def type_name(entity_type: str) -> str:
    """What things of a type are called."""
    declared = entity_types(current().packs).get(entity_type)
    return in_language(declared.name) if declared else entity_type


def attribute_type(entity_type: str, name: str) -> AttributeType | None:
    """What a pack says of an attribute."""
    declared = entity_types(current().packs).get(entity_type)
    return declared.attributes.get(name) if declared else None


def in_words(kind: AttributeType | None, value: Any) -> str:
    """A value as people read it: codes by their names, numbers with their unit."""
    if value is None:
        return ""
    if isinstance(value, list):
        return in_language(_BETWEEN).join(in_words(kind, one) for one in value)
    if kind is not None and str(value) in kind.codes:
        return in_language(kind.codes[str(value)])
    if isinstance(value, dict):
        return in_language({"zh-hans": value.get("zh", ""), **value}) if "zh-hans" in value or "zh" in value else ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{figure(value)} {symbol(kind.unit or '') if kind else ''}".strip()
    return str(value)


def record(entity: Entity) -> list[dict[str, Any]]:
    """Its attributes in the order in which the pack declares them, with when each was observed."""
    declared = entity_types(current().packs).get(entity.type)
    rows = declared.attributes.items() if declared else ()
    shown = [(name, kind) for name, kind in rows if name not in _APART and content(entity, name) is not None]
    return [
        {
            "key": name,
            "name": in_language(kind.name),
            "value": in_words(kind, content(entity, name)),
            "leads": content(entity, name) if kind.kind == "reference" else "",
            "at": _observed(entity, name),
        }
        for name, kind in shown
        if in_words(kind, content(entity, name))
    ]


def _observed(entity: Entity, name: str) -> int | None:
    held = attribute(entity, name)
    return micros(held.observed_at) if held and held.observed_at else None


def cases_about(reader: Reader, entity: str) -> list[dict[str, Any]]:
    """Those that the reader may see, the open ones first."""
    found = inbox(reader.guard, Filters(entity=entity, closed=True), size=_SHOWN_CASES)
    return [case_line(row.case) for row in found.rows]


def case_line(case: Case) -> dict[str, Any]:
    """One case in a list."""
    return {
        "number": case.number,
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state_of(case.kind, case.state).name),
        "open": case.closed_at is None,
        "opened_at": case.opened_at,
        "entity": case.entity_ref,
        "title": case.title,
    }
