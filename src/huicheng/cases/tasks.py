"""Cases that wait for one person: those on which a policy lets them do what moves the case on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import Q

from huicheng.access import Guard, Subject
from huicheng.accounts.guards import guard_for
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case, CaseRows
from huicheng.cases.visibility import RESOURCE, rows_where
from huicheng.packs import CaseKind


def waiting_for(subject: Subject, among: Mapping[str, CaseKind] | None = None, stage: str = "") -> CaseRows:
    """Cases of some kinds (default: all), in a stage, that the subject may read and move on.

    Whether judge and actor are apart is asked of each case when it is shown (``reading.actions_for``).
    """
    known = kinds() if among is None else among
    wanted = Q(pk__in=())
    for action in {action for kind in known.values() for action in kind.transitions}:
        guard = guard_for(subject, f"case.{action}")
        if guard.of(RESOURCE):
            wanted |= _places(action, known.items(), stage) & _rows(guard)
    return Case.objects.visible_to(guard_for(subject, "read")).filter(wanted)


def _places(action: str, known: Iterable[tuple[str, CaseKind]], stage: str) -> Q:
    """Kinds and states from which an action leads on; one for every state is no task of anybody."""
    places = Q(pk__in=())
    for name, kind in known:
        row = kind.transitions.get(action)
        if row is None or not row.to or "*" in row.from_:
            continue
        states = [state for state in row.from_ if not stage or kind.states[state].stage == stage]
        places |= Q(kind=name, state__in=[one for one in states if not kind.states[one].final])
    return places


def _rows(guard: Guard) -> Q:
    condition = rows_where(guard, connection.vendor)
    return Q() if condition is None else Q(condition)
