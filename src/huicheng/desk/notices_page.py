"""``/desk/notices/``: what was said to one's unit and to those below it: 督办, 催办, 预警, 超期上报 (W4.1)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Guard
from huicheng.accounts.units import unit_names
from huicheng.cases.models import CaseNotice
from huicheng.cases.noticeboard import Board, board, read_all, read_one, scopes_of, unread
from huicheng.desk.notice_count import counted, forget_count, unread_words
from huicheng.desk.reading import page, reader_of
from huicheng.web.texts import in_language

_TABS: dict[str, Any] = {"unit": _("My unit"), "mine": _("Mine"), "below": _("Units below")}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notices_page(request: HttpRequest) -> HttpResponse:
    """The list by tabs; ``POST`` marks one (``notice``) or all as read and comes back to it."""
    guard = reader_of(request).guard
    if request.method == "POST":
        return _mark(request, guard)
    scopes = scopes_of(guard.subject)
    scope = request.GET.get("scope", "")
    scope = scope if scope in scopes else "unit"
    found = board(guard, scope, _number(request.GET.get("page", "")) or 1)
    shown = {
        "scopes": [
            {"value": name, "name": _TABS[name], "chosen": name == scope, "count": counted(unread(guard, name))}
            for name in scopes
        ],
        "notices": _lines(found),
        "number": found.number,
        "before": found.number - 1,
        "after": found.number + 1,
        "follows": found.follows,
        "unread": bool(unread_words(guard)),
    }
    return render(request, "desk/notices.html", page(request, "notices", **shown))


def _mark(request: HttpRequest, guard: Guard) -> HttpResponse:
    notice = _number(request.POST.get("notice", ""))
    if notice:
        read_one(guard, notice)
    elif request.POST.get("all"):
        read_all(guard.subject)
    forget_count(guard)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return HttpResponseRedirect(reverse("desk:notices") + query)


def _lines(found: Board) -> list[dict[str, Any]]:
    units = unit_names()
    return [_line(one, units, read=one.pk in found.read) for one in found.notices]


def _line(notice: CaseNotice, units: dict[str, str], *, read: bool) -> dict[str, Any]:
    return {
        "id": notice.pk,
        "says": in_language(notice.says),
        "unit": units.get(notice.unit, notice.unit),
        "superior": notice.to == "superior",
        "at": notice.at,
        "number": notice.case.number,
        "closed": notice.case.closed_at is not None,
        "read": read,
    }


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
