"""``/desk/evaluation/bulletins/``: the month's tables as PDF, made once and printed the same ever after."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huicheng.access import allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.times import case_now
from huicheng.city import Instant
from huicheng.desk.bulletin_content import content_of, file_name
from huicheng.desk.evaluation_question import RESOURCE, guard_of, zone
from huicheng.desk.evaluation_table import address
from huicheng.desk.reading import page
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.indicators.bulletins import bulletin, bulletins, issue, month_of, runs_of, tables_of
from huicheng.indicators.evaluation import scheme_as_it_was
from huicheng.indicators.models import Bulletin
from huicheng.indicators.printing import bulletin_pdf as printed
from huicheng.indicators.spans import month_before
from huicheng.web.texts import in_language, problem_of


def make(month: str, by: str, now: Instant) -> Bulletin:
    """The bulletin of a month that is over; the last issue where nothing has changed. ``Invalid``."""
    period = month_of(month, now, zone())
    tables = tables_of(period, now, zone())
    if not tables:
        raise Invalid(place="month", why="Nothing was evaluated in that month.")
    return issue(period.label, tables, lambda number: content_of(period, number, tables, now), by=by, at=now)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulletins_page(request: HttpRequest) -> HttpResponse:
    """All of them; whoever may keep runs makes one."""
    guard = guard_of(request)
    demand(guard, "read", RESOURCE, {})
    if request.method == "POST":
        return _make(request)
    may_make = allows(guard_for(subject_of(request.user), "create"), RESOURCE, {})
    shown = {
        "bulletins": [_shown(one) for one in bulletins()],
        "may_make": may_make,
        "month": month_before(case_now(), zone()).label,
    }
    return render(request, "desk/bulletins.html", page(request, "evaluation", **shown))


def _make(request: HttpRequest) -> HttpResponse:
    subject = subject_of(request.user)
    demand(guard_for(subject, "create"), "create", RESOURCE, {})
    try:
        made = make(request.POST.get("month", ""), subject.id, case_now())
    except HuichengError as error:
        messages.error(request, problem_of(error), extra_tags="bad")
    else:
        said = _("Bulletin of %(month)s, issue %(issue)d.") % {"month": made.month, "issue": made.issue}
        messages.success(request, said, extra_tags="good")
    return redirect("desk:bulletins")


def _shown(one: Bulletin) -> dict[str, Any]:
    return {
        "month": one.month,
        "issue": one.issue,
        "name": f"{one.month}-{one.issue}",
        "made_at": one.made_at,
        "runs": [
            {"id": run.pk, "address": address(run.scheme, run=run.pk), "name": in_language(scheme_as_it_was(run).name)}
            for run in runs_of(one)
        ],
    }


@never_cache
@login_required
@require_safe
def bulletin_pdf(request: HttpRequest, name: str) -> HttpResponse:
    """``2026-10-1.pdf``, in the language of the page or of ``?language=``."""
    demand(guard_of(request), "read", RESOURCE, {})
    month, _dash, number = name.rpartition("-")
    if not number.isdecimal():
        raise NotFound(what="bulletin", key=name)
    found = bulletin(month, int(number))
    language = request.GET.get("language", get_language() or "")
    language = language if language in found.content else "zh-hans"
    answer = HttpResponse(printed(found.content[language], found.made_at), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{file_name(found, language)}"'
    return answer
