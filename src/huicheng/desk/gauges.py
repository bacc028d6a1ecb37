"""The left rail's figures: the newest value of each indicator, its target, its course."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huicheng.city import Entity
from huicheng.packs import Indicator
from huicheng.platform import current
from huicheng.web.figures import figure, symbol
from huicheng.web.reading import Reader, attribute, content
from huicheng.web.texts import in_language

KPI = "KeyPerformanceIndicator"
_COURSE = 400 * 24 * 3600 * 1_000_000


def gauges(reader: Reader) -> list[dict[str, Any]]:
    """One for each indicator that packs put on the screen and the reader may see."""
    if not reader.may(KPI):
        return []
    values = reader.find(KPI)
    return [
        _gauge(reader, f"{pack.id}/{name}", pack.indicators[name], values)
        for pack in current().packs
        for name in pack.screens.indicators
        if name in pack.indicators
    ]


def newest_of(indicator: str, values: list[Entity]) -> Entity | None:
    """The value of the newest period; the id is ``urn:ngsi-ld:KeyPerformanceIndicator:<indicator>:<period>``."""
    own = [value for value in values if indicator_of(value) == indicator]
    return max(own, key=lambda value: str(content(value, "period", "")), default=None)


def indicator_of(value: Entity) -> str:
    """``pack/indicator`` of a value."""
    return value.id.split(":", 3)[-1].rpartition(":")[0].replace("%2F", "/")


def _gauge(reader: Reader, name: str, declared: Indicator, values: list[Entity]) -> dict[str, Any]:
    newest = newest_of(name, values)
    points = _points(reader, newest) if newest else []
    held = content(newest, "kpiValue") if newest else None
    unit = symbol(declared.unit)
    return {
        "id": name,
        "name": in_language(declared.name),
        "value": held if isinstance(held, int | float) else None,
        "unit": unit,
        "target": declared.target,
        "targetText": ""
        if declared.target is None
        else _("target %(value)s") % {"value": f"{figure(declared.target)}{unit}"},
        "points": points,
        "more": _counted(newest) if newest else "",
        "trend": _trend(points, declared.direction),
        "url": reverse("desk:indicator", args=name.split("/", 1)),
    }


def _points(reader: Reader, newest: Entity) -> list[float]:
    """Values in the order in which they were calculated."""
    held = attribute(newest, "kpiValue")
    if held is None or held.observed_at is None:
        return []
    end = int(held.observed_at.timestamp() * 1_000_000) + 1
    rows = reader.history(newest, "kpiValue", end - _COURSE, end)
    return [float(row.value) for row in rows if isinstance(row.value, int | float)][-60:]


def _counted(newest: Entity) -> str:
    facts = {name: figure(content(newest, name)) for name in ("numerator", "denominator")}
    return _("%(period)s: %(numerator)s of %(denominator)s") % {"period": content(newest, "period", ""), **facts}


def _trend(points: list[float], direction: str) -> str:
    """Arrow, word, and by how much since the run before; better or worse is said, not only drawn."""
    if len(points) < 2 or points[-1] == points[-2]:
        return _("unchanged") if len(points) > 1 else ""
    change = points[-1] - points[-2]
    better = (change > 0) == (direction == "up")
    facts = {"arrow": "▲" if change > 0 else "▼", "change": figure(abs(change))}
    return (_("%(arrow)s %(change)s better") if better else _("%(arrow)s %(change)s worse")) % facts
