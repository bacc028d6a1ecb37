"""``/desk/petitions/``: petitions (信访), their legal clock and where each is, for those who handle them only."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import category_of, kinds, state_of
from huicheng.cases.models import Case, Source
from huicheng.cases.opening import openable
from huicheng.cases.reading import clock_of, hidden_columns
from huicheng.cases.times import limit_of
from huicheng.desk.clocks import clock_words
from huicheng.desk.opening_page import address_of
from huicheng.desk.reading import page
from huicheng.errors import Refused
from huicheng.web.texts import in_language

_MOST = 100


@never_cache
@login_required
@require_safe
def petitions_page(request: HttpRequest) -> HttpResponse:
    """The open ones by time left, then those closed last; every row that the reader's policies show whole."""
    subject = subject_of(request.user)
    names = _kinds_for(subject)
    guard = guard_for(subject, "read")
    seen = Case.objects.visible_to(guard).filter(kind__in=names)
    rows = [
        *seen.filter(closed_at=None).order_by("due_at")[:_MOST],
        *seen.exclude(closed_at=None).order_by("-closed_at")[:20],
    ]
    shown = {
        "petitions": [_petition(case) for case in rows if "title" not in hidden_columns(guard, case)],
        "intake": [
            {"name": in_language(kind.name), "address": address_of(name)}
            for name, kind in openable(subject).items()
            if name in names
        ],
    }
    return render(request, "desk/petitions.html", page(request, "petitions", **shown))


def _kinds_for(subject: Subject) -> list[str]:
    """Kinds of petitions; ``Refused`` for whom no policy shows one or lets one be taken in."""
    names = [name for name, kind in kinds().items() if kind.source == Source.PETITION.value]
    may = set(openable(subject)) & set(names)
    seen = Case.objects.visible_to(guard_for(subject, "read")).filter(kind__in=names)
    if not may and not seen.exists():
        raise Refused(action="read", resource="Case")
    return names


def _petition(case: Case) -> dict[str, Any]:
    limit = limit_of(case)
    unit = case.handling_unit or case.owner_unit
    return {
        "number": case.number,
        "title": case.title,
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state_of(case.kind, case.state).name),
        "unit": unit_names().get(unit, unit),
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "closed": case.closed_at is not None,
        "clock": clock_words(clock_of(case)),
        "source": limit.source,
        "verified": limit.verified,
        "taken_from": in_language(limit.taken_from),
    }
