"""``/desk/hotline/``: the seat at which calls are taken down: one form, all by keys (W4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huicheng.access import Subject
from huicheng.accounts.subjects import subject_of
from huicheng.cases.callers import cases_of_caller
from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import category_of, kind_of, state_of
from huicheng.cases.models import Case, Source
from huicheng.cases.opening import THEN, Then, at_once, open_by_officer, openable
from huicheng.desk import hints
from huicheng.desk.form_fields import field_shown
from huicheng.desk.opening_form import form_shown, opening_of
from huicheng.desk.opening_page import fault_place
from huicheng.desk.reading import page
from huicheng.desk.receipts import hand_out
from huicheng.errors import HuichengError, Refused
from huicheng.packs import Transition
from huicheng.web.opening_words import opening_words
from huicheng.web.sent import sent_in
from huicheng.web.texts import in_language, problem_of, remedy_of


def hotline_kinds(subject: Subject) -> dict[str, str]:
    """Kinds of calls that this person may take, with their names; ``Refused`` when there is none."""
    offered = {
        name: in_language(kind.name) for name, kind in openable(subject).items() if kind.source == Source.HOTLINE.value
    }
    if not offered:
        raise Refused(action="case.open", resource="Case")
    return offered


@never_cache
@login_required
@sensitive_post_parameters("name", "telephone")
@require_http_methods(["GET", "POST"])
def seat_page(request: HttpRequest) -> HttpResponse:
    """The empty form, or what is wrong with a sent one; a good one leads to number and code."""
    subject = subject_of(request.user)
    name = _chosen(request, hotline_kinds(subject))
    if request.method == "GET":
        return _seat(request, name, subject)
    if "look" in request.POST:
        return _seat(request, name, subject, likely=hints.likely(request))
    try:
        opened = open_by_officer(opening_of(request, name, then=_then(request, name)), subject)
    except FormInvalid as error:
        return _seat(request, name, subject, errors=error.errors, status=error.status)
    except HuichengError as error:
        said = {fault_place(error): f"{problem_of(error)} {remedy_of(error)}"}
        return _seat(request, name, subject, errors=said, status=error.status)
    return hand_out(request, opened, f"{reverse('desk:hotline')}?kind={name}")


@never_cache
@login_required
@sensitive_post_parameters("name", "telephone")
@require_POST
def caller_page(request: HttpRequest) -> HttpResponse:
    """The same form as it stands, with what this caller has reported before; the look-up is audited."""
    subject = subject_of(request.user)
    name = _chosen(request, hotline_kinds(subject))
    found = cases_of_caller(request.POST.get("telephone", "")[:30], subject)
    return _seat(request, name, subject, history=[_earlier(case) for case in found])


def _chosen(request: HttpRequest, offered: Mapping[str, str]) -> str:
    wanted = request.POST.get("kind", "") or request.GET.get("kind", "")
    return wanted if wanted in offered else next(iter(offered))


def _then(request: HttpRequest, name: str) -> Then | None:
    action = request.POST.get("then", "")
    row = kind_of(name).transitions.get(action)
    return Then(action=action, form=sent_in(request, row.form, _prefix(action))) if row else None


def _prefix(action: str) -> str:
    return f"t-{action}-"


def _earlier(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "title": case.title,
        "category": in_language(category_of(case.kind, case.category).name),
        "state": in_language(state_of(case.kind, case.state).name),
        "open": case.closed_at is None,
        "at": case.opened_at,
    }


def _seat(  # noqa: PLR0913 - what the page is made of, name by name
    request: HttpRequest,
    name: str,
    subject: Subject,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    history: list[dict[str, Any]] | None = None,
    likely: dict[str, Any] | None = None,
) -> HttpResponse:
    errors = errors or {}
    shown = {
        **form_shown(request, name, errors),
        "kinds": [{"key": key, "name": words, "chosen": key == name} for key, words in hotline_kinds(subject).items()],
        "endings": [_ending(request, key, row, errors) for key, row in at_once(name, subject).items()],
        "then": request.POST.get("then", ""),
        "history": history,
        "likely": likely,
        "seat": subject.id,
        "words": {**opening_words(), "draft-kept": _("What was written here at {at} and not sent is back.")},
    }
    return render(request, "desk/hotline.html", page(request, "hotline", **shown), status=status)


def _ending(request: HttpRequest, action: str, row: Transition, errors: Mapping[str, str]) -> dict[str, Any]:
    chosen = request.POST.get("then", "") == action
    fields = [
        field_shown(
            f"{_prefix(action)}{name}",
            field,
            request.POST.get(f"{_prefix(action)}{name}", ""),
            errors.get(f"{THEN}{name}", "") if chosen else "",
        )
        for name, field in row.form.items()
        if field.kind != "photo"
    ]
    return {"action": action, "name": in_language(row.name), "chosen": chosen, "fields": fields}
