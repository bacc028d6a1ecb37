"""The words of the scripts on pages where a matter is written down and its place is chosen."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huicheng.web.map_words import map_words


def opening_words() -> dict[str, str]:
    """Key in the scripts → text."""
    return {
        **map_words(),
        "place-asking": _("Asking the device where it is …"),
        "place-device": _("Place chosen by the device, to about {metres} m. Correct it on the map if needed."),
        "place-refused": _("The device does not say where it is. Press the place on the map or write the address."),
        "place-chosen": _("Place chosen."),
        "sending": _("Sending …"),
        "hints-categories": _("Perhaps this kind of problem:"),
        "hints-similar": _("Perhaps this has been reported already:"),
        "none-found": _("No category has these words."),
        "copied": _("Copied"),
    }
