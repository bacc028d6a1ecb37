"""``/desk/absences/``: who is away, who deputises, until when (W4.1). The system administrator enters all."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Guard, Subject, allows, demand
from huicheng.accounts.absences import RESOURCE, declare, end
from huicheng.accounts.guards import guard_for
from huicheng.accounts.models import Absence, Account
from huicheng.accounts.subjects import subject_of
from huicheng.cases.times import wall
from huicheng.city import Instant, micros
from huicheng.desk.reading import page
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.web.texts import problem_of, remedy_of

_SHOWN = 100


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def absences_page(request: HttpRequest) -> HttpResponse:
    """A POST enters an absence, or ends one (``do=end``)."""
    if request.method == "GET":
        return _show(request)
    try:
        said = _end(request) if request.POST.get("do") == "end" else _declare(request)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
        return _show(request, status=error.status)
    messages.success(request, said, "good")
    return redirect("desk:absences")


def _alone(request: HttpRequest) -> Subject:
    """The person without those for whom they deputise: nobody prolongs their own deputyship."""
    return msgspec.structs.replace(subject_of(request.user), deputises=())


def _declare(request: HttpRequest) -> str:
    subject, sent = _alone(request), request.POST
    account = _account(sent.get("account") or subject.id)
    demand(guard_for(subject, "create"), "create", RESOURCE, {"account": account.subject})
    made = declare(
        account=account,
        deputy=_account(sent.get("deputy", "")),
        start=_instant(sent.get("start", "")),
        until=_instant(sent.get("until", "")),
        reason=sent.get("reason", "").replace("\0", "").strip(),
        by=subject,
    )
    return _("%(deputy)s deputises for %(absent)s.") % {"deputy": made.deputy, "absent": made.account}


def _end(request: HttpRequest) -> str:
    key, subject = request.POST.get("absence", ""), _alone(request)
    absence = Absence.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 12 else None
    if absence is None:
        raise NotFound(what="absence", key=key)
    demand(guard_for(subject, "update"), "update", RESOURCE, {"account": absence.account.subject})
    end(absence, subject)
    return _("The absence has ended.")


def _account(subject: str) -> Account:
    account = Account.objects.filter(subject=subject, is_active=True).first()
    if account is None:
        raise NotFound(what="account", key=subject)
    return account


def _instant(text: str) -> Instant:
    """What a field of day and time sends: local time."""
    try:
        return micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(settings.TIME_ZONE)))
    except ValueError:
        raise Invalid(place=_("From, until"), why="Please choose day and time.") from None


def _show(request: HttpRequest, status: int = 200) -> HttpResponse:
    subject = _alone(request)
    reads, ends = guard_for(subject, "read"), guard_for(subject, "update")
    rows = Absence.objects.select_related("account", "deputy")
    if not _all(reads):
        rows = rows.filter(account__subject=subject.id) | rows.filter(deputy__subject=subject.id)
    officers = Account.objects.filter(is_active=True).exclude(unit=None).select_related("unit").order_by("display_name")
    shown = {
        "rows": [_row(one, ends) for one in rows[:_SHOWN]],
        "officers": [{"value": one.subject, "name": f"{one.display_name} · {one.unit}"} for one in officers],
        "own": subject.id,
        "for_others": _all(guard_for(subject, "create")),
        "sent": request.POST,
    }
    return render(request, "desk/absences.html", page(request, "absences", **shown), status=status)


def _all(guard: Guard) -> bool:
    """Whether it reaches everybody's: a policy that asks for nothing of the row."""
    return allows(guard, RESOURCE)


def _row(absence: Absence, ends: Guard) -> dict[str, Any]:
    now = wall()
    return {
        "id": absence.pk,
        "absent": absence.account.display_name,
        "deputy": absence.deputy.display_name,
        "start": absence.start,
        "until": absence.until,
        "reason": absence.reason,
        "state": _("over") if absence.until <= now else _("now") if absence.start <= now else _("to come"),
        "may_end": absence.until > now and allows(ends, RESOURCE, {"account": absence.account.subject}),
    }
