"""The words of the small maps, handed to their scripts."""

from __future__ import annotations

from django.utils.translation import gettext as _


def map_words() -> dict[str, str]:
    """Key in the scripts → text."""
    return {
        "map-grid-km": _("one square: {n} km"),
        "map-grid-m": _("one square: {n} m"),
        "map-nearer": _("Nearer"),
        "map-farther": _("Farther"),
        "course-line": _("{n} places, {km} km"),
        "course-area": _("An area with {n} corners, {km} km around"),
        "course-closed": _("It is an area already: undo the last place to go on."),
    }
