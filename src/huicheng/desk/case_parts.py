"""What hangs on a case: its parts and the case it is a part of, duplicates, stages, answers, notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from huicheng.access import Guard
from huicheng.accounts.subjects import names_of
from huicheng.accounts.units import unit_names
from huicheng.cases.answers import answers_in_words
from huicheng.cases.kinds import category_of, kind_of, kinds, state_of
from huicheng.cases.models import Case, CaseEvent, CaseStage, Urgency
from huicheng.cases.notices import notices_of
from huicheng.cases.reading import clock_of, hidden_columns
from huicheng.cases.remarks import REMARKS
from huicheng.desk.clocks import clock_words, limit_words
from huicheng.desk.mark_words import marks_shown
from huicheng.packs import ClockLimit, Text
from huicheng.web.texts import in_language

_URGENCIES = {Urgency.YELLOW: "warning", Urgency.RED: "severe", Urgency.OVERDUE: "extreme"}


def parts_of(guard: Guard, case: Case) -> dict[str, Any]:
    """For the page of a case; whom the policies hide something of it are shown none of this."""
    if hidden_columns(guard, case):
        return {}
    units = unit_names()
    people = names_of([case.assignee, case.collector])
    return {
        "parts": [_part(one, units) for one in _seen(guard, case.subcases.order_by("number"))],
        "parts_hidden": case.subcases.exclude(pk__in=[one.pk for one in _seen(guard, case.subcases.all())]).count(),
        "whole": _link(guard, case.parent),
        "merged_into": _link(guard, case.merged_into),
        "merged": [_line(one) for one in _seen(guard, case.merged.order_by("number"))],
        "stages": list(_stages(case, units)),
        "marks": marks_shown(case.marks, kinds().get(case.kind)),
        "urgency": _urgency(case),
        "escalated_to": units.get(case.escalated_to, case.escalated_to),
        "condition": _condition(case),
        "assignee": people.get(case.assignee, ""),
        "collector": people.get(case.collector, ""),
        "answers": [
            {"label": in_language(label), "value": _said(value)} for label, value in answers_in_words(case, units)
        ],
        "notices": [_notice(one, units) for one in notices_of(case, ("reporter", "unit", "superior"))],
    }


def _seen(guard: Guard, rows: Any) -> list[Case]:
    return list(rows & Case.objects.visible_to(guard))


def _link(guard: Guard, case: Case | None) -> dict[str, Any] | None:
    """A case that the reader may see; ``None`` for no case and for one that they may not."""
    if case is None or not Case.objects.visible_to(guard).filter(pk=case.pk).exists():
        return None
    return _line(case)


def _line(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state_of(case.kind, case.state).name),
        "open": case.closed_at is None,
    }


def _part(case: Case, units: dict[str, str]) -> dict[str, Any]:
    """Who has what, and how far it is: the last thing that was done, with its words."""
    last = case.events.exclude(action__in=REMARKS).order_by("seq").last()
    unit = case.handling_unit or case.owner_unit
    return {
        **_line(case),
        "unit": units.get(unit, unit),
        "person": names_of([case.assignee]).get(case.assignee, ""),
        "clock": clock_words(clock_of(case)),
        "last": _progress(case, last) if last is not None and last.seq > 1 else None,
    }


def _progress(case: Case, event: CaseEvent) -> dict[str, Any]:
    row = kind_of(case.kind).transitions.get(event.action)
    texts = [
        event.form[name]
        for name, field in (row.form if row else {}).items()
        if field.kind == "text" and name in event.form
    ]
    return {"name": in_language(row.name) if row else event.action, "at": event.at, "says": " · ".join(texts)}


def _stages(case: Case, units: dict[str, str]) -> Iterator[dict[str, Any]]:
    declared = kind_of(case.kind).stages
    for stay in case.stages.order_by("event_seq"):
        stage = declared.get(stay.stage)
        yield {
            "name": in_language(stage.name) if stage else stay.stage,
            "unit": units.get(stay.unit, stay.unit),
            "from": stay.entered_at,
            "to": stay.left_at,
            "due": stay.due_at,
            "limit": _limit(stay),
            "standard": stay.standard,
            "says": _judged(stay),
            "level": {True: "fine", False: "late", None: "still"}[stay.in_time],
        }


def _limit(stay: CaseStage) -> str:
    return limit_words(ClockLimit(**stay.limit)) if stay.limit else ""


def _judged(stay: CaseStage) -> str:
    if stay.in_time is None:
        return "" if stay.left_at else _("now")
    return _("in time") if stay.in_time else _("late")


def _urgency(case: Case) -> dict[str, Any] | None:
    if not case.warning or case.closed_at is not None:
        return None
    words = {Urgency.YELLOW: _("Yellow warning"), Urgency.RED: _("Red warning"), Urgency.OVERDUE: _("Overdue")}
    urgency = Urgency(case.warning)
    return {"level": _URGENCIES[urgency], "words": words[urgency]}


def _condition(case: Case) -> dict[str, str] | None:
    known = category_of(case.kind, case.category).conditions.get(case.condition)
    if known is None:
        return None
    return {"files_when": in_language(known.files_when), "closes_when": in_language(known.closes_when)}


def _notice(notice: Any, units: dict[str, str]) -> dict[str, Any]:
    to = {"reporter": _("to the reporter"), "unit": _("to the unit"), "superior": _("to the unit above")}[notice.to]
    unit = units.get(notice.unit, notice.unit)
    return {"to": f"{to} {unit}".strip(), "says": in_language(notice.says), "at": notice.at}


def _said(value: Text | str | float) -> str:
    return in_language(value) if isinstance(value, dict) else str(value)
