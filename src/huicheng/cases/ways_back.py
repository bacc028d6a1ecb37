"""Whether an action can be taken back: only where the kind's own table leads back, never by changing history.

Taking back is another action in the history. A way back is a row that leads from where the action led to where it
began, sets the marks right, and asks for nothing that only a person can answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from huicheng.cases.table import holds
from huicheng.packs import CaseKind, FormField, Transition

#: Answers whose effect no row of a table takes back.
_FOR_GOOD = frozenset({"units", "extension", "category", "condition", "case"})


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What an action changes, as it was."""

    state: str
    unit: str
    assignee: str
    marks: tuple[str, ...] = ()


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """The action that takes another back, and its answers."""

    action: str
    form: dict[str, str]


def way_back(kind: CaseKind, action: str, before: Before, ground: str) -> WayBack | None:
    """The row that leads back, with ``ground`` where it wants a reason; ``None`` where the table has none."""
    for name, candidate in kind.transitions.items():
        form = _answers(candidate.form, before, ground) if candidate.undoes == action else None
        if form is not None:
            return WayBack(action=name, form=form)
    row = kind.transitions[action]
    if row.opens is not None or row.restarts_clock or _kinds(row.form) & _FOR_GOOD:
        return None
    for name, candidate in kind.transitions.items():
        if _leads_back(kind, row, candidate, before) and _restores(row, candidate, before):
            form = _answers(candidate.form, before, ground)
            if form is not None:
                return WayBack(action=name, form=form)
    return None


def _leads_back(kind: CaseKind, row: Transition, candidate: Transition, before: Before) -> bool:
    reached = row.to or before.state
    return holds(kind, candidate, reached) and not candidate.undoes and (candidate.to or reached) == before.state


def _restores(row: Transition, candidate: Transition, before: Before) -> bool:
    """Marks are as they were; and where the state never moved, something else was changed that the row sets right."""
    set_anew = set(row.marks) - set(before.marks)
    taken = set(row.unmarks) & set(before.marks)
    if not (set_anew <= set(candidate.unmarks) and taken <= set(candidate.marks)):
        return False
    if set(candidate.marks) - set(before.marks) or candidate.opens is not None:
        return False
    if _kinds(candidate.form) & _FOR_GOOD:
        return False
    moved = bool(row.to) and row.to != before.state
    people = _kinds(row.form) & {"unit", "person"}
    return moved or bool(set_anew or taken) or bool(people and people <= _kinds(candidate.form))


def _answers(form: Mapping[str, FormField], before: Before, ground: str) -> dict[str, str] | None:
    """What the form is filled with; ``None`` when it asks for more than is known."""
    known = {"unit": before.unit, "person": before.assignee, "text": ground}
    answers: dict[str, str] = {}
    for name, field in form.items():
        value = known.get(field.kind, "")
        if field.required and not value:
            return None
        if value and (field.required or field.kind != "text"):
            answers[name] = value
    return answers


def _kinds(form: Mapping[str, FormField]) -> set[str]:
    return {field.kind for field in form.values()}
