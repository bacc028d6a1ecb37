"""The operations centre's words, handed to its scripts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huicheng.calendar import CaseClock
from huicheng.web.figures import figure
from huicheng.web.stations import LEVELS


def centre_words() -> dict[str, str]:
    """Key in the scripts → text."""
    return {
        **{f"level-{level}": str(name) for level, name in LEVELS.items()},
        "link-live": _("live"),
        "link-lost": _("connection lost, trying again"),
        "no-value": _("no value yet"),
        "no-indicators": _("No indicator has been calculated yet."),
        "nothing-happens": _("Nothing has happened yet"),
        "nothing-happens-more": _("Alerts and cases appear here as they come."),
        "held": _("{n} new: show"),
        "close": _("Close"),
        "observed": _("Observed"),
        "no-reading": _("no reading yet"),
        "rules-watching": _("Rules that watch it"),
        "no-rules": _("No rule watches it."),
        "about-it": _("Alerts and cases about it"),
        "nothing-about-it": _("None that you may see."),
        "chart-of": _("Course of {name}"),
        "course-of": _("Course of {name}"),
        "no-course": _("No reading in this time."),
        "span-24h": _("24 h"),
        "span-7d": _("7 days"),
    }


def clock_remark(clock: CaseClock) -> str:
    """What to say of a clock that is not the wall's."""
    if clock.kind == "wall":
        return ""
    return _("Replay, %(speed)s times as fast") % {"speed": figure(clock.speed)}
