"""Figures as people read them: a symbol for the unit, no digits that mean nothing."""

from __future__ import annotations

from django.utils.formats import number_format

from huicheng.city import UNITS


def symbol(code: str | None) -> str:
    """What stands behind a figure of this UN/CEFACT code; the text itself where it is no code."""
    if not code:
        return ""
    return UNITS[code].symbol if code in UNITS else code


def figure(value: object) -> str:
    """A number with at most two decimals, anything else as text, a dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    rounded = round(float(value), 2)
    return number_format(int(rounded) if rounded == int(rounded) else rounded, use_l10n=True)
