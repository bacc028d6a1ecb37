"""Pages for what goes wrong: what is wrong, and what to do, in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from huicheng.errors import HuichengError, Refused
from huicheng.web.texts import problem_of, remedy_of

_log = logging.getLogger(__name__)


class ErrorPages:
    """Middleware: a ``HuichengError`` that a view lets through becomes its page, with its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | OSError):
            return unkept(request, error)
        if not isinstance(error, HuichengError):
            return None
        _log.info("%s %s: %s", request.method, request.path, error)
        if isinstance(error, Refused):
            # Which policy is missing is for whoever is asked to grant it.
            return fault_page(request, 403, _("You may not see or do this."), remedy_of(error), problem_of(error))
        return fault_page(request, error.status, problem_of(error), remedy_of(error))


def fault_page(request: HttpRequest, status: int, problem: str, remedy: str, detail: str = "") -> HttpResponse:
    """The page of one fault; ``detail`` in small letters."""
    shown = {"status": status, "problem": problem, "remedy": remedy, "detail": detail}
    return render(request, "web/fault.html", shown, status=status)


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """400: what no form of ours sends: too many fields, too long a text, a broken encoding."""
    return fault_page(
        request,
        400,
        _("What was sent could not be read, so nothing was changed."),
        _("Go back, reload the page, shorten what you wrote and send the form again."),
    )


def unkept(request: HttpRequest, error: Exception) -> HttpResponse:
    """503: the disk refuses, people.db stays locked, or PostgreSQL is gone; it may pass."""
    _log.error("%s %s cannot be kept", request.method, request.path, exc_info=error)
    _recognise(request)
    return fault_page(
        request,
        503,
        _("Nothing can be kept at the moment, so nothing was changed."),
        _("Try again in some minutes. The operator finds the reason in the log; often the disk is full."),
    )


def _recognise(request: HttpRequest) -> None:
    """Who cannot be looked up any more is nobody to the page that says so: it must not fail for the same reason."""
    try:
        bool(request.user.is_authenticated)
    except OperationalError:
        request.user = AnonymousUser()


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403: Django's own refusals."""
    return fault_page(
        request,
        403,
        _("You may not see or do this."),
        _("Sign in with an account that may, or ask the unit that owns it."),
    )


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403: a form without its token."""
    return fault_page(
        request,
        403,
        _("The form was too old, or cookies are switched off, so nothing was changed."),
        _("Allow cookies for this site, go back, reload the page and send the form again."),
    )


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404."""
    return fault_page(
        request,
        404,
        _("There is no page at this address."),
        _("Check the address, or start from the front page."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. The log has the reason; the page does not."""
    return fault_page(
        request,
        500,
        _("Something went wrong on our side. What you sent may not have been kept."),
        _("Try again in a minute. If it happens again, tell the operator the time of day at which it did."),
    )
