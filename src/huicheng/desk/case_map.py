"""``/desk/map/``: open cases on the map of the district, window by window, with the filters of the inbox."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import Guard
from huicheng.cases.inbox import Filters
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case
from huicheng.cases.places import placed
from huicheng.cases.reading import hidden_columns
from huicheng.cases.row_clock import row_clock
from huicheng.cases.times import calendar, case_now
from huicheng.cases.visibility import sees_all_text
from huicheng.desk.clocks import line_words
from huicheng.desk.filtering import fields, filters_in
from huicheng.desk.reading import page, reader_of
from huicheng.desk.scopes import scoped, tabs
from huicheng.errors import Invalid
from huicheng.packs import CaseKind
from huicheng.web.map_words import map_words
from huicheng.web.texts import in_language

#: What a point says, beside what every list says of a case.
_SHOWN = ("category", "status", "dueAt")

Window = tuple[float, float, float, float]


@never_cache
@login_required
@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The map, and its filters; a list of what is seen stands beside it for who cannot see a map."""
    reader = reader_of(request)
    scope = request.GET.get("scope") or "all"
    shown = {
        "scopes": tabs(reader.guard, scope),
        "scope": scope,
        "filters": fields(request),
        "addresses": {
            "cases": reverse("desk:map-cases"),
            "case": reverse("desk:case", args=["NUMBER"]),
            "outline": reverse("outline"),
            "tiles": os.environ.get("HUICHENG_MAP_TILES", ""),
        },
        "words": {
            **map_words(),
            "cases": _("{n} cases in this window"),
            "squares": _("{n} cases in this window, shown as numbers; go nearer to see each"),
            "none": _("No case with a place in this window."),
            "unanswered": _("The cases could not be had. Move the map to try again."),
        },
    }
    return render(request, "desk/map.html", page(request, "map", **shown))


@never_cache
@login_required
@require_safe
def map_cases(request: HttpRequest) -> JsonResponse:
    """``/desk/map/cases.json?bbox=west,south,east,north``: points, or numbers in squares, as GeoJSON."""
    reader = reader_of(request)
    filters = scoped(filters_in(request.GET), reader.guard.subject, request.GET.get("scope") or "all")
    found = placed(reader.guard, _within(filters, request.GET.get("bbox", "")))
    features = [
        *_cases(reader.guard, found.cases),
        *(_point(one.longitude, one.latitude, {"count": one.count}) for one in found.squares),
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features, "total": found.total})


def _cases(guard: Guard, cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """Where each is, and what the reader may see of it."""
    now, days, known = case_now(), calendar(), kinds()
    whole = sees_all_text(guard, _SHOWN)
    for case in cases:
        hidden = frozenset[str]() if whole else hidden_columns(guard, case)
        clock = {"short": "", "level": "still"} if "dueAt" in hidden else line_words(row_clock(case, now, days))
        yield _point(case.longitude or 0, case.latitude or 0, _said(case, known.get(case.kind), clock))


def _said(case: Case, kind: CaseKind | None, clock: dict[str, str]) -> dict[str, Any]:
    category = kind.categories.get(case.category) if kind else None
    state = kind.states.get(case.state) if kind else None
    return {
        "number": case.number,
        "name": in_language(category.name) if category else case.category,
        "state": in_language(state.name) if state else case.state,
        "left": clock["short"],
        "level": clock["level"],
    }


def _point(longitude: float, latitude: float, properties: dict[str, Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]}
    return {"type": "Feature", "geometry": place, "properties": properties}


def _within(filters: Filters, text: str) -> Filters:
    return msgspec.structs.replace(filters, within=_window(text))


def _window(text: str) -> Window:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise Invalid(place="bbox", why="A window is four numbers: west, south, east, north.") from None
    if not all(map(math.isfinite, (west, south, east, north))) or west >= east or south >= north:
        raise Invalid(place="bbox", why="A window is four numbers: west, south, east, north.")
    return west, south, east, north
