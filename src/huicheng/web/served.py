"""The built front end under ``/static/dist/``: names carry a digest of the content, so they hold for ever."""

from __future__ import annotations

import mimetypes

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from huicheng.web.front_end import BUILT

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0e5a61"/>'
    '<path d="M6 24V14l5-4v14zm7 0V8l7-4v20zm9 0V13l4 3v8z" fill="#fff"/></svg>'
)
_TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}


@require_safe
def built_file(request: HttpRequest, path: str) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """One file of the build; anything outside its folder is not there."""
    file = (BUILT / path).resolve()
    if not file.is_relative_to(BUILT) or not file.is_file():
        raise Http404
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    response = HttpResponse(file.read_bytes(), content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def icon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """``/icon.svg``: three houses."""
    response = HttpResponse(_ICON, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
