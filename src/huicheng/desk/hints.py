"""Hints for officers: likely category and unit, open cases that may be the same. A person decides (W4.1, Q3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from huicheng.access import Guard, allows
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.duplicates import Likeness, Matter, duplicates_of, similar
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.models import Case
from huicheng.cases.reading import Offer, actions_for, find
from huicheng.cases.suggesting import Choice, Suggestions, suggest, suggest_unit
from huicheng.cases.times import case_now
from huicheng.cases.visibility import RESOURCE
from huicheng.desk.reading import reader_of
from huicheng.web.moments import moment
from huicheng.web.texts import in_language

_SHORTEST = 4


@never_cache
@login_required
@sensitive_post_parameters()
@require_POST
def hints(request: HttpRequest) -> JsonResponse:
    """For a form that opens a case, while it is written."""
    return JsonResponse(likely(request))


def likely(request: HttpRequest) -> dict[str, Any]:
    """Categories and open cases that the form as sent may mean; ``kind`` (several) narrows the choice."""
    sent, guard = request.POST, reader_of(request).guard
    text = f"{sent.get('title', '')} {sent.get('text', '') or sent.get('description', '')}".strip()
    choices = _choices(guard_for(subject_of(request.user), "case.open"), sent.getlist("kind"))
    found = suggest(text, choices) if len(text) >= _SHORTEST else Suggestions(categories=[], by=[])
    return {
        "categories": [
            {
                "value": _value(sent, one.kind, one.category),
                "name": _named(one.kind, one.category),
                "confidence": one.confidence,
            }
            for one in found.categories
        ],
        "similar": [_line(one) for one in _similar(sent, text, guard)],
    }


def _choices(guard: Guard, wanted: list[str]) -> list[Choice]:
    return [
        (name, key)
        for name, kind in kinds().items()
        if (not wanted or name in wanted) and allows(guard, RESOURCE, {"kind": name})
        for key in kind.categories
    ]


def _value(sent: Any, kind: str, category: str) -> str:
    """As the form writes it: with the kind, or without where the form is of one kind."""
    return category if len(sent.getlist("kind")) == 1 else f"{kind}:{category}"


def _similar(sent: Any, text: str, guard: Guard) -> list[Likeness]:
    kind, _colon, category = sent.get("category", "").rpartition(":")
    kind = kind or sent.get("kind", "")
    if kind not in kinds() or category not in kind_of(kind).categories or not text:
        return []
    try:
        place: tuple[float, float] | None = (float(sent.get("longitude", "")), float(sent.get("latitude", "")))
    except ValueError:
        place = None
    division = sent.get("division", "")
    return similar(
        Matter(kind=kind, category=category, text=text, place=place, division=division, at=case_now()), guard
    )


@never_cache
@login_required
@require_safe
def case_hints(request: HttpRequest, number: str) -> HttpResponse:
    """A part of the case page, fetched after it: for a case that is still open."""
    guard = reader_of(request).guard
    case = find(guard, number)
    offers = actions_for(case, guard.subject)
    merge = _with_field(offers, "case")
    shown = {
        "number": number,
        "similar": [{**_line(one), "merge": _merge(case, merge, one)} for one in duplicates_of(case, guard)],
        "categories": _other_categories(case, offers),
        "unit": _unit(case, offers),
    }
    return render(request, "desk/hints.html", shown)


def _with_field(offers: list[Offer], kind: str) -> Offer | None:
    """The first action on offer with a field of a kind."""
    return next((one for one in offers if any(field.kind == kind for field in one.form.values())), None)


def _merge(case: Case, offer: Offer | None, one: Likeness) -> str:
    """Address that opens the merging action with the number filled in; "" where it is not on offer."""
    if offer is None:
        return ""
    field = next(name for name, field in offer.form.items() if field.kind == "case")
    query = urlencode({"act": offer.action, field: one.case.number})
    return f"{reverse('desk:case', args=[case.number])}?{query}#act-{offer.action}"


def _other_categories(case: Case, offers: list[Offer]) -> list[dict[str, Any]]:
    """Likelier categories than the one it has, where it could be changed."""
    if _with_field(offers, "category") is None:
        return []
    own = kind_of(case.kind).categories
    found = suggest(f"{case.title} {case.description}", [(case.kind, key) for key in own]).categories
    first = found[:1]
    return [
        {"name": _named(one.kind, one.category), "confidence": round(one.confidence * 100)}
        for one in first
        if one.category != case.category
    ]


def _unit(case: Case, offers: list[Offer]) -> dict[str, Any] | None:
    if _with_field(offers, "unit") is None:
        return None
    found = suggest_unit(case.kind, case.category, case.division)
    if found is None:
        return None
    cases = ngettext("of %(n)s closed case", "of %(n)s closed cases", found.cases) % {"n": found.cases}
    return {"name": unit_names().get(found.unit, found.unit), "share": round(found.confidence * 100), "of": cases}


def _named(kind: str, category: str) -> str:
    return in_language(category_of(kind, category).name)


def _line(one: Likeness) -> dict[str, str]:
    """Why it may be the same, in words."""
    case = one.case
    parts = (
        _named(case.kind, case.category),
        _("%(metres)s m away") % {"metres": round(one.metres)} if one.metres is not None else "",
        _("%(share)s %% of the words") % {"share": round(one.text * 100)} if one.text else "",
        in_language(kind_of(case.kind).states[case.state].name),
        moment(case.opened_at),
    )
    return {
        "name": f"{case.number} {case.title}" if one.text is not None else case.number,
        "says": " · ".join(part for part in parts if part),
        "address": reverse("desk:case", args=[case.number]),
    }
