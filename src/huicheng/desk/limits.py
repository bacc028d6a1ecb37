"""Limits and tables of rules as pages show them: value, unit, averaging time, class, dates, source, verified or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huicheng.cases.times import case_now
from huicheng.packs import Limit, Rule, Table
from huicheng.web.figures import figure, symbol
from huicheng.web.moments import local
from huicheng.web.texts import in_language

#: The durations that rules are written with: one figure, one unit.
_DURATION = re.compile(r"P(?P<n1>\d+)(?P<date>[DY])|PT(?P<n2>\d+)(?P<time>[HM])")


def case_day() -> date:
    """The local day by the case clock: in a replay, limits are those of its day."""
    return local(case_now()).date()


def limits_of(rule: Rule, today: date) -> Iterator[dict[str, Any]]:
    """Every row of every limit and table, newest first, today's marked."""
    for name, limits in rule.limits.items():
        for limit in _newest_first(limits):
            yield {**limit_row(name, limit), "today": holds(limit, today)}
    for name, tables in rule.tables.items():
        for table in _newest_first(tables):
            yield {**_table_row(name, table), "today": holds(table, today)}


def _newest_first(rows: Any) -> Any:
    return sorted(rows, key=lambda row: row.valid_from, reverse=True)


def holds(row: Limit | Table, day: date) -> bool:
    """Whether the row is in force on a day."""
    return row.valid_from <= day and (row.valid_until is None or day < row.valid_until)


def limit_row(name: str, limit: Limit) -> dict[str, Any]:
    """One row of a limit."""
    return {
        "title": name,
        "value": None if limit.value is None else figure(limit.value),
        "unit": symbol(limit.unit),
        "averaging": averaging_words(limit.averaging),
        "class": limit.class_ or "",
        "from": _day(limit.valid_from),
        "until": _day(limit.valid_until),
        "source": limit.source,
        "verified": limit.verified,
    }


def _table_row(name: str, table: Table) -> dict[str, Any]:
    return {
        "title": _("table %(name)s") % {"name": name},
        "value": " ".join(f"{figure(x)}→{figure(y)}" for x, y in table.points),
        "unit": symbol(table.unit),
        "averaging": "",
        "class": "",
        "from": _day(table.valid_from),
        "until": _day(table.valid_until),
        "source": table.source,
        "verified": table.verified,
        "note": in_language(table.note) if table.note else "",
    }


def averaging_words(duration: object) -> str:
    """An averaging time, e.g. ``PT1H``, in words."""
    text = str(duration or "")
    whole = _DURATION.fullmatch(text)
    if whole is None:
        return text
    n = int(whole["n1"] or whole["n2"])
    return {
        "H": ngettext("%(n)s hour", "%(n)s hours", n),
        "M": ngettext("%(n)s minute", "%(n)s minutes", n),
        "D": ngettext("%(n)s day", "%(n)s days", n),
        "Y": ngettext("%(n)s year", "%(n)s years", n),
    }[whole["date"] or whole["time"]] % {"n": n}


def _day(day: date | None) -> str:
    return date_format(day, "Y-m-d") if day else ""


def alert_limit(held: dict[str, Any]) -> dict[str, Any]:
    """The limit that an Alert entity carries."""
    value = held.get("value")
    return {
        "title": _("Limit"),
        "value": None if value is None else figure(value),
        "unit": symbol(held.get("unit")),
        "averaging": averaging_words(held.get("averaging")),
        "class": held.get("class") or "",
        "from": held.get("validFrom") or "",
        "until": held.get("validUntil") or "",
        "source": held.get("source") or "",
        "verified": bool(held.get("verified")),
    }
