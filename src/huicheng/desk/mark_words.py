"""Marks of cases in words: those that the packs set and those of the machine."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_MARKS: dict[str, Any] = {
    "supervised": _("supervised"),
    "urgent": _("urgent"),
    "forced": _("closed by force"),
    "extended": _("extended"),
    "paused": _("paused with a ground"),
    "pause-asked": _("a pause is asked for"),
    "release-asked": _("release is asked for"),
    "reworked": _("sent back for rework"),
    "redone": _("handled again"),
    "reopened": _("reopened"),
    "review-asked": _("a review is asked for"),
    "overturned": _("set aside by review"),
    "responded": _("the reporter was contacted"),
    "answered-at-once": _("answered at once"),
    "no-place": _("without a place"),
    "outside": _("outside the district"),
}
#: Marks that call for attention.
_CARE = frozenset({"supervised", "urgent", "forced", "reworked", "redone", "overturned", "outside"})


def marks_shown(marks: list[str]) -> list[dict[str, Any]]:
    """Each with its word; the mark itself where no word is known."""
    return [{"words": _MARKS.get(mark, mark), "care": mark in _CARE} for mark in marks]
