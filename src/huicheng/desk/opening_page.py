"""``/desk/open/``: what this person may open; ``/desk/open/<pack>/<kind>/``: the form of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from huicheng.accounts.subjects import subject_of
from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import kind_of
from huicheng.cases.opening import open_by_officer, openable
from huicheng.desk.hints import likely
from huicheng.desk.opening_form import form_shown, opening_of
from huicheng.desk.reading import page
from huicheng.desk.receipts import hand_out
from huicheng.errors import HuichengError, Refused
from huicheng.web.opening_words import opening_words
from huicheng.web.texts import in_language, problem_of, remedy_of


@never_cache
@login_required
@require_safe
def kinds_page(request: HttpRequest) -> HttpResponse:
    """Every kind that this person may open."""
    offered = [
        {"name": in_language(kind.name), "address": address_of(name), "confidential": kind.confidential}
        for name, kind in openable(subject_of(request.user)).items()
    ]
    return render(request, "desk/open.html", page(request, "open", offered=offered))


def address_of(name: str) -> str:
    """The page on which a kind is opened: calls have the hotline's seat."""
    if kind_of(name).source == "hotline":
        return reverse("desk:hotline")
    return reverse("desk:open-kind", args=name.split("/"))


@never_cache
@login_required
@sensitive_post_parameters("name", "telephone")
@require_http_methods(["GET", "POST"])
def open_page(request: HttpRequest, pack: str, kind: str) -> HttpResponse:
    """The form; what was written is kept when something is wrong. ``NotFound`` for no kind, ``Refused``."""
    name = f"{pack}/{kind}"
    kind_of(name)
    subject = subject_of(request.user)
    if name not in openable(subject):
        raise Refused(action="case.open", resource="Case")
    if request.method == "GET":
        return _form(request, name, {})
    if "look" in request.POST:
        return _form(request, name, {}, likely=likely(request))
    try:
        opened = open_by_officer(opening_of(request, name), subject)
    except FormInvalid as error:
        return _form(request, name, error.errors, error.status)
    except HuichengError as error:
        return _form(request, name, {fault_place(error): f"{problem_of(error)} {remedy_of(error)}"}, error.status)
    return hand_out(request, opened, request.path)


def fault_place(error: HuichengError) -> str:
    """Where on the page a fault of the whole is told."""
    return "photographs" if error.slug in {"not-an-image", "too-large"} else "all"


def _form(request: HttpRequest, name: str, errors: Mapping[str, str], status: int = 200, **shown: Any) -> HttpResponse:
    shown = {"likely": None, **shown, **form_shown(request, name, errors), "words": opening_words()}
    return render(request, "desk/opening.html", page(request, "open", **shown), status=status)
