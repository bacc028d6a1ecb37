"""``/admin/units/``: units, who reports to whom, who works there, and where its people work. Every act is audited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Subject, allows, demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.models import Account, Unit
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import units_below
from huicheng.desk.acts import Acts, carry_out
from huicheng.desk.case_facts import division_words
from huicheng.desk.reading import page
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.platform import current
from huicheng.web.texts import problem_of, remedy_of

RESOURCE = "unit"
_CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def units_page(request: HttpRequest) -> HttpResponse:
    """A POST carries out one act of :data:`ACTS`, named by ``do``."""
    subject = subject_of(request.user)
    demand(guard_for(subject, "read"), "read", RESOURCE)
    if request.method == "GET":
        return _show(request, subject)
    try:
        said = carry_out(ACTS, request, subject)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
        return _show(request, subject, status=error.status)
    messages.success(request, said, "good")
    return redirect("desk:units")


def _create(request: HttpRequest, subject: Subject) -> str:
    code, zh, en = (request.POST.get(name, "").strip()[:100] for name in ("code", "name_zh", "name_en"))
    if not _CODE.fullmatch(code) or not zh or not en:
        raise Invalid(place="code", why="A unit needs a code of small letters and digits, and both names.")
    if Unit.objects.filter(code=code).exists():
        raise Invalid(place="code", why="This code is taken.")
    unit = Unit.objects.create(code=code, name_zh=zh, name_en=en, parent=_unit_or_none(request.POST.get("parent", "")))
    audit(subject, "create", RESOURCE, {"unit": code, "parent": unit.parent_id or ""})
    return _("The unit %(name)s has been entered.") % {"name": unit.name}


def _move(request: HttpRequest, subject: Subject) -> str:
    """Another superior; never one that reports to it."""
    unit = _unit(request.POST.get("unit", ""))
    above = _unit_or_none(request.POST.get("parent", ""))
    if above is not None and above.code in units_below(unit.code):
        raise Invalid(place="parent", why="That unit reports to this one, so this one cannot report to it.")
    unit.parent = above
    unit.save(update_fields=["parent"])
    audit(subject, "update", RESOURCE, {"unit": unit.code, "parent": above.code if above else ""})
    return _("%(name)s reports to %(above)s.") % {"name": unit.name, "above": above.name if above else "–"}


def _area(request: HttpRequest, subject: Subject) -> str:
    """Where somebody works."""
    account = Account.objects.filter(subject=request.POST.get("account", "")).first()
    if account is None:
        raise NotFound(what="account", key=request.POST.get("account", ""))
    area = request.POST.get("area", "").strip()
    if area and area not in current().divisions:
        raise Invalid(place="area", why="There is no such division.")
    account.area = area
    account.save(update_fields=["area"])
    audit(subject, "update", "account", {"account": account.subject, "area": area})
    where = division_words(area) or _("the whole district")
    return _("%(name)s works in %(where)s.") % {"name": account.display_name, "where": where}


ACTS: Acts[str] = {
    "create": ("create", RESOURCE, _create),
    "move": ("update", RESOURCE, _move),
    "area": ("update", "account", _area),
}


def _unit(code: str) -> Unit:
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise NotFound(what="unit", key=code)
    return unit


def _unit_or_none(code: str) -> Unit | None:
    return _unit(code) if code else None


def _show(request: HttpRequest, subject: Subject, status: int = 200) -> HttpResponse:
    units, divisions = list(Unit.objects.all()), current().divisions.items()
    people = Account.objects.filter(is_active=True).exclude(unit=None).order_by("unit", "username")
    officers = [_officer(one) for one in people]
    shown = {
        "tree": list(_tree(units, officers)),
        "units": [{"value": unit.code, "name": unit.name} for unit in units],
        "officers": officers,
        "areas": [{"value": code, "name": division_words(code) or one.name} for code, one in divisions],
        "may_change": allows(guard_for(subject, "update"), RESOURCE),
        "sent": request.POST,
    }
    return render(request, "desk/units.html", page(request, "units", **shown), status=status)


def _officer(account: Account) -> dict[str, Any]:
    return {
        "subject": account.subject,
        "name": account.display_name,
        "unit": account.unit_id,
        "roles": ", ".join(account.roles),
        "area": account.area,
        "where": division_words(account.area) or _("the whole district"),
    }


def _tree(units: list[Unit], officers: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every unit once, each below its superior; one in a circle stands at the top."""
    below: dict[str | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)
    told: set[str] = set()
    names = {unit.code: unit.name for unit in units}
    waiting = [(unit, 0) for unit in reversed(below.get(None, []))]
    rest = list(units)
    while waiting or rest:
        unit, depth = waiting.pop() if waiting else (rest.pop(0), 0)
        if unit.code in told:
            continue
        told.add(unit.code)
        yield {
            "code": unit.code,
            "name": unit.name,
            "parent": unit.parent_id or "",
            "above": names.get(unit.parent_id or "", ""),
            "depth": min(depth, 6),
            "officers": [one["name"] for one in officers if one["unit"] == unit.code],
        }
        waiting += [(child, depth + 1) for child in reversed(below.get(unit.code, []))]
