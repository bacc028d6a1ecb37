"""Whose cases: the tabs over every list of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from huicheng.access import Guard, Subject
from huicheng.cases.inbox import COUNTED, Filters, counted, narrowed
from huicheng.desk.lately import lately

#: Tab → its words, in their order.
SCOPES: dict[str, Any] = {
    "all": _("All that I may see"),
    "mine": _("Mine"),
    "unit": _("My unit"),
    "escalated": _("Escalated to us"),
    "below": _("Units below"),
    "delegated": _("As deputy"),
    "late": _("Overdue"),
}


def scope_filters(subject: Subject) -> dict[str, Mapping[str, Any]]:
    """The tabs that mean something for this person, each with what it sets in the filters."""
    unit, below = subject.unit, tuple(code for code in subject.units if code != subject.unit)
    absent = subject.deputises
    offered: dict[str, tuple[bool, Mapping[str, Any]]] = {
        "all": (True, {}),
        "mine": (bool(unit), {"assignees": (subject.id,)}),
        "unit": (bool(unit), {"units": (unit,)}),
        "escalated": (bool(unit), {"escalated_to": (unit,)}),
        "below": (bool(below), {"units": below}),
        "delegated": (bool(absent), _of_absent(absent)),
        "late": (True, {"overdue": True}),
    }
    return {name: sets for name, (meant, sets) in offered.items() if meant}


def _of_absent(absent: tuple[Subject, ...]) -> Mapping[str, Any]:
    return {
        "assignees": tuple(one.id for one in absent),
        "units": tuple({one.unit for one in absent if one.unit}),
        "either": True,
    }


def tabs(guard: Guard, chosen: str) -> list[dict[str, Any]]:
    """The tabs with how many open cases each holds."""
    return [
        {
            "value": name,
            "name": SCOPES[name],
            "chosen": name == chosen,
            "count": count_words(*_count(guard, name, sets)),
        }
        for name, sets in scope_filters(guard.subject).items()
    ]


def _count(guard: Guard, name: str, sets: Mapping[str, Any]) -> tuple[int, bool]:
    return lately(guard, name, lambda: counted(narrowed(guard, Filters(**sets))))


def scoped(filters: Filters, subject: Subject, scope: str) -> Filters:
    """The filters within a tab; a unit that is asked for as well narrows the tab's units."""
    sets = dict(scope_filters(subject).get(scope, {}))
    if filters.units and sets.get("units") and not sets.get("either"):
        sets["units"] = tuple(set(filters.units) & set(sets["units"])) or ("-",)
    return msgspec.structs.replace(filters, **sets)


def count_words(count: int, more: bool) -> str:  # noqa: FBT001 - the two halves of what ``counted`` says
    """E.g. ``37``, or ``1000+`` where nobody has counted on."""
    return f"{COUNTED}+" if more else str(count)
