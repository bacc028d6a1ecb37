"""A case's legal clock in words: how much working time is left, and why it stands when it does."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huicheng.cases.reading import ClockReading
from huicheng.cases.row_clock import RowClock
from huicheng.packs import ClockLimit
from huicheng.web.figures import figure

Reading = ClockReading | RowClock

#: The last quarter of the time calls for attention.
_SOON = 0.25


def unit_words(limit: ClockLimit) -> str:
    """The limit's unit of time."""
    return {
        "urgent_hour": _("urgent hours"),
        "work_hour": _("working hours"),
        "work_day": _("working days"),
        "natural_day": _("days"),
        "second": _("seconds"),
    }[limit.type]


def limit_words(limit: ClockLimit) -> str:
    """E.g. “4 working hours”."""
    return f"{figure(limit.value)} {unit_words(limit)}"


def clock_words(clock: ClockReading) -> dict[str, Any]:
    """Figure, unit, short form, level, and the sentence under it."""
    level = level_of(clock)
    left = _in_units(clock)
    return {
        "level": level,
        **_headline(clock, left),
        "short": _short(clock, left),
        "says": _says(clock),
        "share": _share(clock) if clock.state != "stopped" else None,
        "total": limit_words(clock.limit),
    }


def line_words(clock: RowClock) -> dict[str, str]:
    """Level and short form, for a line of a list."""
    return {"level": level_of(clock), "short": _short(clock, _in_units(clock))}


def level_of(clock: Reading) -> str:
    """``late``, ``soon``, ``fine`` or ``still``."""
    if clock.state == "stopped":
        return "late" if clock.overdue else "still"
    if clock.overdue:
        return "late"
    if clock.state == "paused":
        return "still"
    return "soon" if clock.left <= clock.whole * _SOON else "fine"


def _in_units(clock: Reading) -> str:
    """What is left, or overdrawn, in the limit's own unit, as the limit itself was converted."""
    per_unit = clock.whole / clock.limit.value
    whole_only = clock.limit.type == "second"
    return figure(round(abs(clock.left) / per_unit, 0 if whole_only else 1))


def _headline(clock: ClockReading, left: str) -> dict[str, str]:
    """The figure that is shown large, and what stands before and after it in the reader's language."""
    if clock.state == "stopped":
        return {"before": "", "figure": _("late") if clock.overdue else _("in time"), "after": ""}
    text = _("[%(n)s] %(unit)s overdue") if clock.overdue else _("[%(n)s] %(unit)s left")
    before, _open, rest = text.partition("[")
    large, _shut, after = rest.partition("]")
    facts = {"n": left, "unit": unit_words(clock.limit)}
    return {"before": before % facts, "figure": large % facts, "after": after % facts}


def _short(clock: Reading, left: str) -> str:
    if clock.state == "stopped":
        return _("closed late") if clock.overdue else _("closed in time")
    facts = {"n": left, "unit": unit_words(clock.limit)}
    if clock.overdue:
        return pgettext("short", "%(n)s %(unit)s over") % facts
    return pgettext("short", "%(n)s %(unit)s left") % facts


def _says(clock: ClockReading) -> str:
    parts = [_("of %(total)s") % {"total": limit_words(clock.limit)}]
    if clock.state == "paused":
        parts.append(_("The clock is paused."))
    elif clock.state == "running" and clock.standing is not None:
        parts.append(_("The clock stands still now: %(why)s.") % {"why": _(str(clock.standing))})
    elif clock.state == "running":
        parts.append(_("the clock runs"))
    if clock.assumed:
        parts.append(_("rests on holidays that are not published yet"))
    return " · ".join(parts)


def _share(clock: ClockReading) -> int:
    used = clock.whole - clock.left
    return max(0, min(100, round(100 * used / clock.whole)))
