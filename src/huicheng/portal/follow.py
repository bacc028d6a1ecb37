"""``/follow/``: how far it is, in plain language, and what its reporter may still do, with number and code."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from huicheng.cases.following import prove, reporter_of
from huicheng.errors import HuichengError, NotFound
from huicheng.portal.matter import NOTHING, act_as, shown
from huicheng.web.texts import problem_of, remedy_of

#: Neither is said to be the wrong one: numbers can be guessed.
_BOTH = gettext_noop("Check both. Whoever has lost the code can report again, or call 12345.")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def follow_page(request: HttpRequest) -> HttpResponse:
    """The code is only ever posted, so that it is in no address, log or history; each act posts it again."""
    sent = request.POST if request.method == "POST" else request.GET
    number = sent.get("number", "").strip()[:16]
    page: dict[str, Any] = {"number": number}
    status = 200
    if request.method == "POST":
        try:
            page |= _followed(request, number)
            status = page["followed"]["said"].status
        except NotFound:
            page |= {"problem": _("Number and code do not fit together."), "remedy": _(_BOTH)}
            status = NotFound.status
        except HuichengError as error:
            page |= {"problem": problem_of(error), "remedy": remedy_of(error)}
            status = error.status
    return render(request, "portal/follow.html", page, status=status)


def _followed(request: HttpRequest, number: str) -> dict[str, Any]:
    code = request.POST.get("code", "")[:40]
    case = prove(number, code, address=request.META.get("REMOTE_ADDR", ""))
    actor = reporter_of(case)
    said = act_as(request, case, actor) if "do" in request.POST else NOTHING
    case.refresh_from_db()
    return {"followed": shown(case, actor, said), "code": code}
