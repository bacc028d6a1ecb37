"""``/desk/``: the cases that this person may see, by time left (W4.1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import Guard
from huicheng.cases.inbox import Filters, InboxPage, Row, inbox
from huicheng.cases.kinds import kinds
from huicheng.cases.reading import hidden_columns
from huicheng.desk.clocks import line_words
from huicheng.desk.reading import page, reader_of
from huicheng.desk.titles import place_words, titles
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language


@never_cache
@login_required
@require_safe
def inbox_page(request: HttpRequest) -> HttpResponse:
    """The list, and what waits."""
    reader = reader_of(request)
    shown = inbox_of(request, reader)
    return render(
        request,
        "desk/inbox.html",
        page(request, "inbox", count=None, inbox=shown, tallies=_tallies(reader.guard)),
    )


def inbox_of(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """The list on the left of every desk page."""
    filters, scope = _filters(request)
    found = inbox(reader.guard, filters, _page_number(request))
    said = titles(reader, [row.case for row in found.rows])
    return {
        "items": [_item(row, said, hidden_columns(reader.guard, row.case)) for row in found.rows],
        "scope": scope,
        "scopes": _scopes(request, scope),
        "categories": _categories(filters),
        "states": _states(request.GET.get("state", "")),
        "find": filters.text,
        "says": ngettext(
            "%(n)s case in this list.", "%(n)s cases in this list, the one with the least time left first.", found.total
        )
        % {"n": found.total},
        "empty": _("Nothing waits here. Look at all units, or take the filters away.")
        if request.GET
        else _("Nothing waits for you. New cases appear here by themselves."),
        **_paging(found),
    }


def _filters(request: HttpRequest) -> tuple[Filters, str]:
    get = request.GET.get
    unit = getattr(request.user, "unit_id", None) or ""
    scope = get("scope") or "all"
    state = get("state", "")
    return Filters(
        text=get("q", "")[:100],
        category=get("category", "")[:64],
        state="" if state == "any" else state[:32],
        units=(unit,) if scope == "unit" and unit else (),
        entity=get("entity", "")[:300],
        overdue=scope == "late",
        closed=state == "any",
    ), scope


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def _item(row: Row, said: dict[str, str], hidden: frozenset[str]) -> dict[str, Any]:
    kind = kinds().get(row.case.kind)
    category = kind.categories.get(row.case.category) if kind else None
    state = kind.states.get(row.case.state) if kind else None
    return {
        "number": row.case.number,
        "title": (in_language(category.name) if category else "") if "title" in hidden else said[row.case.number],
        "place": "" if "address" in hidden else place_words(row.case),
        "category": in_language(category.name) if category else row.case.category,
        "state": in_language(state.name) if state else row.case.state,
        "clock": {} if "dueAt" in hidden else line_words(row.clock),
    }


def _scopes(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    offered = {"all": _("All that I may see"), "late": _("Overdue")}
    if getattr(request.user, "unit_id", None):
        offered = {"all": offered["all"], "unit": _("My unit"), "late": offered["late"]}
    return [{"value": value, "name": name, "chosen": value == chosen} for value, name in offered.items()]


def _categories(filters: Filters) -> list[dict[str, Any]]:
    return [
        {"value": key, "name": in_language(category.name), "chosen": key == filters.category}
        for kind in kinds().values()
        for key, category in kind.categories.items()
    ]


def _states(chosen: str) -> list[dict[str, Any]]:
    named = {key: in_language(state.name) for kind in kinds().values() for key, state in kind.states.items()}
    named["any"] = _("All, closed ones too")
    return [{"value": key, "name": name, "chosen": key == chosen} for key, name in named.items()]


def _paging(found: InboxPage) -> dict[str, int]:
    return {"page": found.number, "follows": found.follows, "before": found.number - 1, "after": found.number + 1}


def _tallies(guard: Guard) -> list[dict[str, Any]]:
    """How many wait in each state, each a link to them."""
    named = {key: state for kind in kinds().values() for key, state in kind.states.items() if not state.final}
    tallies = [
        {"name": in_language(state.name), **_tally(guard, Filters(state=key), {"state": key}, "fine")}
        for key, state in named.items()
    ]
    late = {"name": _("Overdue"), **_tally(guard, Filters(overdue=True), {"scope": "late"}, "late")}
    return [*tallies, late]


def _tally(guard: Guard, filters: Filters, query: dict[str, str], level: str) -> dict[str, Any]:
    count = inbox(guard, filters, size=1).total
    address = f"{reverse('desk:inbox')}?{urlencode(query)}"
    return {"address": address, "count": count, "level": level if count else "still"}
