"""Marks of cases in words: those that the packs set and those of the machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from huicheng.packs import CaseKind
from huicheng.web.texts import in_language

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
    "no-officers": _("unit without officers"),
    "example": _("example"),
}
#: Marks that call for attention.
_CARE = frozenset({"supervised", "urgent", "forced", "reworked", "redone", "overturned", "outside", "no-officers"})


#: Set by the machine and by no action.
_OF_THE_MACHINE = ("no-officers", "no-place", "outside", "example")


def mark_words(some: Iterable[CaseKind]) -> dict[str, str]:
    """Every mark that a case of these kinds may have → its words; the action's own where no better ones are known."""
    set_by = {mark: in_language(row.name) for kind in some for row in kind.transitions.values() for mark in row.marks}
    return {mark: str(_MARKS.get(mark, set_by.get(mark, mark))) for mark in (*set_by, *_OF_THE_MACHINE)}


def marks_shown(marks: list[str], kind: CaseKind | None) -> list[dict[str, Any]]:
    """Each with its word; the mark itself where no word is known."""
    words = mark_words([kind] if kind else [])
    return [{"words": words.get(mark) or _MARKS.get(mark, mark), "care": mark in _CARE} for mark in marks]
