"""``/desk/draws/``: planning and drawing double random inspections, and conflicts of interest (W4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from huicheng.access import Subject, allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.models import Account, Unit
from huicheng.accounts.subjects import names_of, subject_of
from huicheng.cases.kinds import kind_of
from huicheng.desk.reading import page, reader_of
from huicheng.errors import HuichengError, Invalid
from huicheng.supervision import conflicts, drawing, planning
from huicheng.supervision.models import Conflict, Draw
from huicheng.web.reading import content
from huicheng.web.texts import in_language, problem_of, remedy_of

_DRAWS = 50


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def draws_page(request: HttpRequest) -> HttpResponse:
    """The draws, and a form that plans one."""
    subject = subject_of(request.user)
    demand(guard_for(subject, "read"), "read", planning.RESOURCE)
    if request.method == "GET":
        return _list(request, subject)
    demand(guard_for(subject, "create"), "create", planning.RESOURCE, {"unit": request.POST.get("unit", "")})
    try:
        made = planning.plan(_wish(request), subject)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
        return _list(request, subject, status=error.status)
    messages.success(request, _("Planned. The register is fixed; somebody else draws it in public."), "good")
    return redirect("portal:draw", made.pk)


def _list(request: HttpRequest, subject: Subject, status: int = 200) -> HttpResponse:
    guard = guard_for(subject, "read")
    shown = {
        "draws": Draw.objects.all()[:_DRAWS],
        "may_plan": allows(guard_for(subject, "create"), planning.RESOURCE),
        "sent": request.POST,
        **_choices(request),
        **_conflicts(guard, subject),
    }
    return render(request, "desk/draws.html", page(request, "draws", **shown), status=status)


def _choices(request: HttpRequest) -> dict[str, Any]:
    """What the form that plans offers."""
    objects = reader_of(request).find(planning.OBJECT)
    kind = kind_of(planning.KIND)
    return {
        "units": _units(),
        "categories": [{"value": key, "name": in_language(one.name)} for key, one in kind.categories.items()],
        "fields": sorted({str(content(one, "field", "")) for one in objects} - {""}),
        "weights": planning.WEIGHTS,
        "objects": [{"value": one.id, "name": drawing.name_of(one)} for one in objects],
    }


def _units() -> list[dict[str, str]]:
    """Units in which somebody inspects come first."""
    roles: dict[str | None, set[str]] = {}
    for account in Account.objects.filter(is_active=True).exclude(unit=None):
        roles.setdefault(account.unit_id, set()).update(account.roles)
    units = sorted(Unit.objects.all(), key=lambda unit: planning.ROLE not in roles.get(unit.pk, ()))
    return [{"value": unit.code, "name": unit.name} for unit in units]


def _wish(request: HttpRequest) -> planning.Wish:
    sent = request.POST
    return planning.Wish(
        title=sent.get("title", ""),
        unit=sent.get("unit", ""),
        category=sent.get("category", ""),
        number=_whole(sent, "number"),
        each=_whole(sent, "each"),
        fields=sent.getlist("fields"),
        risks=sent.getlist("risks"),
        weights={risk: _number(sent, f"weight-{risk}") for risk in planning.WEIGHTS},
    )


def _whole(sent: Mapping[str, str], name: str) -> int:
    text = sent.get(name, "")
    if not text.isdecimal():
        raise Invalid(place=name, why="This is not a whole number.")
    return int(text)


def _number(sent: Mapping[str, str], name: str) -> float:
    try:
        return float(sent.get(name, ""))
    except ValueError:
        raise Invalid(place=name, why="This is not a number.") from None


def _conflicts(guard: Any, subject: Subject) -> dict[str, Any]:
    """Declared conflicts that the reader may see, and whom they may declare one for."""
    rows = [
        row
        for row in Conflict.objects.filter(ended_at=None)
        if allows(guard, conflicts.RESOURCE, {"inspector": row.inspector})
    ]
    inspectors = [
        {"value": one.subject, "name": one.display_name}
        for one in Account.objects.filter(is_active=True)
        if planning.ROLE in one.roles
        and allows(guard_for(subject, "create"), conflicts.RESOURCE, {"inspector": one.subject})
    ]
    names = names_of(row.inspector for row in rows)
    may_end = guard_for(subject, "delete")
    return {
        "conflicts": [
            {
                "id": row.pk,
                "inspector": names.get(row.inspector, row.inspector),
                "object": row.object,
                "ground": row.ground,
                "at": row.declared_at,
                "may_end": allows(may_end, conflicts.RESOURCE, {"inspector": row.inspector}),
            }
            for row in rows
        ],
        "inspectors": inspectors,
    }


@never_cache
@login_required
@require_POST
def draw_it(request: HttpRequest, id: str) -> HttpResponse:
    """Draw in public, with words that somebody present has said."""
    try:
        made = drawing.draw(id, request.POST.get("words", ""), subject_of(request.user))
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
    else:
        says = _("Drawn: %(number)s objects, each with its case.") % {"number": len(made.result)}
        messages.success(request, says, "good")
    return redirect("portal:draw", id)


@never_cache
@login_required
@require_POST
def conflict_act(request: HttpRequest) -> HttpResponse:
    """Declare a conflict of interest, or end one."""
    subject, sent = subject_of(request.user), request.POST
    try:
        if sent.get("do") == "end":
            conflicts.end(_whole(sent, "conflict"), subject)
        else:
            conflicts.declare(sent.get("inspector", ""), sent.get("object", ""), sent.get("ground", ""), subject)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
    else:
        messages.success(request, _("Noted. It holds for draws that are planned from now on."), "good")
    return redirect("desk:draws")
