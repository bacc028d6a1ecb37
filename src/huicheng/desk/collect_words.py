"""The words of the scripts on the collectors' page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huicheng.web.map_words import map_words


def collect_words() -> dict[str, str]:
    """Key in the scripts → text."""
    return {
        **map_words(),
        "place-asking": _("Asking the device where it is …"),
        "place-accuracy": _("Place by the device, to about {metres} m."),
        "place-refused": _("The device does not say where it is. Press the place on the map or write the address."),
        "place-chosen": _("Place chosen on the map."),
        "online": _("Connected"),
        "offline": _("No network: what you send waits on this telephone."),
        "signed-out": _("Sign in again to send what waits."),
        "waiting": _("{n} waiting to be sent"),
        "waiting-none": _("Nothing waits."),
        "others": _("{n} reports of another person wait on this telephone; they are sent when that person signs in."),
        "kept": _("Kept on this telephone."),
        "sent": _("Sent: case {number}, {state}"),
        "refused": _("Not taken: {said}"),
        "state-waiting": _("waits"),
        "retry": _("Try again"),
        "drop": _("Throw away"),
        "drop-sure": _("Throw this report away for good?"),
        "photo-first": _("Take a photograph first."),
        "category-first": _("Choose a category first."),
        "place-first": _("Give a place: by the device, on the map, or as an address."),
        "missing": _("Please fill this in."),
        "remove-photo": _("Remove the photograph"),
        "report-of": _("Report: {name}"),
        "no-tasks": _("No task waits for you."),
        "tasks-old": _("No network: tasks as they were at {time}."),
        "distance": _("{metres} m from you"),
        "you-stand": _("You stand {metres} m from the place (to about {accuracy} m); this is kept as proof."),
        "no-proof": _("The device does not say where you stand; this is kept, too."),
        "mine": _("yours"),
        "storage-full": _("The telephone has no room left for this report. Send what waits, or free some space."),
    }
