"""``/desk/indicators/``: each figure opens to formula, version, run and rows (N4, W8.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import demand
from huicheng.city import Entity, rfc3339
from huicheng.desk.gauges import KPI, newest_of
from huicheng.desk.reading import page, reader_of
from huicheng.errors import NotFound
from huicheng.indicators.models import Run, RunRow
from huicheng.indicators.reading import Figure, RunReport, latest
from huicheng.indicators.reading import figure as figure_of
from huicheng.indicators.reading import run as run_of
from huicheng.packs import Indicator, IndicatorVersion
from huicheng.web.figures import figure, symbol
from huicheng.web.reading import Reader, content
from huicheng.web.texts import in_language

#: Runs listed and drawn.
_MOST_RUNS = 60


@never_cache
@login_required
@require_safe
def indicators_page(request: HttpRequest) -> HttpResponse:
    """Every indicator with its newest value."""
    reader = reader_of(request)
    values = reader.find(KPI) if reader.may(KPI) else []
    shown = [_card(one, values) for one in latest()] if reader.may(KPI) else []
    return render(request, "desk/indicators.html", page(request, "indicators", indicators=shown))


def _card(one: Figure, values: list[Entity]) -> dict[str, Any]:
    """The value as the city holds it, so that it is the same as at the data doors."""
    newest = newest_of(one.indicator, values)
    held = content(newest, "kpiValue") if newest else None
    return {
        "address": reverse("desk:indicator", args=one.indicator.split("/", 1)),
        "value": None if held is None else figure(held),
        "period": content(newest, "period", "") if newest else _("not calculated yet"),
        **_facts(one.declared),
    }


@never_cache
@login_required
@require_safe
def indicator_page(request: HttpRequest, pack: str, name: str) -> HttpResponse:
    """One indicator: the newest run, or the one that ``?run=`` names."""
    reader, key = reader_of(request), f"{pack}/{name}"
    demand(reader.guard, "read", KPI)
    found = figure_of(key)
    wanted = request.GET.get("run") or (found.run.pk if found.run else "")
    shown: dict[str, Any] = {"indicator": _facts(found.declared), "run": None}
    if wanted:
        report = run_of(wanted)
        if report.run.indicator != key:
            raise NotFound(what="run", key=wanted)
        shown |= _opened(reader, report)
    return render(request, "desk/indicator.html", page(request, "indicators", **shown))


def _opened(reader: Reader, report: RunReport) -> dict[str, Any]:
    """One run with all that it rests on."""
    runs = sorted((report.run, *report.others), key=lambda run: run.calculated_at, reverse=True)
    return {
        "run": _run(report.run),
        "rows": _rows(reader, report.rows),
        "rows_kept": report.rows_kept,
        "runs": [_run(one) for one in runs[:_MOST_RUNS]],
        "formula": _version(report.version),
        "series": _series(report, runs),
    }


def _facts(declared: Indicator) -> dict[str, Any]:
    return {
        "name": in_language(declared.name),
        "unit": symbol(declared.unit),
        "target": None if declared.target is None else figure(declared.target),
        "source": declared.source,
        "verified": declared.verified,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "value": None if run.value is None else figure(float(run.value)),
        "numerator": run.numerator,
        "denominator": run.denominator,
        "period": run.period,
        "calculated_at": run.calculated_at,
        "digest": run.digest[:16],
        "address": f"?run={run.pk}",
    }


def _rows(reader: Reader, rows: Sequence[RunRow]) -> list[dict[str, Any]]:
    """The rows that the reader may see; what the policies hide is counted but not named."""
    seen = {entity.id for entity in reader.find("Case", ids=[row.entity for row in rows])} if rows else set()
    return [
        {
            "name": row.entity.rpartition(":")[2],
            "address": reverse("desk:case", args=[row.entity.rpartition(":")[2]]),
            "version": row.version,
            "counts": row.in_numerator,
        }
        for row in rows
        if row.entity in seen
    ]


def _version(version: IndicatorVersion) -> dict[str, Any]:
    return {
        "words": in_language(version.words),
        "numerator": version.numerator,
        "denominator": version.denominator,
        "version": version.version,
        "from": version.valid_from.isoformat(),
    }


def _series(report: RunReport, runs: Sequence[Run]) -> dict[str, Any]:
    target = report.declared.target
    return {
        "points": [[rfc3339(one.calculated_at), float(one.value)] for one in reversed(runs) if one.value is not None],
        "unit": symbol(report.declared.unit),
        "limit": None
        if target is None
        else {"value": target, "name": _("target %(value)s") % {"value": figure(target)}},
        "marked": [rfc3339(report.run.calculated_at)],
    }
