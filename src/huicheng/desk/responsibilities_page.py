"""``/desk/responsibilities/``: which unit answers for which cases where (责任清单, 责任网格), and a question to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huicheng.access import Subject, allows, demand
from huicheng.accounts.guards import audit, guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.models import Responsibility
from huicheng.cases.owners import owner_of
from huicheng.cases.standards import today
from huicheng.desk.case_facts import division_words
from huicheng.desk.reading import page
from huicheng.errors import HuichengError, Invalid, NotFound
from huicheng.platform import current
from huicheng.web.texts import in_language, problem_of, remedy_of, spoken

RESOURCE = "responsibility"
_PAGE = 60


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def responsibilities_page(request: HttpRequest) -> HttpResponse:
    """A POST adds a row, or ends one (``do=end``); rows are never taken away."""
    subject = subject_of(request.user)
    demand(guard_for(subject, "read"), "read", RESOURCE)
    if request.method == "GET":
        return _show(request, subject)
    try:
        said = _end(request, subject) if request.POST.get("do") == "end" else _add(request, subject)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
        return _show(request, subject, status=error.status)
    messages.success(request, said, "good")
    return redirect("desk:responsibilities")


def _add(request: HttpRequest, subject: Subject) -> str:
    demand(guard_for(subject, "create"), "create", RESOURCE)
    sent = {name: request.POST.get(name, "").strip()[:100] for name in ("about", "area", "net", "unit", "source")}
    kind, group, category = _about(sent["about"])
    if sent["unit"] not in unit_names():
        raise Invalid(place="unit", why="There is no such unit.")
    for name in ("area", "net"):
        if sent[name] and not (sent[name].isascii() and sent[name].isdigit() and len(sent[name]) <= 20):
            raise Invalid(place=name, why="A code is up to 20 digits.")
    if not sent["source"]:
        raise Invalid(place="source", why="Please say by which document it was decided.")
    facts: dict[str, Any] = {"kind": kind, "group": group, "category": category, "unit": sent["unit"]}
    facts |= {"area": sent["area"], "net": sent["net"], "source": sent["source"], "valid_from": _day(request)}
    if Responsibility.objects.filter(**facts).exists():
        raise Invalid(place="unit", why="This row is there already.")
    Responsibility.objects.create(**facts)
    audit(subject, "create", RESOURCE, {**facts, "valid_from": str(facts["valid_from"])})
    return _("The row has been entered.")


def _about(text: str) -> tuple[str, str, str]:
    """Kind, group and category of ``pack/kind``, ``pack/kind:group:NAME`` or ``pack/kind:category:KEY``."""
    kind, _colon, rest = text.partition(":")
    if not kind:
        return "", "", ""
    sort, _colon, key = rest.partition(":")
    declared = kind_of(kind).categories
    if sort == "category" and key in declared:
        return kind, "", key
    if sort == "group" and key in {one.group.get("zh-hans") for one in declared.values()}:
        return kind, key, ""
    if rest:
        raise NotFound(what="category", key=text)
    return kind, "", ""


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.POST.get("valid_from") or today().isoformat())
    except ValueError:
        raise Invalid(place="valid_from", why="Please choose a day.") from None


def _end(request: HttpRequest, subject: Subject) -> str:
    demand(guard_for(subject, "update"), "update", RESOURCE)
    key = request.POST.get("row", "")
    row = Responsibility.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 12 else None
    if row is None:
        raise NotFound(what="responsibility", key=key)
    row.valid_until = today()
    row.save(update_fields=["valid_until"])
    audit(subject, "update", RESOURCE, {"row": row.pk, "valid_until": row.valid_until.isoformat()})
    return _("The row holds no more from today on.")


def _show(request: HttpRequest, subject: Subject, status: int = 200) -> HttpResponse:
    rows = Paginator(Responsibility.objects.order_by("kind", "category", "group", "area", "pk"), _PAGE)
    shown_page = rows.get_page(request.GET.get("page"))
    units = unit_names()
    shown = {
        "rows": [_row(one, units) for one in shown_page],
        "paging": shown_page,
        "units": [{"value": code, "name": name} for code, name in units.items()],
        "abouts": _abouts(),
        "may_change": allows(guard_for(subject, "create"), RESOURCE),
        "answer": _answer(request, units),
        "asked": request.GET,
        "sent": request.POST,
        "day": today(),
    }
    return render(request, "desk/responsibilities.html", page(request, "responsibilities", **shown), status=status)


def _row(row: Responsibility, units: dict[str, str]) -> dict[str, Any]:
    day = today()
    begun = row.valid_from is None or row.valid_from <= day
    return {
        "id": row.pk,
        "about": _about_words(row),
        "area": division_words(row.area) if row.area else "",
        "code": row.area,
        "net": row.net,
        "unit": units.get(row.unit, row.unit),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "source": _source_words(row.source),
        "holds": begun and (row.valid_until is None or row.valid_until > day),
    }


def _source_words(source: str) -> str:
    """Rows that came with a pack say so before their own words."""
    mark, _space, words = source.partition(" ")
    names = {f"pack:{pack.id}": in_language(pack.manifest.name) for pack in current().packs}
    return f"{names[mark]} · {spoken(words)}" if mark in names else spoken(source)


def _about_words(row: Responsibility) -> str:
    kind = kinds().get(row.kind)
    words = [in_language(kind.name) if kind else row.kind, row.group]
    if row.category:
        known = kind.categories.get(row.category) if kind else None
        words.append(in_language(known.name) if known else row.category)
    return " · ".join(word for word in words if word) or _("everything")


def _abouts() -> list[dict[str, str]]:
    """What a row may be about: a kind, each of its big classes, each of its categories."""
    found = [{"value": "", "name": _("everything")}]
    for name, kind in kinds().items():
        words = in_language(kind.name)
        groups = {one.group["zh-hans"]: in_language(one.group) for one in kind.categories.values() if one.group}
        found.append({"value": name, "name": words})
        found += [{"value": f"{name}:group:{key}", "name": f"{words} · {group}"} for key, group in groups.items()]
        found += [
            {"value": f"{name}:category:{key}", "name": f"{words} · {in_language(one.name)}"}
            for key, one in kind.categories.items()
        ]
    return found


def _answer(request: HttpRequest, units: dict[str, str]) -> str:
    """Who answers for a category in a division; "" when nothing was asked."""
    kind, _colon, rest = request.GET.get("about", "").partition(":")
    category = rest.partition(":")[2]
    if not kind or not rest.startswith("category:"):
        return ""
    category_of(kind, category)
    found = owner_of(
        kind, category, division=request.GET.get("division", "")[:12], entity_ref=request.GET.get("entity", "")[:300]
    )
    return units.get(found, found)
