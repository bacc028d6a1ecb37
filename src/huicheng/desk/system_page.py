"""``/admin/``: the system administrator's page: settings as they stand, the clock, the working calendar."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.alarms import calendar_changed
from huicheng.cases.times import calendar, case_clock, case_now, forget_calendar
from huicheng.desk.centre_words import clock_remark
from huicheng.desk.limits import case_day
from huicheng.desk.reading import page
from huicheng.platform import current
from huicheng.stores import Blocking, Rows, Transaction
from huicheng.web.texts import in_language

#: Settings of the environment (docs/reference/settings.md); secrets are never shown.
_SETTINGS = (
    "HUICHENG_DATA",
    "HUICHENG_DEMO",
    "HUICHENG_HOSTS",
    "HUICHENG_HTTPS",
    "HUICHENG_PACKS",
    "HUICHENG_BOUNDARY_FILE",
    "HUICHENG_MAP_TILES",
    "HUICHENG_MAP_APPROVAL",
)
_SOURCE = "本地录入 · entered here"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def system_page(request: HttpRequest) -> HttpResponse:
    """A POST enters one day of the calendar, or says that a year of it is complete."""
    subject = subject_of(request.user)
    demand(guard_for(subject, "read"), "read", "setting")
    if request.method == "POST":
        demand(guard_for(subject, "update"), "update", "calendar")
        error = _complete(request) if request.POST.get("do") == "year" else _enter(request)
        if not error:
            messages.success(request, _("It has been entered. Clocks are reckoned by it within seconds."), "good")
            return redirect("desk:system")
        messages.error(request, error, "bad")
    shown = {
        "settings": [{"name": name, "value": os.environ.get(name, "")} for name in _SETTINGS],
        "packs": [
            {"name": in_language(pack.manifest.name), "id": pack.id, "version": pack.manifest.version}
            for pack in current().packs
        ],
        "clock": clock_remark(case_clock()) or _("wall clock"),
        "now": case_now(),
        "days": list(_days()),
        "years": _years(),
        "next_year": max(_years(), default=case_day().year) + 1,
        "sent": request.POST,
    }
    return render(request, "desk/system.html", page(request, "system", **shown))


def _days() -> Iterator[dict[str, Any]]:
    """The exceptions, newest first."""
    rows = Blocking(current().store).rows("calendar.days")
    for row in sorted(rows, key=lambda row: str(row["day"]), reverse=True):
        yield {"day": row["day"], "working": bool(row["working"]), "name": row["name"], "source": row["source"]}


def _enter(request: HttpRequest) -> str:
    """Write the day; the error, or "" when it is written."""
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        return _("This is not a day.")
    working, name = request.POST.get("working") == "1", request.POST.get("name", "").strip()[:60]
    facts = {"day": day.isoformat(), "working": working, "name": name}
    audit(subject_of(request.user), "update", "calendar", facts)
    row = (day.isoformat(), int(working), name, _SOURCE)
    _put("calendar.put_day", row)
    calendar_changed(calendar().hours.midnight(day))
    return ""


def _years() -> list[int]:
    """Years whose arrangement is in the table, in order."""
    return sorted(int(row["year"]) for row in Blocking(current().store).rows("calendar.years"))


def _complete(request: HttpRequest) -> str:
    """Write that a year is complete; the error, or "" when it is written. A year without a holiday is not."""
    text = request.POST.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else 0
    if not any(str(row["day"]).startswith(f"{year:04d}-") for row in Blocking(current().store).rows("calendar.days")):
        return _("Enter the holidays and working weekends of that year first.")
    audit(subject_of(request.user), "update", "calendar", {"year": year})
    _put("calendar.put_year", (year, _SOURCE))
    calendar_changed(calendar().hours.midnight(date(year, 1, 1)))
    return ""


def _put(statement: str, row: tuple[Any, ...]) -> None:
    Blocking(current().store).commit(Transaction(rows=[Rows(statement=statement, parameters=[row])]))
    forget_calendar()
