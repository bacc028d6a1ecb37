"""``/desk/callbacks/``: calls that were answered by a unit and whose callers are to be asked (回访)."""

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
from huicheng.cases.kinds import category_of, kind_of, kinds, state_of
from huicheng.cases.models import Case, Source
from huicheng.cases.reading import actions_for, clock_of
from huicheng.cases.tasks import waiting_for
from huicheng.desk.clocks import clock_words
from huicheng.desk.offers import blocked_of, offers_of
from huicheng.desk.reading import page
from huicheng.errors import Refused
from huicheng.web.texts import in_language

#: Stage of the kinds of calls in which the caller is to be asked (docs/reference/packs.md).
STAGE = "visit"
_MOST = 50


@never_cache
@login_required
@require_safe
def callbacks_page(request: HttpRequest) -> HttpResponse:
    """Each with what may be done: called back, not reached, handled again; the one that waits longest first."""
    subject = subject_of(request.user)
    rows = waiting_for(subject, _calls(subject), STAGE).order_by("due_at", "number")
    shown = {"calls": [_call(case, subject) for case in rows[:_MOST]], "count": rows.count(), "most": _MOST}
    return render(request, "desk/callbacks.html", page(request, "hotline", **shown))


def _calls(subject: Subject) -> dict[str, Any]:
    """Kinds of calls; ``Refused`` for whom no policy lets do anything there."""
    found = {name: kind for name, kind in kinds().items() if kind.source == Source.HOTLINE.value}
    if not may_call_back(subject):
        raise Refused(action="case.call-back", resource="Case")
    return found


def may_call_back(subject: Subject) -> bool:
    """Whether the list is for this person at all."""
    from_there = (
        action
        for kind in kinds().values()
        if kind.source == Source.HOTLINE.value
        for action, row in kind.transitions.items()
        if any(kind.states[state].stage == STAGE for state in row.from_ if state in kind.states)
    )
    return any(guard_for(subject, f"case.{action}").of("Case") for action in from_there)


def _call(case: Case, subject: Subject) -> dict[str, Any]:
    offered = actions_for(case, subject)
    row = kind_of(case.kind).transitions
    leads_on = [offer for offer in offered if "*" not in row[offer.action].from_]
    actions = offers_of(leads_on, case, sent=None, errors={})
    return {
        "number": case.number,
        "version": case.version,
        "title": case.title,
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state_of(case.kind, case.state).name),
        "clock": clock_words(clock_of(case)),
        "contact": bool(case.reporter),
        "tries": _tries(case),
        "actions": [{**one, "open": False} for one in actions],
        "blocked": blocked_of(offered, case),
    }


def _tries(case: Case) -> int:
    """How often it has been tried since the unit answered: acts that left the case where it is."""
    since = case.events.exclude(from_state=case.state).order_by("-seq").values_list("seq", flat=True).first()
    return int(case.events.filter(seq__gt=since or 0, from_state=case.state, to_state=case.state).count())
