"""Limits and tables of rules as pages show them: value, unit, averaging time, class, dates, source, verified or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from huicheng.packs import Limit, Rule
from huicheng.packs.model import Table
from huicheng.web.figures import figure, symbol
from huicheng.web.texts import in_language


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
    known = {"PT1H": _("1 hour"), "PT8H": _("8 hours"), "P1D": _("24 hours"), "P1Y": _("1 year")}
    return known.get(str(duration or ""), str(duration or ""))


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
