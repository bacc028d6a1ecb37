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
        **_around_the_map(),
        **_incident(),
        **_section(),
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
        "order-it": _("Order it about"),
        "about-it": _("Alerts and cases about it"),
        "nothing-about-it": _("None that you may see."),
        "thing-missing": _("It is not there any more, or it is not shown to you."),
        "course": _("What the course shows"),
        "chart-of": _("Course of {name}"),
        "no-course": _("No reading in this time."),
        "span-24h": _("24 h"),
        "span-7d": _("7 days"),
    }


def _around_the_map() -> dict[str, str]:
    """Layers, search, the bar of time, buttons."""
    return {
        "layer-failed": _("This layer could not be read."),
        "troubled": _("{n} at warning or worse"),
        "simulated": _("simulated"),
        "stale": _("out of date"),
        "stale-since": _("Out of date: no reading since {at}"),
        "of-them-stale": _("of them out of date"),
        "legend-each": _("What each layer's states mean"),
        "nothing-found": _("Nothing on the map is called so."),
        "newest": _("Newest reading {at}"),
        "speed": _("{n} steps/s"),
        "play": _("Play"),
        "pause": _("Stop"),
        "loading": _("{n} % loaded"),
        "replay-failed": _("The past could not be read. Choose it again."),
        "theme-light": _("Light colours"),
        "theme-dark": _("Dark colours"),
        "share": _("Share this view"),
        "copied": _("Address copied"),
        "copy-this": _("Copy this address"),
        "scene-all": _("Everything"),
    }


def _incident() -> dict[str, str]:
    """One case in the middle."""
    return {
        "incident-near": _("Within {n} km"),
        "incident-tasks": _("Tasks"),
        "incident-course": _("What was done"),
        "incident-leave": _("Leave this event"),
        "incident-nowhere": _("This case has no place."),
        "incident-nothing-near": _("Nothing of the layers shown."),
        "incident-missing": _("There is no case {number}, or it is not shown to you."),
        "and-more": _("and {n} more"),
    }


def _section() -> dict[str, str]:
    """Underground, surface and air."""
    return {
        "section-of": _("Section along it"),
        "section-loading": _("Looking below and above …"),
        "section-nothing": _("No layer that you may see has a line to cut along."),
        "section-says": _("{length} m long; below ground {below}, on the ground {on}, above {above}"),
        "section-no-picture": _("This browser cannot draw it; the table says the same."),
        "section-empty": _("Nothing lies along it."),
        "section-space": _("Part of space"),
        "section-layer": _("Layer"),
        "section-name": _("Name"),
        "section-height": _("Height"),
        "section-along": _("Along the line at"),
        "section-state": _("State"),
        "section-ground": _("at the ground"),
        "space-underground": _("underground"),
        "space-surface": _("on the ground"),
        "space-air": _("in the air"),
    }


def clock_remark(clock: CaseClock) -> str:
    """What to say of a clock that is not the wall's."""
    if clock.kind == "wall":
        return ""
    return _("Replay, %(speed)s times as fast") % {"speed": figure(clock.speed)}
