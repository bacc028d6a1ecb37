"""``POST /report/hints/``: while somebody writes: likely categories, and open cases that may be the same (W4.1, W8.4).

Nothing of what is sent is kept. Of other people's cases only what is public is compared and shown.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from huicheng.accounts.attempts import spend
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.cases.duplicates import Likeness, Matter, similar
from huicheng.cases.kinds import category_of, kind_of, public_categories
from huicheng.cases.suggesting import suggest
from huicheng.cases.times import case_now
from huicheng.web.moments import day
from huicheng.web.texts import in_language

#: In a quarter of an hour from one address.
_ASKED = 150
#: Signs: fewer say nothing yet, more are not read.
_SHORTEST, _LONGEST = 6, 2_000
#: Less sure than this is not worth a citizen's glance.
_SURE = 0.2


@never_cache
@sensitive_post_parameters()
@require_POST
def hints(request: HttpRequest) -> JsonResponse:
    """``{"categories": [...], "similar": [...]}``, both perhaps empty."""
    return JsonResponse(likely(request))


def likely(request: HttpRequest) -> dict[str, Any]:
    """The same for the page of the form; ``TooManyAttempts`` for an address that asks all the time."""
    spend({f"hints from {request.META.get('REMOTE_ADDR', '')}": _ASKED})
    sent = request.POST
    text = sent.get("description", "").strip()[:_LONGEST]
    kind, _colon, category = sent.get("category", "").partition(":")
    public = {(one.kind, one.category): one.name for one in public_categories()}
    categories = suggest(text, list(public)).categories if len(text) >= _SHORTEST else []
    similar_ones = [] if (kind, category) not in public else _similar(request, kind, category, text)
    return {
        "categories": [
            {
                "value": f"{one.kind}:{one.category}",
                "name": in_language(public[one.kind, one.category]),
                "confidence": one.confidence,
            }
            for one in categories
            if one.confidence >= _SURE
        ],
        "similar": [_line(one) for one in similar_ones],
    }


def _similar(request: HttpRequest, kind: str, category: str, text: str) -> list[Likeness]:
    place = _place(request.POST)
    if place is None and not request.POST.get("division"):
        return []
    division = request.POST.get("division", "")
    matter = Matter(kind=kind, category=category, text=text, place=place, division=division, at=case_now())
    return similar(matter, guard_for(subject_of(request.user), "read"))


def _place(sent: Any) -> tuple[float, float] | None:
    try:
        return float(sent.get("longitude", "")), float(sent.get("latitude", ""))
    except ValueError:
        return None


def _line(one: Likeness) -> dict[str, str]:
    case = one.case
    near = _("%(metres)s m away") % {"metres": round(one.metres)} if one.metres is not None else ""
    says = (near, in_language(kind_of(case.kind).states[case.state].public), day(case.opened_at))
    return {
        "name": in_language(category_of(case.kind, case.category).name),
        "says": " · ".join(part for part in says if part),
        "address": reverse("portal:follow"),
    }
