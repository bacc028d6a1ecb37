"""``/desk/kinds/``: each kind of case as a drawing and as a table: where it goes, who may, what the clock does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huicheng.accounts.roles import ROLES
from huicheng.accounts.units import unit_names
from huicheng.cases.kinds import kind_of, kinds
from huicheng.cases.remarks import action_name
from huicheng.desk.reading import page
from huicheng.packs import PAGE, CaseKind, Transition, diagram_of, drawing, limit_in_words, sources, who_may
from huicheng.platform import current
from huicheng.web.texts import in_language


@login_required
@require_safe
def kinds_page(request: HttpRequest) -> HttpResponse:
    """Every kind that the packs declare."""
    shown = [
        {"name": in_language(kind.name), "key": name, "address": reverse("desk:kind", args=name.split("/"))}
        for name, kind in kinds().items()
    ]
    return render(request, "desk/kinds.html", page(request, "kinds", kinds=shown))


@login_required
@require_safe
def kind_page(request: HttpRequest, pack: str, kind: str) -> HttpResponse:
    """One kind; who may is read from the policies as they are in force."""
    name = f"{pack}/{kind}"
    declared, language = kind_of(name), _language()
    who = {action: [_grantee(one) for one in some] for action, some in _who(name).items()}
    svg = drawing(diagram_of(declared, language, who), PAGE)
    shown = {
        "kind": {"name": in_language(declared.name), "key": name},
        # Built from elements by xml.etree, which escapes every text.
        "drawing": mark_safe(svg),  # noqa: S308 - as said above
        "rows": [_row(declared, row, who.get(action, ())) for action, row in declared.transitions.items()],
        "states": [_state(declared, key) for key in declared.states],
        "shares": list(_shares(declared)),
    }
    return render(request, "desk/kind.html", page(request, "kinds", **shown))


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh-hans"


def _who(name: str) -> dict[str, list[str]]:
    policies = current().authority.policies()
    return who_may(name, ((one.grantee, one.actions, one.rows) for one in policies if one.resource in {"Case", "*"}))


def _grantee(grantee: str) -> str:
    """``role:handler`` as the page's words say it."""
    sort, _sign, name = grantee.partition(":")
    if sort == "role" and name in ROLES:
        return in_language(ROLES[name].title)
    if sort == "unit":
        return unit_names().get(name, name)
    return _("anyone") if grantee == "anyone" else grantee


def _row(kind: CaseKind, row: Transition, who: Sequence[str]) -> dict[str, Any]:
    every = "*" in row.from_
    return {
        "name": in_language(row.name),
        "from": [_("every open state")] if every else [in_language(kind.states[s].name) for s in sources(kind, row)],
        "to": _to(kind, row),
        "who": who,
        "asks": [in_language(field.name) for field in row.form.values()],
        "remarks": list(_remarks(kind, row)),
    }


def _to(kind: CaseKind, row: Transition) -> str:
    if row.undoes:
        return _("where “%(action)s” was done") % {"action": in_language(kind.transitions[row.undoes].name)}
    return in_language(kind.states[row.to].name) if row.to else _("stays")


def _remarks(kind: CaseKind, row: Transition) -> Iterator[str]:
    """What else the row of the table says."""
    if row.not_by_actor_of:
        others = ", ".join(in_language(action_name(kind, one)) for one in row.not_by_actor_of)
        yield _("not by whoever did: %(actions)s") % {"actions": others}
    if row.within is not None:
        yield _("within %(limit)s after closing") % {"limit": limit_in_words(row.within, _language())}
    if row.unless:
        others = ", ".join(in_language(kind.transitions[one].name) for one in row.unless)
        yield _("only until one of these is done: %(actions)s") % {"actions": others}
    if row.restarts_clock:
        yield _("the clock starts anew")
    if row.waits:
        yield _("waits for sub-cases")
    yield from _by_itself(kind, row)
    if row.opens is not None:
        yield _("opens sub-cases: %(kind)s") % {"kind": in_language(kind_of(row.opens.kind).name)}


def _by_itself(kind: CaseKind, row: Transition) -> Iterator[str]:
    """After how long in a stage the platform takes it."""
    for stage in kind.stages.values():
        if kind.transitions.get(stage.then) is not row:
            continue
        if stage.until:
            yield _("by itself at the time “%(field)s”") % {"field": in_language(kind.opening[stage.until].name)}
        elif stage.limit is not None:
            yield _("by itself after %(limit)s") % {"limit": limit_in_words(stage.limit, _language())}


def _state(kind: CaseKind, key: str) -> dict[str, Any]:
    state = kind.states[key]
    stage = kind.stages.get(state.stage)
    clock = {"runs": _("runs"), "paused": _("paused"), "stopped": _("stopped")}[
        "stopped" if state.final else state.clock
    ]
    return {
        "name": in_language(state.name),
        "public": in_language(state.public),
        "stage": in_language(stage.name) if stage else state.stage,
        "limit": limit_in_words(stage.limit, _language()) if stage and stage.limit else "",
        "source": stage.limit.source if stage and stage.limit else "",
        "clock": clock,
    }


def _shares(kind: CaseKind) -> Iterator[dict[str, str]]:
    """When the clock warns, and when a case goes up the reporting line."""
    if kind.warnings is not None:
        for word, share in ((_("yellow"), kind.warnings.yellow), (_("red"), kind.warnings.red)):
            yield {"at": f"{share:.0%}", "does": word, "source": kind.warnings.source}
    for one in kind.escalation:
        does = _("seen %(steps)s up the reporting line") % {"steps": one.steps}
        yield {"at": f"{one.at:.0%}", "does": does, "source": one.source}
