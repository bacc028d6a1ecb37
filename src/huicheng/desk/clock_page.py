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

from huicheng.cases.reading import ClockReading, clock_of, find
from huicheng.desk.case_facts import facts_of
from huicheng.desk.clocks import clock_words
from huicheng.desk.reading import page, reader_of

_MINUTE = 60_000_000


@never_cache
@login_required
@require_safe
def clock_page(request: HttpRequest, number: str) -> HttpResponse:
    """The sum of the last row is what the case page shows as used."""
    reader = reader_of(request)
    case = find(reader.guard, number)
    reading = clock_of(case)
    shown = {"case": facts_of(reader, case), "clock": clock_words(reading), "rows": list(_rows(reading))}
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
