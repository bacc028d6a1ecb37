"""``/search/``: what can be found today: kinds of reports, public answers, stations, the number of a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.cases.kinds import public_categories
from huicheng.knowledge.finding import find
from huicheng.portal.air import airs_of
from huicheng.web.figures import figure
from huicheng.web.texts import in_language

_MOST, _ANSWERS = 20, 8


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Finds by words; says what is not searched yet."""
    query = request.GET.get("q", "").strip()[:100]
    found = list(_found(request, query))[:_MOST] if query else []
    return render(request, "portal/search.html", {"query": query, "found": found})


def _found(request: HttpRequest, query: str) -> Iterator[dict[str, Any]]:
    if query.isdigit():
        address = f"{reverse('portal:follow')}?number={query}"
        yield {
            "title": _("Report %(number)s") % {"number": query},
            "says": _("Follow it with its code"),
            "address": address,
        }
    for one in public_categories():
        # A question is seldom just a name: either may hold the other, in either language.
        if any(_alike(query, name) for name in one.name.values()):
            address = f"{reverse('portal:report')}?category={one.kind}:{one.category}"
            says = _("Report it with place and photograph, no account needed")
            yield {"title": in_language(one.name), "says": says, "address": address}
    for answer in find(query, guard_for(ANONYMOUS, "read"), most=_ANSWERS):
        says = "".join(piece.text for piece in answer.pieces)
        yield {
            "title": answer.article.title,
            "says": says,
            "address": reverse("portal:answer", args=[answer.article.pk]),
        }
    for air in airs_of(request):
        if any(_alike(query, word) for word in (air["name"], _("air"), air["figure_name"])):
            says = f"{air['figure_name']} {figure(air['figure'])} {air['unit']} · {air['word']}"
            yield {"title": air["name"], "says": says, "address": reverse("portal:home") + "#air"}


def _alike(query: str, name: str) -> bool:
    one, other = query.casefold(), str(name).casefold()
    return bool(other) and (one in other or other in one)
