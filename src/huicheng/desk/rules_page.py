"""``/desk/rules/``: which rules judge, by which limits, and which limits are unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huicheng.cases.kinds import kinds
from huicheng.desk.limits import averaging_words, case_day, limits_of
from huicheng.desk.reading import page
from huicheng.packs import OnArrival, Pack, Rule
from huicheng.platform import current
from huicheng.rules import standing
from huicheng.web.texts import in_language

AGGREGATES: dict[str, Any] = {
    "avg": gettext_lazy("mean"),
    "min": gettext_lazy("lowest"),
    "max": gettext_lazy("highest"),
    "sum": gettext_lazy("sum"),
    "count": gettext_lazy("number"),
}


@login_required
@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    """Every rule of every pack."""
    shown = {"rules": list(_rules()), "today": date_format(case_day(), "Y-m-d")}
    return render(request, "desk/rules.html", page(request, "rules", **shown))


def _rules() -> Iterator[dict[str, Any]]:
    today = case_day()
    standings = {one.id: one for one in standing(current().packs, today)}
    for pack in current().packs:
        for name, rule in pack.rules.items():
            yield {
                "id": f"{pack.id}/{name}",
                "anchor": anchor(f"{pack.id}/{name}"),
                "name": in_language(rule.name),
                "judges": _judges(pack, rule),
                "fires": rule.fires,
                "clears": rule.clears,
                "missing": _missing(rule),
                "opens": _opens(rule),
                "limits": list(limits_of(rule, today)),
                "unknown": [one.name for one in standings[f"{pack.id}/{name}"].limits if one.unknown],
            }


def anchor(rule: str) -> str:
    """The rule's place on the page."""
    return "rule-" + rule.replace("/", "-")


def rule_named(name: str) -> tuple[Pack, Rule] | None:
    """The pack and rule of ``pack/rule``; ``None`` when it is not loaded any more."""
    pack_id, _slash, key = name.partition("/")
    for pack in current().packs:
        if pack.id == pack_id and key in pack.rules:
            return pack, pack.rules[key]
    return None


def _judges(pack: Pack, rule: Rule) -> str:
    on = rule.on
    attributes = pack.entities[rule.entity_type].attributes
    if isinstance(on, OnArrival):
        named = ", ".join(in_language(attributes[name].name) for name in on.attributes)
        return _("each reading of %(attributes)s as it comes") % {"attributes": named}
    facts = {
        "aggregate": AGGREGATES[on.aggregate],
        "attribute": in_language(attributes[on.attribute].name),
        "period": {"day": _("calendar day"), "hour": _("hour")}[on.period],
        "least": on.at_least,
    }
    return _("%(aggregate)s of %(attribute)s over each %(period)s with at least %(least)s readings") % facts


def _missing(rule: Rule) -> str:
    if not rule.missing_after:
        return ""
    words = _("an alert is left as “no data” when nothing has come for %(duration)s")
    return words % {"duration": averaging_words(rule.missing_after)}


def _opens(rule: Rule) -> str:
    if rule.opens is None:
        return ""
    kind = kinds().get(rule.opens.kind)
    category = kind.categories.get(rule.opens.category) if kind else None
    named = (kind.name, category.name) if kind and category else ()
    return " · ".join(in_language(name) for name in named) or rule.opens.kind
