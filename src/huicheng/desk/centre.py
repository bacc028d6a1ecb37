"""``/operations/``: the district as it is now, for one screen or a wall (W8.1)."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from huicheng.cases.times import case_clock, case_now
from huicheng.city import rfc3339
from huicheng.desk.centre_words import centre_words, clock_remark
from huicheng.desk.gauges import KPI, gauges
from huicheng.desk.happenings import happenings
from huicheng.desk.limits import case_day, limits_of
from huicheng.desk.reading import reader_of
from huicheng.desk.rules_page import anchor
from huicheng.platform import current
from huicheng.web.reading import Reader
from huicheng.web.stations import Station, legend, stations
from huicheng.web.texts import in_language


@never_cache
@ensure_csrf_cookie
@require_safe
def centre_page(request: HttpRequest) -> HttpResponse:
    """The page, with what it shows at first, so that it is right before the first event."""
    reader = reader_of(request)
    shown = {
        "state": _state(reader),
        "words": centre_words(),
        "addresses": {
            "state": reverse("desk:operations-state"),
            "events": f"/events?types={quote(','.join(_watched()))}",
            "outline": reverse("outline"),
            "temporal": "/ngsi-ld/v1/temporal/entities/",
            "tiles": os.environ.get("HUICHENG_MAP_TILES", ""),
        },
        "legend": legend(),
        "may_see": reader.may("Alert"),
        "wall": request.GET.get("wall") == "1",
        "clock": clock_remark(case_clock()),
    }
    return render(request, "operations/centre.html", shown)


def _watched() -> list[str]:
    """Types whose changes the page wants to hear of."""
    shown = {layer.entity_type for pack in current().packs for layer in pack.screens.layers.values()}
    return sorted({"Alert", "Case", KPI} | shown)


@never_cache
@require_safe
def centre_state(request: HttpRequest) -> JsonResponse:
    """``/operations/state.json``: the same again, after something has changed."""
    return JsonResponse(_state(reader_of(request)))


def _state(reader: Reader) -> dict[str, Any]:
    return {
        "now": rfc3339(case_now()),
        "asker": reader.guard.subject.id,
        "stations": [_shown(station) for station in stations(reader)],
        "happenings": happenings(reader),
        "gauges": gauges(reader),
    }


def _shown(station: Station) -> dict[str, Any]:
    return {
        "id": station.id,
        "type": station.type,
        "name": station.name,
        "note": station.note,
        "place": station.place,
        "state": station.state,
        "figureName": station.figure_name,
        "figure": station.figure,
        "unit": station.unit,
        "attribute": station.attribute,
        "observedAt": rfc3339(station.observed_at) if station.observed_at is not None else None,
        "values": [{"name": one.name, "value": one.value} for one in station.values],
        "rules": _rules_over(station.type),
    }


def _rules_over(type: str) -> list[dict[str, str]]:
    """The rules that watch a type, each with the limits of the case clock's day."""
    today = case_day()
    return [
        {
            "name": in_language(rule.name),
            "limit": " · ".join(
                _limit_words(row) for row in limits_of(rule, today) if row["today"] and row["averaging"]
            ),
            "url": f"{reverse('desk:rules')}#{anchor(f'{pack.id}/{name}')}",
        }
        for pack in current().packs
        for name, rule in pack.rules.items()
        if rule.entity_type == type
    ]


def _limit_words(row: dict[str, Any]) -> str:
    return f"{row['value'] or '?'} {row['unit']}"
