"""What an officer tells the caller: number and secret code, in the officer's own browser for a few minutes."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import category_of, kind_of
from huicheng.cases.models import Case
from huicheng.cases.opening import Opened
from huicheng.cases.reading import clock_of, hidden_columns
from huicheng.desk.clocks import clock_words
from huicheng.desk.reading import page
from huicheng.web.texts import in_language

_COOKIE, _AGE, _SALT = "huicheng_opened", 900, "huicheng.desk.opened"


def hand_out(request: HttpRequest, opened: Opened, back: str) -> HttpResponse:
    """On to the receipt; ``back`` is the address of the form, for the next one."""
    response = redirect("desk:opened")
    said = " ".join((subject_of(request.user).id, opened.case.number, back, opened.secret))
    response.set_signed_cookie(_COOKIE, said, salt=_SALT, max_age=_AGE, httponly=True, samesite="Lax")
    return response


@never_cache
@login_required
@require_safe
def receipt_page(request: HttpRequest) -> HttpResponse:
    """Number, code, who has it, until when; for the officer who opened it."""
    subject = subject_of(request.user)
    try:
        held = request.get_signed_cookie(_COOKIE, salt=_SALT, max_age=_AGE) or ""
        owner, number, back, secret = held.split(" ", 3)
    except (BadSignature, KeyError, ValueError):
        return redirect("desk:open")
    case = Case.objects.filter(number=number).first()
    if case is None or owner != subject.id:
        return redirect("desk:open")
    shown = {**_told(case, subject), "code": secret, "back": back}
    return render(request, "desk/opened.html", page(request, "open", **shown))


def _told(case: Case, subject: Subject) -> dict[str, object]:
    state = kind_of(case.kind).states[case.state]
    return {
        "number": case.number,
        "kind": in_language(kind_of(case.kind).name),
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state.name),
        "final": state.final,
        "unit": unit_names().get(case.owner_unit, case.owner_unit),
        "due": case.due_at,
        "assumed": case.due_assumed,
        "clock": clock_words(clock_of(case)),
        "readable": _may_read(case, subject),
    }


def _may_read(case: Case, subject: Subject) -> bool:
    guard = guard_for(subject, "read")
    seen = Case.objects.visible_to(guard).filter(pk=case.pk).exists()
    return seen and "title" not in hidden_columns(guard, case)
