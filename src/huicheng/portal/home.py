"""``/``: report, ask, follow; and the air nearby (W8.4)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from huicheng.portal.air import airs_of

#: More are on the map.
_MOST = 12


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return render(request, "portal/home.html", {"airs": airs_of(request)[:_MOST]})
