"""Orders to things: what an order says, to whom, until when, and that no second one contradicts it (Q1, W4.8).

An order is a case whose category declares a ``command``. What it says is found when it opens and never changes; the
Case entity carries it in ``command`` while the case is in a state that says ``orders``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.cases.errors import AlreadyOpen, FormInvalid
from huicheng.cases.kinds import category_of, kind_of
from huicheng.cases.models import Case
from huicheng.cases.times import case_clock
from huicheng.cases.visibility import case_id
from huicheng.city import Entity, rfc3339
from huicheng.packs import Command, entity_types, refuses
from huicheng.platform import current
from huicheng.stores import Blocking

#: Key of ``CaseKind.exclusive`` for the thing itself.
_ITSELF = "refEntity"
#: Attribute of a thing that names the device which hears its orders; without it the thing hears them itself.
_DEVICE = "refDevice"
_LONGEST_TITLE = 200
_FLAGS = {"true": True, "false": False}

# Message ids, shown beside the field.
NO_SUCH_THING = "There is no such thing, or it is of another type."
NOT_A_VALUE = "The thing cannot take this value."


def bind(case: Case, form: Mapping[str, Any]) -> None:
    """What a case that opens has of its thing: the order, who hears it, and that it is the only one.

    Raises ``FormInvalid`` for an order that the thing cannot carry out, and ``AlreadyOpen``.
    """
    command = category_of(case.kind, case.category).command
    if command is not None:
        target = thing(case.entity_ref)
        if target is None or target.type != command.target:
            raise FormInvalid({"entity": NO_SUCH_THING})
        case.command = {"attribute": command.attribute, "value": value_of(command, form)}
        case.device_ref = str(content(target, _DEVICE) or "")
    hold(case)


def hold(case: Case) -> None:
    """Keep the key of a case of which but one may be open; let it go when the case is closed. ``AlreadyOpen``."""
    if case.closed_at is not None:
        case.exclusive_key = None
    elif case.exclusive_key is None:
        case.exclusive_key = _key(case.kind, case.entity_ref)
        number = held_by(case.kind, case.entity_ref)
        if number not in {"", case.number}:
            raise AlreadyOpen(number=number)


def held_by(kind: str, entity_ref: str) -> str:
    """Number of the open case that keeps another of the kind about this thing from being opened; "" for none."""
    key = _key(kind, entity_ref)
    held = Case.objects.filter(exclusive_key=key).values_list("number", flat=True).first() if key else None
    return held or ""


def order(case: Case) -> dict[str, Any] | None:
    """What goes out while the case is in this state: ``{id, target, attribute, value, until}``; else nothing.

    ``until`` is wall time, by which devices live: when the stage ends, or the case where the stage has no limit.
    """
    if case.command is None or not kind_of(case.kind).states[case.state].orders:
        return None
    due = case.stage_due_at if case.stage_due_at is not None else case.due_at
    until = {} if due is None else {"until": rfc3339(case_clock().wall_at(due))}
    return {"id": case_id(case.number), "target": case.entity_ref, **case.command, **until}


def thing(entity_ref: str) -> Entity | None:
    """The thing that a case is about, as it is now."""
    stored = Blocking(current().store).get(entity_ref) if entity_ref else None
    return stored.entity if stored else None


def content(entity: Entity | None, name: str) -> Any:
    """What one attribute of a thing holds."""
    held = entity.attributes.get(name) if entity else None
    return None if held is None or isinstance(held, list) else held.content


def led_to(entity_ref: str, attribute: str) -> str | None:
    """Where a Relationship of a thing leads."""
    found = content(thing(entity_ref), attribute)
    return found if isinstance(found, str) and found else None


def place_of(entity_ref: str) -> tuple[float, float] | None:
    """Longitude and latitude of a thing that is a point."""
    geometry = content(thing(entity_ref), "location")
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    longitude, latitude = geometry["coordinates"][:2]
    return float(longitude), float(latitude)


def title_of(kind: str, category: str, entity_ref: str) -> str:
    """Title of a case that is about a thing: what, and its name."""
    names = content(thing(entity_ref), "name")
    named = names.get("zh-hans") or names.get("zh") if isinstance(names, dict) else names
    what = category_of(kind, category).name["zh-hans"]
    return f"{what} {named or entity_ref.rpartition(':')[2]}"[:_LONGEST_TITLE]


def value_of(command: Command, form: Mapping[str, Any]) -> Any:
    """What the attribute is to become, by the checked answers; ``FormInvalid`` when it cannot."""
    value = form.get(command.answer) if command.value is None else command.value
    declared = entity_types(current().packs)[command.target].attributes[command.attribute]
    if declared.kind == "boolean" and isinstance(value, str):
        value = _FLAGS.get(value)
    if refuses(declared, value):
        raise FormInvalid({command.answer or "entity": NOT_A_VALUE})
    return value


def _key(kind: str, entity_ref: str) -> str | None:
    """``kind name value`` of the first name that the thing has; ``None`` where any number may be open."""
    names = kind_of(kind).exclusive
    entity = thing(entity_ref) if names and names != [_ITSELF] else None
    for name in names:
        value = entity_ref if name == _ITSELF else content(entity, name)
        if value:
            return f"{kind} {name} {value}"
    return None
