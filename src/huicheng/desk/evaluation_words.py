"""Names and figures of evaluation tables, in the language of the page."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from huicheng.accounts.subjects import names_of
from huicheng.accounts.units import unit_names
from huicheng.cases.models import Source
from huicheng.indicators.declared import Declared
from huicheng.indicators.tables import Cell, Value
from huicheng.packs import Measure
from huicheng.platform import current
from huicheng.web.texts import in_language

_HOUR = 3600


def subject_words(subject: str) -> str:
    """What a row of a table is."""
    return {
        "town": _("Town"),
        "community": _("Community"),
        "grid": _("Grid cell"),
        "unit": _("Unit"),
        "category": _("Category"),
        "group": _("Class"),
        "source": _("Source"),
        "person": _("Officer"),
        "collector": _("Collector"),
    }[subject]


def names(declared: Declared, by: str, keys: Collection[str]) -> dict[str, str]:
    """Key → name; the key itself where nothing better is known."""
    found = _NAMES.get(by, _as_they_are)(declared, keys)
    return {key: found.get(key, key) if key else _("not known") for key in keys}


def _units(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del declared, keys
    return unit_names()


def _places(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del declared
    divisions = current().divisions
    return {key: " ".join(one.name for one in divisions.path(key)[1:]) for key in keys if key in divisions}


def _categories(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del keys
    return {name: in_language(category.name) for name, category in declared.categories.items()}


def _groups(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del keys
    return {one.group["zh-hans"]: in_language(one.group) for one in declared.categories.values() if one.group}


def _sources(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del declared
    return {key: _(Source(key).label) for key in keys if key in Source.values}


def _people(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del declared
    return names_of_people(keys)


def names_of_people(subjects: Collection[str]) -> dict[str, str]:
    """Subject → display name, the machine and the public too."""
    return {"platform": _("the platform"), "anonymous": _("the public"), **names_of(subjects)}


def _as_they_are(declared: Declared, keys: Collection[str]) -> dict[str, str]:
    del declared
    return {key: key for key in keys}


_NAMES: dict[str, Callable[[Declared, Collection[str]], dict[str, str]]] = {
    "unit": _units,
    "town": _places,
    "community": _places,
    "category": _categories,
    "group": _groups,
    "source": _sources,
    "person": _people,
    "collector": _people,
}


def value_words(measure: Measure, value: Value) -> str:
    """``93.72 %``, ``1.5 h``, ``12``; a dash where there is nothing to divide by."""
    if value is None:
        return "–"
    if measure.of:
        return f"{number_format(value, 2)} %"
    if measure.unit == "seconds":
        return f"{number_format(hours(value), 1)} {_('h')}"
    return number_format(value, 2 if isinstance(value, Decimal) else None)


def number(value: Decimal) -> str:
    """A score, with two decimals."""
    return number_format(value, 2)


def hours(value: Value) -> Decimal:
    """Seconds as hours."""
    return Decimal(value or 0) / _HOUR


def cell_words(cell: Cell | None) -> str:
    """What a rate was divided from: ``911 / 972``."""
    return "" if cell is None or cell.of is None else f"{cell.n} / {cell.of}"


def change(measure: Measure, now: Value, then: Value) -> dict[str, Any] | None:
    """How a figure has moved, and whether that is good; ``None`` where one of the two is unknown."""
    if now is None or then is None:
        return None
    moved = Decimal(now) - Decimal(then)
    if not moved:
        return {"sign": "=", "by": "", "level": "still", "says": _("unchanged")}
    better = None if measure.direction == "none" else (moved > 0) == (measure.direction == "up")
    level = "still" if better is None else ("fine" if better else "late")
    says = {None: _("changed"), True: _("better"), False: _("worse")}[better]
    return {"sign": "▲" if moved > 0 else "▼", "by": _moved(measure, abs(moved)), "level": level, "says": says}


def _moved(measure: Measure, moved: Decimal) -> str:
    if measure.of:
        return number_format(moved, 2)
    if measure.unit == "seconds":
        return number_format(hours(moved), 1)
    return number_format(moved, 2) if moved != int(moved) else str(int(moved))
