"""``/supervision/``: plans, draws, protocols and results in public (一公开; W4.4, N4)."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huicheng.access import allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import category_of
from huicheng.errors import NotFound
from huicheng.supervision import drawing, planning
from huicheng.supervision.models import Draw
from huicheng.supervision.replay import protocol, replay
from huicheng.supervision.results import results
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language

_DRAWS = 50


@require_safe
def draws_page(request: HttpRequest) -> HttpResponse:
    """The newest draws."""
    reader = _reader(request)
    demand(reader.guard, "read", planning.RESOURCE)
    return render(request, "portal/draws.html", {"draws": [_line(one) for one in Draw.objects.all()[:_DRAWS]]})


@never_cache
@require_safe
def draw_page(request: HttpRequest, id: str) -> HttpResponse:
    """One draw: what was fixed, what was said, what came of it, and whether drawing again gives the same."""
    reader, one = _reader(request), _draw(request, id)
    subject = subject_of(request.user)
    shown = {
        "draw": _line(one),
        "facts": one,
        "register": drawing.register_of(one),
        "findings": [{"what": _(_PARTS[finding.part]), "agrees": finding.agrees} for finding in replay(protocol(one))],
        "results": _results(reader, one),
        "may_draw": one.drawn_at is None
        and one.planned_by != subject.id
        and allows(guard_for(subject, "draw"), planning.RESOURCE, {"unit": one.unit}),
        "own": one.planned_by == subject.id,
    }
    return render(request, "portal/draw.html", shown)


@require_safe
def protocol_file(request: HttpRequest, id: str) -> HttpResponse:
    """All that another program needs to draw again."""
    body = msgspec.json.format(msgspec.json.encode(protocol(_draw(request, id))), indent=1)
    answer = HttpResponse(body, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="draw-{id}.json"'
    return answer


_PARTS = {
    "register": gettext_noop("The register is the one that was fixed"),
    "commitment": gettext_noop("The secret is the one that was committed to"),
    "objects": gettext_noop("The objects come out again"),
    "inspectors": gettext_noop("The inspectors come out again"),
}


def _reader(request: HttpRequest) -> Reader:
    return Reader(guard_for(subject_of(request.user), "read"))


def _draw(request: HttpRequest, id: str) -> Draw:
    demand(_reader(request).guard, "read", planning.RESOURCE)
    one = Draw.objects.filter(pk=id).first()
    if one is None:
        raise NotFound(what="draw", key=id)
    return one


def _line(one: Draw) -> dict[str, Any]:
    return {
        "id": one.pk,
        "title": one.title,
        "unit": unit_names().get(one.unit, one.unit),
        "category": in_language(category_of(planning.KIND, one.category).name),
        "number": one.number,
        "of": len(one.register["objects"]),
        "planned_at": one.planned_at,
        "drawn_at": one.drawn_at,
    }


def _results(reader: Reader, one: Draw) -> list[dict[str, Any]]:
    """The objects drawn; of their cases what the reader may see, which for the public is what was published."""
    return [
        {
            "order": each.order,
            "name": each.name,
            "risk": each.risk,
            "inspectors": each.inspectors,
            "state": in_language(each.state) if each.state else _("not published yet"),
            "answers": " · ".join(in_language(answer) for answer in each.answers),
        }
        for each in results(one, reader.guard)
    ]
