"""``/mine/``: what a signed-in citizen has reported; no code is needed, the account is the proof."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huicheng.access import Subject
from huicheng.accounts.subjects import ANONYMOUS, subject_of
from huicheng.cases.following import public_case
from huicheng.cases.models import Case
from huicheng.errors import NotFound
from huicheng.portal.matter import NOTHING, act_as, shown
from huicheng.web.texts import in_language

_MOST = 100


@never_cache
@login_required
@require_safe
def mine_page(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    return render(request, "portal/mine.html", {"matters": matters_of(_account(request), _MOST)})


def matters_of(subject: Subject, most: int) -> list[dict[str, Any]]:
    """What this person has reported, the newest first, as its reporter may see it."""
    own = Case.objects.filter(reporter=subject.id).order_by("-opened_at", "-id")[:most]
    return [
        {"number": one.number, "title": in_language(one.category), "state": in_language(one.state), "case": one}
        for one in map(public_case, own)
    ]


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def matter_page(request: HttpRequest, number: str) -> HttpResponse:
    """One of them. Somebody else's is not there."""
    actor = _account(request)
    case = Case.objects.filter(number=number, reporter=actor.id).first()
    if case is None:
        raise NotFound(what="case", key=number[:16])
    said = act_as(request, case, actor) if "do" in request.POST else NOTHING
    case.refresh_from_db()
    return render(request, "portal/mine.html", {"followed": shown(case, actor, said)}, status=said.status)


def _account(request: HttpRequest) -> Subject:
    """``NotFound`` for an account that may do nothing before its password is changed."""
    subject = subject_of(request.user)
    if subject == ANONYMOUS:
        raise NotFound(what="account", key="")
    return subject
