"""cases.yaml: forms, notices and sub-cases: what a field asks fits its kind, and what it does can be done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from huicheng.packs.checks.judging import Spot, unknown
from huicheng.packs.checks.opened import check_opens
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, FormField, Transition
from huicheng.packs.places import Draft

_FILE = "cases.yaml"
_KEPT = {"text", "choice", "number", "time", "photo", "position", "course"}
#: What may be asked before there is a case.
_OPENING = _KEPT | {"unit", "person", "about"}
_PROJECTED = {"choice", "number"}
#: What a notice may say.
_NOTICED = {"number", "category", "unit", "due"}


def check_forms(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of one kind's forms."""
    for at, fields, allowed in _forms(key, kind):
        yield from _fields(draft, at, fields, allowed)
    for action, row in kind.transitions.items():
        at = (key, "transitions", action)
        yield from _parts(draft, at, kind, row, packs)
        yield from _merging(draft, at, kind, row)
        yield from _classing(draft, at, kind, row)
        yield from _notices(draft, at, row)


def _forms(key: str, kind: CaseKind) -> Iterator[tuple[Address, Mapping[str, FormField], set[str] | None]]:
    """Every form with the kinds of fields that it may have; ``None`` = every one."""
    yield (key, "opening"), kind.opening, _OPENING
    for action, row in kind.transitions.items():
        yield (key, "transitions", action, "form"), row.form, None
    for name, category in kind.categories.items():
        yield (key, "categories", name, "questions"), category.questions, _KEPT
        for action, form in category.forms.items():
            yield (key, "categories", name, "forms", action), form, _KEPT


def _fields(draft: Draft, at: Address, fields: Mapping[str, FormField], allowed: set[str] | None) -> Iterator[Fault]:
    for name, field in fields.items():
        if allowed is not None and field.kind not in allowed:
            remedy = f"One of: {', '.join(sorted(allowed))}."
            yield draft.fault(_FILE, (*at, name, "kind"), f"A field “{field.kind}” cannot be asked here.", remedy)
        if (field.kind == "choice") != bool(field.choices):
            remedy = "Give a choice its choices, and nothing else any."
            yield draft.fault(_FILE, (*at, name), "Choices belong to a field of kind choice.", remedy)
        if (field.minimum, field.maximum) != (None, None) and field.kind != "number":
            yield draft.fault(_FILE, (*at, name), "Bounds belong to a field of kind number.", "Take them away.")
        yield from _concealing(draft, (*at, name), field)
        if field.projected and field.kind not in _PROJECTED:
            problem = f"A {field.kind} is not projected: only choices and numbers are never personal."
            yield draft.fault(_FILE, (*at, name, "projected"), problem, "Take projected away.")
    for kind, count in Counter(field.kind for field in fields.values()).items():
        if count > 1 and kind not in _KEPT:
            yield draft.fault(_FILE, at, f"The form has {count} fields of kind {kind}.", "Keep one of them.")


def _concealing(draft: Draft, at: Address, field: FormField) -> Iterator[Fault]:
    for answer in sorted(set(field.conceals) - field.choices.keys()):
        yield draft.fault(_FILE, (*at, "conceals"), *unknown("choice", answer, field.choices))


def _parts(draft: Draft, at: Address, kind: CaseKind, row: Transition, packs: Sequence[Draft]) -> Iterator[Fault]:
    """Units get sub-cases of a kind that there is; one about another thing has a target instead."""
    asks = any(field.kind == "units" for field in row.form.values())
    opens_for_units = row.opens is not None and not row.opens.target
    if asks != opens_for_units:
        remedy = "Write both, or neither; or name a target."
        yield draft.fault(_FILE, at, "A field of kind units and “opens” need each other.", remedy)
    if row.opens is not None:
        yield from check_opens(Spot(draft=draft, file=_FILE, address=(*at, "opens")), row.opens, packs, within=kind)


def _merging(draft: Draft, at: Address, kind: CaseKind, row: Transition) -> Iterator[Fault]:
    """A case that is merged into another ends, and that can be undone."""
    if not any(field.kind == "case" for field in row.form.values()):
        return
    end = kind.states.get(row.to)
    if end is None or not end.final:
        yield draft.fault(_FILE, at, "A case that is merged into another must end.", "Lead to a final state.")
    elif not any(kind.transitions.get(other.undoes) is row for other in kind.transitions.values()):
        remedy = f"Add a transition from “{row.to}” with reopens that undoes it."
        yield draft.fault(_FILE, at, "A merger could not be undone.", remedy)


def _classing(draft: Draft, at: Address, kind: CaseKind, row: Transition) -> Iterator[Fault]:
    asks = any(field.kind == "condition" for field in row.form.values())
    if asks and not any(category.conditions for category in kind.categories.values()):
        remedy = "Declare conditions in a category, or drop the field."
        yield draft.fault(_FILE, at, "No category has filing conditions to choose from.", remedy)


def _notices(draft: Draft, at: Address, row: Transition) -> Iterator[Fault]:
    for index, notice in enumerate(row.notices):
        named = {name for text in notice.says.values() for name in re.findall(r"{(\w*)}", text)}
        for name in sorted(named - _NOTICED):
            yield draft.fault(_FILE, (*at, "notices", index, "says"), *unknown("name", name, _NOTICED))
