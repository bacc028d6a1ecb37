"""Which language a page speaks: Chinese first; ``?lang=en`` chooses, is remembered, and keeps the address."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

_YEAR = 365 * 24 * 3600


class LanguageMiddleware:
    """The cookie decides, else Chinese. The browser's own list does not: the pages are Chinese first.

    A GET with ``lang`` remembers the choice and goes on to the same address without it, so that
    an address can be shared in either language and every page can link to itself in the other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("lang", "")
        if request.method == "GET" and wanted in _known():
            return _remember(_without_choice(request), wanted)
        spoken = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        with translation.override(spoken if spoken in _known() else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self._get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


def _known() -> list[str]:
    return [code for code, _ in settings.LANGUAGES]


def _without_choice(request: HttpRequest) -> str:
    """Path and query without ``lang``. The path is our own, so ``//elsewhere`` cannot come of it."""
    rest = request.GET.copy()
    del rest["lang"]
    path = "/" + request.path.lstrip("/")
    return f"{path}?{rest.urlencode()}" if rest else path


def _remember(address: str, language: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
    return response
