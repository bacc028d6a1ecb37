"""``/``: report, ask, follow; my matters, answers, what is published, and the air nearby (W8.4)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from huicheng.access import Subject
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS, subject_of
from huicheng.knowledge.finding import holding
from huicheng.portal.air import airs_of
from huicheng.portal.mine import matters_of

#: More are on the map.
_MOST = 12
#: More are one click away.
_MATTERS, _ANSWERS = 3, 6


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    """The front page."""
    shown = {
        "airs": airs_of(request)[:_MOST],
        "matters": _matters(subject_of(request.user)),
        "answers": holding(guard_for(ANONYMOUS, "read")).order_by("-changed_at")[:_ANSWERS],
    }
    return render(request, "portal/home.html", shown)


def _matters(subject: Subject) -> list[dict[str, Any]]:
    return [] if subject == ANONYMOUS else matters_of(subject, _MATTERS)
