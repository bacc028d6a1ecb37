"""``/desk/orders/``: orders that wait for a second person, those that are out, and what became of the last ones."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import Subject
from huicheng.accounts.subjects import names_of, subject_of
from huicheng.cases.kinds import kind_of, kinds
from huicheng.cases.models import Case, CaseRows
from huicheng.cases.ordering import orderables
from huicheng.cases.reading import actions_for, clock_of
from huicheng.desk.clocks import clock_words
from huicheng.desk.order_words import order_shown
from huicheng.desk.reading import page, reader_of
from huicheng.desk.things import case_line, name_of
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language

_LAST, _MOST_THINGS = 20, 40


@never_cache
@login_required
@require_safe
def orders_page(request: HttpRequest) -> HttpResponse:
    """Orders that this person may see, and things that they may order about."""
    reader, subject = reader_of(request), subject_of(request.user)
    rows = _orders(reader)
    part_of, sought = request.GET.get("part-of", "")[:16], request.GET.get("q", "").strip()[:60]
    shown = {
        "waiting": [_waiting(reader, case, subject) for case in rows.filter(closed_at=None).order_by("opened_at")],
        "ended": [_line(reader, case) for case in rows.exclude(closed_at=None).order_by("-closed_at")[:_LAST]],
        "types": _types(reader, subject, sought),
        "part_of": part_of,
        "sought": sought,
    }
    return render(request, "desk/orders.html", page(request, "orders", **shown))


def _orders(reader: Reader) -> CaseRows:
    ordering = [name for name, kind in kinds().items() if any(one.command for one in kind.categories.values())]
    return Case.objects.visible_to(reader.guard).filter(kind__in=ordering)


def _waiting(reader: Reader, case: Case, subject: Subject) -> dict[str, Any]:
    """An open order; with the one thing that this person can do about it, if there is one."""
    offered = [one for one in actions_for(case, subject) if one.primary and not one.apart_from]
    asker = case.events.earliest("seq").actor
    return {
        **_line(reader, case),
        "version": case.version,
        "asked_by": names_of([asker]).get(asker, ""),
        "out": kind_of(case.kind).states[case.state].orders,
        "primary": {"action": offered[0].action, "name": in_language(offered[0].name)} if offered else None,
    }


def _line(reader: Reader, case: Case) -> dict[str, Any]:
    return {**case_line(case), **(order_shown(reader, case) or {}), "clock": clock_words(clock_of(case))}


def _types(reader: Reader, subject: Subject, sought: str) -> list[dict[str, Any]]:
    """Types that this person may order about, each with the things that fit what is sought."""
    found = []
    for name in sorted(entity_types(current().packs)):
        if orderables(name, subject) and reader.may(name):
            things = [one for one in reader.find(name) if sought.lower() in f"{name_of(one)} {one.id}".lower()]
            shown = [{"id": one.id, "name": name_of(one)} for one in things[:_MOST_THINGS]]
            words = in_language(entity_types(current().packs)[name].name)
            found.append({"name": words, "things": shown, "more": len(things) > _MOST_THINGS})
    return found
