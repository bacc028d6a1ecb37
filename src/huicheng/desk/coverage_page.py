"""``/desk/coverage/``: where the city is sensed and where not, cell by cell of the grid (W1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.accounts.guards import audit
from huicheng.desk.coverage_drawing import Drawing, drawing_of
from huicheng.desk.reading import page, reader_of
from huicheng.devices.coverage import Coverage, Covered, coverage
from huicheng.devices.register import DEVICE, senses_known
from huicheng.errors import Refused
from huicheng.platform import current
from huicheng.web.figures import figure
from huicheng.web.paging import page_number, paging
from huicheng.web.reading import Reader
from huicheng.web.spreadsheet import csv_answer
from huicheng.web.texts import in_language

_PAGE_SIZE = 40
_FIRST = "airPollution"


@never_cache
@login_required
@require_safe
def coverage_page(request: HttpRequest) -> HttpResponse:
    """The share, the cells without, and a drawing of all; for one thing that is sensed."""
    reader, senses = _asked(request)
    found = _found(reader, senses)
    lacking = [one for one in found.cells if not one.working]
    number = page_number(request)
    shown = {
        "senses": _choices(senses),
        "chosen": in_language(senses_known()[senses]),
        "cells": len(found.cells),
        "covered": found.covered,
        "share": None if found.share is None else figure(round(100 * found.share, 1)),
        "drawing": drawing_of(found) if found.cells else Drawing(),
        "rows": [_row(one) for one in lacking[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]],
        "lacking": len(lacking),
        **paging(number, len(lacking), _PAGE_SIZE),
        "asked": senses,
    }
    return render(request, "desk/coverage.html", page(request, "coverage", **shown))


@never_cache
@login_required
@require_safe
def coverage_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every cell with what covers it, as a table for other programs. Audited."""
    reader, senses = _asked(request)
    audit(reader.guard.subject, "read", DEVICE, {"as": "csv", "coverage": senses})
    return csv_answer("coverage.csv", _table(_found(reader, senses)))


def _asked(request: HttpRequest) -> tuple[Reader, str]:
    reader, known = reader_of(request), senses_known()
    if not reader.may(DEVICE) or not known:
        raise Refused(action="read", resource=DEVICE)
    senses = request.GET.get("senses", "")
    return reader, senses if senses in known else _FIRST


def _found(reader: Reader, senses: str) -> Coverage:
    grid = current().grid
    return coverage(reader, grid, senses) if grid else Coverage(cells=())


def _choices(chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": key, "name": in_language(words), "chosen": key == chosen} for key, words in senses_known().items()
    ]


def _row(one: Covered) -> dict[str, Any]:
    longitude, latitude = one.place
    return {"code": one.cell.code, "broken": one.broken, "longitude": f"{longitude:.5f}", "latitude": f"{latitude:.5f}"}


def _table(found: Coverage) -> Iterator[Sequence[Any]]:
    yield [_("Grid cell"), _("Longitude"), _("Latitude"), _("Working"), _("Not working")]
    for one in found.cells:
        yield [one.cell.code, f"{one.place[0]:.5f}", f"{one.place[1]:.5f}", one.working, one.broken]
