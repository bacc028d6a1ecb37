"""The rows of a kind's state table: where each holds, where it leads, and what keeps it back just now."""

from __future__ import annotations

from huicheng.cases.errors import NoSuchAction, SubcasesOpen, TooLate
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case
from huicheng.cases.times import calendar
from huicheng.city import Instant
from huicheng.packs import CaseKind, Transition, sources


def holds(kind: CaseKind, row: Transition, state: str) -> bool:
    """Whether the row may be taken in a state; ``*`` is every one that is not final."""
    return state in sources(kind, row)


def destination(row: Transition, state: str) -> str:
    """The state afterwards: a row without ``to`` leaves the case where it is."""
    return row.to or state


def row_of(case: Case, action: str, now: Instant) -> Transition:
    """The row for the case as it stands. ``NoSuchAction``, ``TooLate``, ``SubcasesOpen``."""
    kind = kind_of(case.kind)
    row = kind.transitions.get(action)
    if row is None or not holds(kind, row, case.state):
        raise NoSuchAction(action=action, state=case.state)
    if too_late(case, row, now):
        raise TooLate(action=action)
    waiting = waits_for(case, row)
    if waiting:
        raise SubcasesOpen(action=action, numbers=", ".join(waiting))
    return row


def too_late(case: Case, row: Transition, now: Instant) -> bool:
    """Whether the time after closing in which it could be done is over."""
    if row.within is None or case.closed_at is None:
        return False
    until = calendar().due(case.closed_at, row.within).at
    return until is not None and now > until


def waits_for(case: Case, row: Transition) -> list[str]:
    """Numbers of the open sub-cases that keep the row back."""
    if not row.waits:
        return []
    return list(case.subcases.filter(closed_at=None).order_by("number").values_list("number", flat=True))
