"""``/desk/``: the cases that this person may see, by time left (W4.1)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.cases.inbox import InboxPage, inbox
from huicheng.cases.saved import default_of, saved_of
from huicheng.desk.filtering import NAMES, active, fields, filters_in
from huicheng.desk.lines import lines
from huicheng.desk.reading import page, reader_of
from huicheng.desk.scopes import count_words, scoped, tabs
from huicheng.fulltext import sought
from huicheng.web.reading import Reader

_DATES = ("since", "until")


@never_cache
@login_required
@require_safe
def inbox_page(request: HttpRequest) -> HttpResponse:
    """The list; without anything in the address, with the person's own default filter."""
    reader = reader_of(request)
    kept = default_of(reader.guard.subject) if not request.GET else None
    if kept is not None:
        return HttpResponseRedirect(f"{reverse('desk:inbox')}?{kept.query}&saved={kept.pk}")
    shown = inbox_of(request, reader)
    return render(request, "desk/inbox.html", page(request, "inbox", inbox=shown, **_beside(request, reader)))


def inbox_of(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """One page of the list, as the address asks for it."""
    scope = request.GET.get("scope") or "all"
    filters = scoped(filters_in(request.GET), reader.guard.subject, scope)
    found = inbox(reader.guard, filters, _page_number(request))
    return {
        "items": lines(reader, found.rows, sought(filters.text)),
        "scope": scope,
        "scopes": tabs(reader.guard, scope),
        "find": filters.text,
        "says": _says(found),
        "empty": _("Nothing waits here. Look at all units, or take the filters away.")
        if request.GET
        else _("Nothing waits for you. New cases appear here by themselves."),
        "page": found.number,
        "follows": found.follows,
        "before": found.number - 1,
        "after": found.number + 1,
    }


def _beside(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    query = active(request)
    return {
        "filters": fields(request),
        "dates": [{"name": name, "value": request.GET.get(name, "")[:10]} for name in _DATES],
        "filtered": sum(bool(request.GET.get(name)) for name in NAMES),
        "query": query,
        "saved": [
            {"id": one.pk, "name": one.name, "query": one.query, "default": one.default, "chosen": one.query == query}
            for one in saved_of(reader.guard.subject)
        ],
    }


def _says(found: InboxPage) -> str:
    return ngettext(
        "%(n)s case in this list.", "%(n)s cases in this list, the one with the least time left first.", found.total
    ) % {"n": count_words(found.total, found.more)}


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 1
