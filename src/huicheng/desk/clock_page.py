"""``/desk/cases/<number>/clock/``: every stretch of time since opening, counted or not, and why (N4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.units import unit_names
from huicheng.cases.clockwork import stay_limit
from huicheng.cases.kinds import kind_of
from huicheng.cases.limit_course import limit_course
from huicheng.cases.models import Case
from huicheng.cases.reading import ClockReading, clock_of, find
from huicheng.cases.standards import RESOURCE as STANDARD
from huicheng.desk.case_facts import facts_of
from huicheng.desk.clocks import clock_words, limit_words, unit_words
from huicheng.desk.reading import page, reader_of
from huicheng.desk.standards_page import address_of
from huicheng.web.figures import figure
from huicheng.web.texts import in_language

_MINUTE = 60_000_000


@never_cache
@login_required
@require_safe
def clock_page(request: HttpRequest, number: str) -> HttpResponse:
    """The sum of the last row is what the case page shows as used."""
    reader = reader_of(request)
    case = find(reader.guard, number)
    reading = clock_of(case)
    shown = {
        "case": facts_of(reader, case),
        "clock": clock_words(reading),
        "rows": list(_rows(reading)),
        "course": list(_course(case, reading)),
        "stays": list(_stays(case)),
        "standard": case.standard,
        "standard_address": address_of((case.kind, case.category, case.condition)) if reader.may(STANDARD) else "",
    }
    return render(request, "desk/clock.html", page(request, "inbox", **shown))


def _rows(reading: ClockReading) -> Iterator[dict[str, Any]]:
    counted = 0
    for span in reading.spans:
        length = span.end - span.start
        counted += length if span.counted else 0
        why = _(str(span.reason))
        yield {
            "start": span.start,
            "end": span.end,
            "counts": span.counted,
            "why": f"{why} ({span.name})" if span.name else why,
            "assumed": span.assumed,
            "minutes": length // _MINUTE,
            "sum": counted // _MINUTE,
        }


def _course(case: Case, reading: ClockReading) -> Iterator[dict[str, Any]]:
    """How the limit came about, step by step."""
    unit = unit_words(reading.limit)
    for step in limit_course(case):
        amount = "" if step.amount is None else f"{figure(step.amount)} {unit}"
        words = {
            "set": _("Limit set: %(amount)s") % {"amount": amount} if amount else _("Limit set; replaced since"),
            "extended": _("Extended by %(amount)s") % {"amount": amount},
            "restarted": _("The clock was started anew"),
        }[step.kind]
        yield {"at": step.at, "words": words}


def _stays(case: Case) -> Iterator[dict[str, Any]]:
    """The stages that the case has been in, each with its own clock."""
    units, stages = unit_names(), kind_of(case.kind).stages
    for stay in case.stages.order_by("event_seq"):
        limit = stay_limit(stay)
        stage = stages.get(stay.stage)
        yield {
            "stage": in_language(stage.name) if stage else stay.stage,
            "unit": units.get(stay.unit, stay.unit),
            "start": stay.counts_from,
            "end": stay.left_at,
            "limit": limit_words(limit) if limit else "",
            "due": stay.due_at,
            "in_time": stay.in_time,
        }
