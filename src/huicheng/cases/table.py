"""The rows of a kind's state table: where each holds, where it leads, and what keeps it back just now."""

from __future__ import annotations

from django.db.models import F

from huicheng.cases.clearance import conflicts
from huicheng.cases.errors import NoSuchAction, NotClear, SubcasesOpen, TooLate
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseEvent
from huicheng.cases.times import calendar
from huicheng.city import Instant
from huicheng.packs import CaseKind, Transition, sources


def holds(kind: CaseKind, row: Transition, state: str) -> bool:
    """Whether the row may be taken in a state; ``*`` is every one that is not final."""
    return state in sources(kind, row)


def destination(case: Case, row: Transition) -> str:
    """The state afterwards: a row without ``to`` leaves the case where it is, or leads back."""
    return row.to or (undone(case, row).from_state if row.undoes else case.state)


def entry(case: Case) -> CaseEvent:
    """The act by which the case came into its state."""
    return case.events.exclude(from_state=F("to_state")).latest("seq")


def undone(case: Case, row: Transition) -> CaseEvent:
    """The act that a row takes back: it brought the case where it is. ``NoSuchAction`` when another one did."""
    event = entry(case)
    if event.action != row.undoes:
        raise NoSuchAction(action=row.undoes, state=case.state)
    return event


def overtaken(case: Case, row: Transition) -> bool:
    """Whether something has been done since the case came into its state that keeps the row back."""
    if not (row.undoes or row.unless):
        return False
    event = entry(case)
    others = bool(row.undoes) and event.action != row.undoes
    return others or case.events.filter(seq__gt=event.seq, action__in=row.unless).exists()


def row_of(case: Case, action: str, now: Instant) -> Transition:
    """The row for the case as it stands. ``NoSuchAction``, ``TooLate``, ``SubcasesOpen``."""
    kind = kind_of(case.kind)
    row = kind.transitions.get(action)
    if row is None or not holds(kind, row, case.state) or overtaken(case, row):
        raise NoSuchAction(action=action, state=case.state)
    if too_late(case, row, now):
        raise TooLate(action=action)
    waiting = waits_for(case, row)
    if waiting:
        raise SubcasesOpen(action=action, numbers=", ".join(waiting))
    met = meets(case, row)
    if met:
        raise NotClear(action=action, others=", ".join(met))
    return row


def meets(case: Case, row: Transition) -> list[str]:
    """Last pieces of the ids of what keeps the row back because the case's own would meet it."""
    return [one.short for one in conflicts(case)] if row.clear else []


def too_late(case: Case, row: Transition, now: Instant) -> bool:
    """Whether the time after closing in which it could be done is over."""
    if row.within is None or case.closed_at is None:
        return False
    until = calendar().due(case.closed_at, row.within).at
    return until is not None and now > until


def waits_for(case: Case, row: Transition) -> list[str]:
    """Numbers of the open sub-cases, and of theirs, that keep the row back."""
    level, open_ones = [case.pk] if row.waits else [], []
    while level:
        below = list(Case.objects.filter(parent__in=level).values_list("pk", "number", "closed_at"))
        open_ones += [number for _pk, number, closed_at in below if closed_at is None]
        level = [pk for pk, _number, _closed_at in below]
    return sorted(open_ones)
