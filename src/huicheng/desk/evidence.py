"""``/desk/alerts/<id>``: what fired, by which limit, and the very observations (N4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huicheng.city import Entity, Instant, rfc3339
from huicheng.desk.limits import alert_limit, averaging_words
from huicheng.desk.reading import page, reader_of
from huicheng.desk.rules_page import anchor, rule_named
from huicheng.desk.wording import state_word
from huicheng.packs import Pack, Rule
from huicheng.platform import current
from huicheng.rules import Explanation, Seen, explain
from huicheng.stores import drive
from huicheng.web.figures import figure, symbol
from huicheng.web.reading import Reader, content, either, instant
from huicheng.web.stations import LEVELS, name_of
from huicheng.web.texts import in_language

#: Around the episode, so that the course before and after is seen.
_BEFORE = 24 * 3600 * 1_000_000
_AFTER = 12 * 3600 * 1_000_000

STATUSES: dict[str, Any] = {
    "active": gettext_lazy("active"),
    "ended": gettext_lazy("ended"),
    "no-data": gettext_lazy("no data any more"),
}
#: Names that the rules room gives to aggregates.
_FIGURES: dict[str, Any] = {
    "value": gettext_lazy("mean of the period"),
    "count": gettext_lazy("readings in the period"),
    "iaqi": "IAQI",
}
#: Keys of the alert's ``data`` that are not figures of the rule.
_NOT_FIGURES = frozenset({"worstAt", "firings", "further", "knownUntil"})


@require_safe
def alert_page(request: HttpRequest, id: str) -> HttpResponse:
    """One alert. Who may not see it finds nothing here."""
    reader = reader_of(request)
    why = drive(explain(current().store, current().packs, id, reader.guard, settings.TIME_ZONE))
    found = rule_named(why.rule_id)
    shown = {
        "alert": _facts(why),
        "observations": list(_evidence(why, found)),
        "series": _series(reader, why),
        "limits": [alert_limit(why.limit)] if why.limit else [],
        "unknown": [one.name for one in why.standing.limits if one.unknown] if why.standing else [],
        "derived": list(_derived(why, found)),
        "rule": _rule(why),
        "station": _station(why),
        **_case(reader, why.alert),
    }
    return render(request, "desk/alert.html", page(request, "operations", **shown))


def title_of(alert: Entity) -> str:
    """The alert's sentence in the language of the page."""
    held = content(alert, "description")
    return (
        in_language({key.lower(): str(value) for key, value in held.items()}) if isinstance(held, dict) else str(held)
    )


def level_of(alert: Entity) -> str:
    """Its severity, as a key of ``LEVELS``."""
    severity = str(content(alert, "severity", "warning"))
    return severity if severity in LEVELS else "warning"


def _facts(why: Explanation) -> dict[str, Any]:
    alert = why.alert
    level, status = level_of(alert), str(content(alert, "status", ""))
    return {
        "id": alert.id,
        "title": title_of(alert),
        "says": _("%(n)s further readings belong to it.") % {"n": why.further} if why.further else "",
        "late": _("%(n)s readings came too late to be judged by this rule.") % {"n": why.late} if why.late else "",
        "level": level,
        "level_word": LEVELS[level],
        "status": STATUSES.get(status, status),
        "start": instant(content(alert, "validFrom")),
        "end": instant(content(alert, "validTo")),
        "issued": instant(content(alert, "dateIssued")),
        "chart": _("Course of the values around the alert, with the limit"),
    }


def _evidence(why: Explanation, found: tuple[Pack, Rule] | None) -> Iterator[dict[str, Any]]:
    for seen in why.evidence:
        item = seen.item
        yield {
            "at": item.at,
            "name": _attribute_name(found, item.attribute),
            "value": figure(item.value),
            "unit": symbol(item.unit),
            "changed": _changed(seen),
            "short": item.instance_id.rpartition(":")[2][:8],
            "address": f"/ngsi-ld/v1/temporal/entities/{item.entity}?attrs={item.attribute}&timerel=between"
            f"&timeAt={item.observed_at}&endTimeAt={rfc3339(item.at + 1_000_000)}",
        }


def _changed(seen: Seen) -> str:
    """What history says now, when it is not what the rule saw."""
    if seen.observation is None:
        return _("not in the history any more")
    if seen.observation.value != seen.item.value:
        return _("now %(value)s") % {"value": figure(seen.observation.value)}
    return ""


def _attribute_name(found: tuple[Pack, Rule] | None, name: str) -> str:
    if found is None:
        return name
    pack, rule = found
    declared = pack.entities[rule.entity_type].attributes.get(name)
    return in_language(declared.name) if declared else name


def _series(reader: Reader, why: Explanation) -> dict[str, Any]:
    """The course of the attribute around the episode, what fired marked."""
    if not why.evidence or why.source is None:
        return {"points": [], "unit": ""}
    items = [seen.item for seen in why.evidence]
    start, end = _window(why, [item.at for item in items])
    rows = reader.history(why.source, items[0].attribute, start, end)
    return {
        "points": [[rfc3339(row.observed_at), row.value] for row in rows if isinstance(row.value, int | float)],
        "unit": symbol(items[0].unit),
        "limit": _limit_line(why, items[0].unit),
        "marked": [rfc3339(item.at) for item in items],
    }


def _limit_line(why: Explanation, unit: str | None) -> dict[str, Any] | None:
    """The limit, where it is in the unit of what is drawn."""
    held = why.limit or {}
    value = held.get("value")
    if value is None or held.get("unit") != unit:
        return None
    name = _("limit %(value)s (%(averaging)s)") % {
        "value": figure(value),
        "averaging": averaging_words(held.get("averaging")),
    }
    return {"value": value, "name": name}


def _window(why: Explanation, instants: list[Instant]) -> tuple[Instant, Instant]:
    end = max([*instants, instant(content(why.alert, "validTo")) or 0])
    return min(instants) - _BEFORE, end + _AFTER


def _derived(why: Explanation, found: tuple[Pack, Rule] | None) -> Iterator[dict[str, Any]]:
    """Figures of the worst row, each with its formula; a table's note stands beside what comes from it."""
    derive = why.rule.derive if why.rule else {}
    tables = why.standing.tables if why.standing else []
    for name, value in why.data.items():
        if name in _NOT_FIGURES:
            continue
        formula = derive.get(name, "")
        notes = [in_language(table.note) for table in tables if table.note and table.name in formula]
        word = _FIGURES.get(name) or _attribute_name(found, name)
        yield {"name": word, "value": figure(value), "formula": formula, "note": " ".join(notes)}


def _rule(why: Explanation) -> dict[str, Any]:
    rule = why.rule
    return {
        "name": in_language(rule.name) if rule else why.rule_id,
        "address": f"{reverse('desk:rules')}#{anchor(why.rule_id)}",
        "fires": rule.fires if rule else "",
        "clears": (rule.clears if rule else "") or "",
    }


def _station(why: Explanation) -> dict[str, str]:
    source = str(content(why.alert, "alertSource", ""))
    return {
        "name": name_of(why.source) if why.source else source,
        "address": f"{reverse('desk:operations')}?station={quote(source)}",
    }


def _case(reader: Reader, alert: Entity) -> dict[str, Any]:
    """The case that the alert opened, as far as the reader may see it."""
    cases = reader.find("Case", either({"refAlert": alert.id}), limit=1)
    if not cases:
        waits = content(alert, "caseKind") and reader.may("Case")
        return {"case": None, "case_none": _("not opened yet") if waits else _("none that you may see")}
    number = cases[0].id.rpartition(":")[2]
    return {"case": {"number": number, "address": reverse("desk:case", args=[number]), "state": state_word(cases[0])}}
