"""Alerts and cases as the operations centre's stream shows them, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huicheng.accounts.units import unit_names
from huicheng.cases.times import case_now
from huicheng.city import Entity, rfc3339
from huicheng.desk.evidence import STATUSES, level_of, title_of
from huicheng.desk.wording import category_word, state_word
from huicheng.expressions import Expression
from huicheng.web.reading import Reader, content, either, instant
from huicheng.web.stations import LEVELS

#: How many of each are shown.
_MOST = 40
#: What began before is shown only while it lasts.
_LOOK_BACK = 14 * 24 * 3600 * 1_000_000


def happenings(reader: Reader) -> list[dict[str, Any]]:
    """Active alerts, the newest ended ones, and the newest cases that no alert shows already."""
    since = case_now() - _LOOK_BACK
    return _found(reader, either({"status": "active"}, {"dateIssued": since}), either({}, {"openedAt": since}))


def happenings_about(reader: Reader, urn: str) -> list[dict[str, Any]]:
    """The newest alerts and cases about one thing."""
    return _found(reader, either({"alertSource": urn}), either({"refEntity": urn}))


def _found(reader: Reader, which_alerts: Expression, which_cases: Expression) -> list[dict[str, Any]]:
    alerts = reader.find("Alert", which_alerts) if reader.may("Alert") else []
    cases = reader.find("Case", which_cases) if reader.may("Case") else []
    by_alert = {content(case, "refAlert"): case for case in cases}
    units = unit_names() if cases else {}
    shown = [*_alerts(alerts, by_alert, units), *_cases(cases, {alert.id for alert in alerts}, units)]
    return sorted(shown, key=lambda one: str(one["at"]), reverse=True)[: 2 * _MOST]


def _alerts(alerts: list[Entity], by_alert: dict[Any, Entity], units: dict[str, str]) -> Iterator[dict[str, Any]]:
    newest = sorted(alerts, key=lambda alert: str(content(alert, "dateIssued", "")), reverse=True)
    for alert in newest[:_MOST]:
        case = by_alert.get(alert.id)
        status = str(content(alert, "status", ""))
        level = level_of(alert) if status == "active" else "normal"
        said = [str(STATUSES.get(status, status)), *(_case_words(case, units) if case else [])]
        yield {
            "key": alert.id,
            "kind": "alert",
            "level": level,
            "levelWord": f"{LEVELS[level_of(alert)]}, {STATUSES.get(status, status)}",
            "title": title_of(alert),
            "more": " · ".join(said),
            "at": _at(alert, "dateIssued"),
            "url": reverse("desk:alert", args=[alert.id]),
            "station": str(content(alert, "alertSource", "")),
        }


def _cases(cases: list[Entity], shown: set[str], units: dict[str, str]) -> Iterator[dict[str, Any]]:
    others = [case for case in cases if content(case, "refAlert") not in shown]
    newest = sorted(others, key=lambda case: str(content(case, "openedAt", "")), reverse=True)
    for case in newest[:_MOST]:
        closed = content(case, "closedAt") is not None
        yield {
            "key": case.id,
            "kind": "case",
            "level": "normal" if closed else "notice",
            "levelWord": _("case"),
            "title": f"{category_word(case)} · {_number(case)}",
            "more": " · ".join(_case_words(case, units)[1:]),
            "at": _at(case, "openedAt"),
            "url": reverse("desk:case", args=[_number(case)]),
            "station": str(content(case, "refEntity", "")),
        }


def _case_words(case: Entity, units: dict[str, str]) -> list[str]:
    unit = str(content(case, "handlingUnit") or content(case, "ownerUnit", ""))
    words = [_("case %(number)s") % {"number": _number(case)}, state_word(case), units.get(unit, unit)]
    return [word for word in words if word]


def _number(case: Entity) -> str:
    return case.id.rpartition(":")[2]


def _at(entity: Entity, name: str) -> str:
    at = instant(content(entity, name))
    return "" if at is None else rfc3339(at)
