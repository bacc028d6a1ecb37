"""What makes the collectors' page one that a telephone keeps: the service worker and the manifest."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huicheng.web.front_end import ADDRESS, BUILT, entry


@require_safe
def worker_script(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """The built service worker, at an address that makes it the worker of ``/desk/collect/`` and of nothing else."""
    built = entry("collect-worker")
    if built is None:
        raise Http404
    content = (BUILT / built.script.removeprefix(ADDRESS)).read_bytes()
    response = HttpResponse(content, content_type="text/javascript")
    # The browser asks for it at each visit, so that a new version comes at once.
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """So that the page can be put on the telephone's first screen (W3C Web Application Manifest)."""
    address = reverse("desk:collect")
    known = {
        "name": _("Huicheng · Collecting"),
        "short_name": _("Collecting"),
        "start_url": address,
        "scope": address,
        "display": "standalone",
        "background_color": "#f6f7f3",
        "theme_color": "#0e5a61",
        "icons": [{"src": reverse("icon"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(known, content_type="application/manifest+json")
