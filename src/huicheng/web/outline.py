"""The district's outline for every map, as the composition root has read it."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from huicheng.platform import current


@require_safe
def outline_file(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``/map/outline.json``: GeoJSON features in WGS 84; none where no boundary is set."""
    response = HttpResponse(msgspec.json.encode(current().boundary), content_type="application/geo+json")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
