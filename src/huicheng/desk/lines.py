"""Cases as lines of a list: what each says, as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huicheng.accounts.units import unit_names
from huicheng.cases.inbox import Row
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case
from huicheng.cases.reading import hidden_columns
from huicheng.desk.clocks import line_words
from huicheng.desk.filtering import warning_words
from huicheng.desk.mark_words import mark_words
from huicheng.desk.titles import place_words, titles
from huicheng.fulltext import Piece, Sought, excerpt
from huicheng.packs import CaseKind
from huicheng.web.reading import Reader
from huicheng.web.texts import in_language

#: Warning → level of a pill (``base.css``).
_LEVELS = {"yellow": "warning", "red": "severe", "overdue": "extreme"}


def lines(reader: Reader, rows: Sequence[Row], sought: Sought) -> list[dict[str, Any]]:
    """One for each row, in their order; with what was sought marked where it was found."""
    said, known, units = titles(reader, [row.case for row in rows]), kinds(), unit_names()
    shown = [(row, hidden_columns(reader.guard, row.case)) for row in rows]
    warnings = warning_words()
    return [
        {
            **_line(row, said, known, sought, hidden),
            "unit": _unit_words(row.case, hidden, units),
            "warning": {"level": _LEVELS[row.case.warning], "name": warnings[row.case.warning]}
            if row.case.warning in _LEVELS and "dueAt" not in hidden
            else None,
        }
        for row, hidden in shown
    ]


def _line(
    row: Row, said: dict[str, str], known: dict[str, CaseKind], sought: Sought, hidden: frozenset[str]
) -> dict[str, Any]:
    case, kind = row.case, known.get(row.case.kind)
    category = kind.categories.get(case.category) if kind else None
    state = kind.states.get(case.state) if kind else None
    named = in_language(category.name) if category else case.category
    title = named if "title" in hidden else said[case.number]
    words = mark_words([kind]) if kind and case.marks else {}
    return {
        "number": case.number,
        "version": case.version,
        "hidden": hidden,
        "title": excerpt(title, sought) or [Piece(text=title)],
        "found": _found(case, sought, hidden),
        "place": "" if "address" in hidden else place_words(case),
        "kind": in_language(kind.name) if kind else case.kind,
        "category": named,
        "state": in_language(state.name) if state else case.state,
        "marks": [words.get(mark, mark) for mark in case.marks],
        "clock": {} if "dueAt" in hidden else _clock(row, kind),
    }


def _unit_words(case: Case, hidden: frozenset[str], units: dict[str, str]) -> str:
    """Who has it; else who answers for it."""
    seen = [
        units.get(code, code)
        for name, code in (("handlingUnit", case.handling_unit), ("ownerUnit", case.owner_unit))
        if code and name not in hidden
    ]
    return seen[0] if seen else ""


def _clock(row: Row, kind: CaseKind | None) -> dict[str, str]:
    stage = kind.stages.get(row.clock.stage) if kind and row.clock.stage else None
    return {**line_words(row.clock), "stage": in_language(stage.name) if stage else ""}


def _found(case: Case, sought: Sought, hidden: frozenset[str]) -> list[Piece]:
    """The place in the description or address that was found, where it may be seen."""
    for column in ("description", "address"):
        pieces = excerpt(getattr(case, column), sought) if sought and column not in hidden else []
        if pieces:
            return pieces
    return []
