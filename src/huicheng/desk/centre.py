"""``/operations/``: the district as it is now, for one screen or a wall (W8.1)."""

from __future__ import annotations

import os
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from huicheng.accounts.subjects import subject_of
from huicheng.cases.times import case_clock, case_now
from huicheng.city import rfc3339
from huicheng.desk.centre_words import centre_words, clock_remark
from huicheng.desk.gauges import KPI, gauges
from huicheng.desk.happenings import happenings
from huicheng.desk.reading import reader_of
from huicheng.desk.simulation_panel import panel_of
from huicheng.platform import current
from huicheng.web.reading import Reader


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
            "events": f"/events?types={','.join(_WATCHED)}",
            "outline": reverse("outline"),
            "thing": reverse("desk:operations-thing"),
            "incident": reverse("desk:operations-incident"),
            "layers": "/operations/layers/",
            "stream": "/operations/stream",
            "replay": "/operations/replay",
            "temporal": "/ngsi-ld/v1/temporal/entities/",
            "tiles": os.environ.get("HUICHENG_MAP_TILES", ""),
        },
        "layers": [one.described() for one in current().layers.values() if reader.may(one.type)],
        "simulation": panel_of(reader, subject_of(request.user)),
        "may_see": reader.may("Alert"),
        "wall": request.GET.get("wall") == "1",
        "clock": clock_remark(case_clock()),
    }
    return render(request, "operations/centre.html", shown)


#: Types whose changes the rails want to hear of; things on the map have a stream of their own.
_WATCHED = ("Alert", "Case", KPI)


@never_cache
@require_safe
def centre_state(request: HttpRequest) -> JsonResponse:
    """``/operations/state.json``: the same again, after something has changed."""
    return JsonResponse(_state(reader_of(request)))


def _state(reader: Reader) -> dict[str, Any]:
    return {
        "now": rfc3339(case_now()),
        "asker": reader.guard.subject.id,
        "happenings": happenings(reader),
        "gauges": gauges(reader),
    }
