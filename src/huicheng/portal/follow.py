"""``/follow/``: how far it is, in plain language, for who has number and code."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from huicheng.cases.following import PublicCase, follow
from huicheng.errors import HuichengError
from huicheng.web.texts import in_language, problem_of, remedy_of


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def follow_page(request: HttpRequest) -> HttpResponse:
    """The code is only ever posted, so that it is in no address, log or history."""
    sent = request.POST if request.method == "POST" else request.GET
    number = sent.get("number", "").strip()[:16]
    shown: dict[str, Any] = {"number": number}
    status = 200
    if request.method == "POST":
        try:
            shown["followed"] = _shown(
                follow(number, request.POST.get("code", ""), address=request.META.get("REMOTE_ADDR", ""))
            )
        except HuichengError as error:
            shown |= {"problem": problem_of(error), "remedy": remedy_of(error)}
            status = error.status
    return render(request, "portal/follow.html", shown, status=status)


def _shown(case: PublicCase) -> dict[str, Any]:
    return {
        "title": in_language(case.category),
        "number": case.number,
        "public_state": in_language(case.state),
        "closed": case.closed_at is not None,
        "unit": case.unit,
        "due_at": case.due_at,
        "closed_at": case.closed_at,
        "steps": [{"at": step.at, "words": in_language(step.state)} for step in case.steps],
    }
