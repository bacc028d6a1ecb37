"""What an answer in a form does to the case: one function for each kind of field, and none for any process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from huicheng.accounts.units import has_officers, line_above
from huicheng.cases.areas import areas_of
from huicheng.cases.kinds import category_of
from huicheng.cases.models import Case, CaseEvent
from huicheng.cases.owners import owner_of
from huicheng.cases.standards import limit_of_category
from huicheng.cases.visibility import case_id
from huicheng.city import Instant, great_circle
from huicheng.packs import FormField, Transition

#: Mark of a case that lies with a unit in which nobody can sign in.
NO_OFFICERS = "no-officers"


@dataclass(kw_only=True)
class Change:
    """A case that is being acted upon, and what has to follow when it is saved."""

    case: Case
    at: Instant
    #: Codes of units that get a sub-case each.
    joint: list[str] = field(default_factory=list)
    #: The case that it was merged into by this act.
    merged: Case | None = None
    #: The limit is another one than before.
    relimited: bool = False
    #: So much of it is an extension, in the limit's own measure.
    more: float = 0.0
    #: The act that this one takes back.
    undone: CaseEvent | None = None


def apply(change: Change, fields: Mapping[str, FormField], form: Mapping[str, Any]) -> None:
    """Do to the case what the checked answers say, in the order of :data:`EFFECTS`."""
    for kind, effect in EFFECTS.items():
        for name, asked in fields.items():
            if asked.kind == kind and name in form:
                effect(change, form[name])
    if any(form.get(name) in asked.conceals for name, asked in fields.items() if asked.conceals):
        change.case.quiet = True
    projected = {name: form[name] for name, asked in fields.items() if asked.projected and name in form}
    change.case.answers = {**change.case.answers, **projected}


def mark(case: Case, row: Transition) -> None:
    """Set and take away the marks that a transition names."""
    kept = [one for one in case.marks if one not in row.unmarks]
    case.marks = [*kept, *(one for one in row.marks if one not in kept)]


def _unit(change: Change, code: str) -> None:
    """That unit answers for the case and has it from now on; its officers are not chosen yet."""
    change.case.owner_unit = change.case.handling_unit = code
    change.case.assignee = ""
    see_to_officers(change.case, code)


def see_to_officers(case: Case, code: str) -> None:
    """A unit in which nobody works may get a case; the nearest unit above it that has officers sees it as well.

    "" is no unit, which needs nobody.
    """
    staffed = not code or has_officers(code)
    marks = [mark for mark in case.marks if mark != NO_OFFICERS]
    if NO_OFFICERS in case.marks:
        case.escalated_to = ""
    if not staffed:
        case.escalated_to = next((above for above in line_above(code) if has_officers(above)), "")
        marks.append(NO_OFFICERS)
    case.marks = marks


def _person(change: Change, subject: str) -> None:
    change.case.assignee = subject


def _category(change: Change, category: str) -> None:
    """Another category, with its own limit; before anybody has the case also with its own owner."""
    case = change.case
    case.category = category
    case.condition = next(iter(category_of(case.kind, category).conditions), "")
    if not case.handling_unit:
        place = None if case.longitude is None or case.latitude is None else (case.longitude, case.latitude)
        areas = areas_of(place)
        case.owner_unit = owner_of(case.kind, category, areas=areas, division=case.division, entity_ref=case.entity_ref)
    _relimit(change)


def _condition(change: Change, condition: str) -> None:
    change.case.condition = condition
    _relimit(change)


def _relimit(change: Change) -> None:
    case = change.case
    standard = limit_of_category(case.kind, case.category, case.condition, change.at)
    case.limit, case.standard = msgspec.to_builtins(standard.limit), standard.version
    change.relimited = True


def _extension(change: Change, more: float) -> None:
    """Added to the limit in the limit's own measure; the history holds how much and when."""
    change.case.limit = {**change.case.limit, "value": change.case.limit["value"] + more}
    change.relimited, change.more = True, change.more + more


def _merged(change: Change, number: str) -> None:
    change.merged = change.case.merged_into = Case.objects.get(number=number)


def _about(change: Change, number: str) -> None:
    """The case is about another one."""
    change.case.entity_ref = case_id(number)


def _units(change: Change, codes: list[str]) -> None:
    change.joint.extend(codes)


def _position(change: Change, stood: dict[str, float]) -> None:
    """How many metres that is from the case is written beside it; nothing where the case has no place."""
    longitude, latitude = change.case.longitude, change.case.latitude
    if longitude is not None and latitude is not None:
        stood["distance"] = round(great_circle(longitude, latitude, stood["longitude"], stood["latitude"]), 1)


#: Kind of field → effect, in the order in which they are applied: a person belongs to the unit chosen beside,
#: a condition to the category chosen beside, and an extension lengthens the limit that these have set.
EFFECTS: dict[str, Callable[[Change, Any], None]] = {
    "unit": _unit,
    "person": _person,
    "category": _category,
    "condition": _condition,
    "extension": _extension,
    "case": _merged,
    "about": _about,
    "units": _units,
    "position": _position,
}
