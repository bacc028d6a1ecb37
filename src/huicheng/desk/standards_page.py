"""``/desk/standards/``: what is filed when, within which limit, closed when; and a change tried first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huicheng.access import allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import names_of, subject_of
from huicheng.cases.errors import FormInvalid
from huicheng.cases.kinds import category_of, kind_of, kinds
from huicheng.cases.preview import SHOWN, Asked, Preview, preview
from huicheng.cases.standards import RESOURCE, STAGE, Line, Version, change, history_of, listing, stages_of, today
from huicheng.desk.clocks import limit_words
from huicheng.desk.reading import page, reader_of
from huicheng.desk.standard_form import asked_of, draft_of
from huicheng.errors import HuichengError
from huicheng.web.figures import figure
from huicheng.web.texts import in_language, problem_of, remedy_of

_MEASURES = {
    "urgent_hour": gettext_lazy("urgent hours, round the clock"),
    "work_hour": gettext_lazy("working hours"),
    "work_day": gettext_lazy("working days"),
    "natural_day": gettext_lazy("calendar days"),
    "second": gettext_lazy("seconds"),
}


@never_cache
@login_required
@require_safe
def standards_page(request: HttpRequest) -> HttpResponse:
    """Every standard of one kind of case, one line for each filing condition."""
    demand(guard_for(subject_of(request.user), "read"), "read", RESOURCE)
    chosen, sought = request.GET.get("kind", ""), request.GET.get("q", "").strip()[:60]
    lines = listing()
    held = {line.kind for line in lines}
    chosen = chosen if chosen in held else next(iter(held & {"city/event"} or held), "")
    rows = [row for row in map(_row, lines) if row["kind"] == chosen and sought.lower() in row["sought"]]
    offered = [{"value": key, "name": in_language(one.name), "chosen": key == chosen} for key, one in kinds().items()]
    stages = [] if sought else list(_stages(chosen))
    shown = {"rows": rows, "stages": stages, "kinds": offered, "sought": sought, "today": today()}
    return render(request, "desk/standards.html", page(request, "standards", **shown))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def standard_page(request: HttpRequest, pack: str, kind: str, category: str) -> HttpResponse:
    """One standard: what holds, its versions, and the form of a change. ``NotFound``, ``Refused``."""
    subject, name = subject_of(request.user), f"{pack}/{kind}"
    demand(guard_for(subject, "read"), "read", RESOURCE)
    condition = request.POST.get("condition", request.GET.get("condition", ""))
    if request.method == "GET":
        return _show(request, (name, category, condition))
    demand(guard_for(subject, "update"), "update", RESOURCE)
    try:
        made = change(name, category, condition, draft_of(request.POST, of_stage=_is_stage(category)), subject)
    except FormInvalid as error:
        return _show(request, (name, category, condition), error.errors, status=error.status)
    except HuichengError as error:
        messages.error(request, f"{problem_of(error)} {remedy_of(error)}", "bad")
        return _show(request, (name, category, condition), {}, status=error.status)
    messages.success(request, _("Version %(n)s has been entered.") % {"n": made.version}, "good")
    return redirect(address_of((name, category, condition)))


@never_cache
@login_required
@require_safe
def preview_page(request: HttpRequest, pack: str, kind: str, category: str) -> HttpResponse:
    """A draft limit held against closed cases; nothing is changed."""
    subject, name = subject_of(request.user), f"{pack}/{kind}"
    demand(guard_for(subject, "update"), "update", RESOURCE)
    category_of(name, category)  # the limit of a stage judges no case, so there is nothing to try
    key = (name, category, request.GET.get("condition", ""))
    sent = {**_kept(history_of(*key)[0]), **request.GET.dict()}
    try:
        asked = asked_of(name, category, sent)
        found = preview(asked, reader_of(request).guard)
    except FormInvalid as error:
        return _preview(request, key, sent, {"errors": error.errors}, status=error.status)
    except HuichengError as error:
        return _preview(request, key, sent, {"errors": {"value": problem_of(error)}}, status=error.status)
    return _preview(request, key, sent, _tried(asked, found))


_Key = tuple[str, str, str]


def address_of(key: _Key, name: str = "desk:standard") -> str:
    """The page of a standard: kind, category, condition."""
    kind, category, condition = key
    address = reverse(name, args=[*kind.split("/"), category])
    return f"{address}?{urlencode({'condition': condition})}" if condition else address


def _row(line: Line) -> dict[str, Any]:
    key = (line.kind, line.category, line.condition)
    now, name = line.now, in_language(line.declared.name)
    files_when = in_language(now.files_when) if now else ""
    return {
        "address": address_of(key),
        "kind": line.kind,
        "group": in_language(line.declared.group),
        "code": line.declared.code,
        "name": name,
        "files_when": files_when,
        "closes_when": in_language(now.closes_when) if now else "",
        "limit": limit_words(now.limit) if now and now.limit else "",
        "verified": bool(now and now.limit and now.limit.verified),
        "taken_from": _taken_from(now),
        "version": now.version if now else None,
        "next": line.next.valid_from if line.next else None,
        "sought": f"{name} {files_when} {line.declared.code}".lower(),
    }


def _taken_from(version: Version | None) -> str:
    """Whose rule the limit is, where it is another place's."""
    return in_language(version.limit.taken_from) if version and version.limit else ""


def _is_stage(category: str) -> bool:
    return category.startswith(STAGE)


def _stages(kind: str) -> Iterator[dict[str, Any]]:
    """The limits of a kind's stages as they hold today."""
    declared = kind_of(kind).stages if kind else {}
    for key, now in stages_of(kind).items() if kind else ():
        yield {
            "address": address_of((kind, f"{STAGE}{key}", "")),
            "name": in_language(declared[key].name),
            "limit": limit_words(now.limit) if now.limit else "",
            "verified": bool(now.limit and now.limit.verified),
            "taken_from": _taken_from(now),
            "version": now.version,
        }


def _show(request: HttpRequest, key: _Key, errors: Mapping[str, str] | None = None, status: int = 200) -> HttpResponse:
    versions = history_of(*key)
    kept = _kept(versions[0])
    shown = {
        **_named(key),
        "versions": list(_versions(versions)),
        "fields": {**kept, **request.POST.dict()} if errors is not None else kept,
        "errors": errors or {},
        "measures": _MEASURES.items(),
        "may_change": allows(guard_for(subject_of(request.user), "update"), RESOURCE),
        "open": errors is not None,
        "holding": next((n.version for n in versions if n.valid_from is None or n.valid_from <= today()), None),
    }
    return render(request, "desk/standard.html", page(request, "standards", **shown), status=status)


def _named(key: _Key) -> dict[str, Any]:
    kind, category, condition = key
    return {
        "kind_name": in_language(kind_of(kind).name),
        "name": _name_of(kind, category),
        "of_stage": _is_stage(category),
        "condition": condition,
        "condition_words": in_language(history_of(*key)[0].files_when),
        "address": address_of(key),
        "preview_address": reverse("desk:standard-preview", args=[*kind.split("/"), category]),
        "list_address": f"{reverse('desk:standards')}?{urlencode({'kind': kind})}",
    }


def _name_of(kind: str, category: str) -> str:
    if not _is_stage(category):
        return in_language(category_of(kind, category).name)
    return _("Stage: %(stage)s") % {"stage": in_language(kind_of(kind).stages[category.removeprefix(STAGE)].name)}


def _kept(newest: Version) -> dict[str, Any]:
    """The form as the newest version would fill it in."""
    limit = newest.limit
    return {
        "value": figure(limit.value) if limit else "",
        "type": limit.type if limit else "work_hour",
        "source": limit.source if limit else "",
        "verified": "1" if limit and limit.verified else "",
        "files_zh": newest.files_when.get("zh-hans", ""),
        "files_en": newest.files_when.get("en", ""),
        "closes_zh": newest.closes_when.get("zh-hans", ""),
        "closes_en": newest.closes_when.get("en", ""),
        "valid_from": today().isoformat(),
        "after": str(newest.version),
    }


def _versions(versions: Sequence[Version]) -> Iterator[dict[str, Any]]:
    """Each version with what it changed of the one before."""
    people = names_of(one.changed_by for one in versions)
    before: dict[int, Version] = {new.version: old for new, old in pairwise(versions)}
    for one in versions:
        yield {
            "version": one.version,
            "limit": limit_words(one.limit) if one.limit else "",
            "source": one.limit.source if one.limit else "",
            "verified": bool(one.limit and one.limit.verified),
            "taken_from": _taken_from(one),
            "valid_from": one.valid_from,
            "who": people.get(one.changed_by, ""),
            "at": one.changed_at or None,
            "why": one.why,
            "changes": list(_differences(before[one.version], one)) if one.version in before else [],
        }


def _differences(old: Version, new: Version) -> Iterator[dict[str, str]]:
    """What is not as it was: name, before, after."""
    for name, before, after in (
        (_("Time limit"), _limit_or_none(old), _limit_or_none(new)),
        (_("Filed when"), in_language(old.files_when), in_language(new.files_when)),
        (_("Closed when"), in_language(old.closes_when), in_language(new.closes_when)),
        (_("Source"), old.limit.source if old.limit else "", new.limit.source if new.limit else ""),
    ):
        if before != after:
            yield {"name": name, "before": before, "after": after}


def _limit_or_none(version: Version) -> str:
    return limit_words(version.limit) if version.limit else _("no limit")


def _tried(asked: Asked, found: Preview) -> dict[str, Any]:
    """Figures and rows of a preview."""
    return {
        "found": found,
        "asked": asked,
        "limit": limit_words(asked.limit),
        "late_before": found.cases - found.before,
        "late_after": found.cases - found.after,
        "rate_before": _share(found.before, found.cases),
        "rate_after": _share(found.after, found.cases),
        "more": max(0, found.better + found.worse - SHOWN),
        "minutes": found.total,
    }


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def _preview(
    request: HttpRequest, key: _Key, sent: Mapping[str, Any], shown: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    asked = shown.get("asked")
    period = {"first": asked.first.isoformat(), "last": asked.last.isoformat()} if asked else {}
    whole = {**_named(key), "fields": {**sent, **period}, "measures": _MEASURES.items(), "errors": {}, **shown}
    return render(request, "desk/standard_preview.html", page(request, "standards", **whole), status=status)
