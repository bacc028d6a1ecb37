"""How a case came to the limit that it has: filed, classed anew, extended, started anew (N4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from huicheng.cases.kinds import form_of, kind_of
from huicheng.cases.models import Case, CaseEvent
from huicheng.city import Instant

#: Kinds of fields that put another limit in the place of the one before.
_SETS = {"category", "condition"}

Kind = Literal["set", "extended", "restarted"]


class LimitStep(msgspec.Struct, frozen=True, kw_only=True):
    """One event that made or changed the limit."""

    at: Instant
    seq: int
    kind: Kind
    #: In the limit's measure: the limit that was set, or what was added. ``None`` for a restart, and for a limit
    #: that another has replaced since.
    amount: float | None = None


def limit_course(case: Case) -> list[LimitStep]:
    """Every step, oldest first. Since the last ``set``, the amounts add up to the case's limit."""
    steps = [step for event in case.events.order_by("seq") for step in _steps(case, event)]
    last = max(index for index, step in enumerate(steps) if step.kind == "set")
    added = sum(step.amount or 0.0 for step in steps[last:])
    first = msgspec.structs.replace(steps[last], amount=case.limit["value"] - added)
    return [*steps[:last], first, *steps[last + 1 :]]


def _steps(case: Case, event: CaseEvent) -> Iterator[LimitStep]:
    fields = form_of(case.kind, case.category, event.action)
    kinds = {fields[name].kind: value for name, value in event.form.items() if name in fields}
    if event.action == "open" or _SETS & kinds.keys():
        yield LimitStep(at=event.at, seq=event.seq, kind="set")
    if "extension" in kinds:
        yield LimitStep(at=event.at, seq=event.seq, kind="extended", amount=kinds["extension"])
    row = kind_of(case.kind).transitions.get(event.action)
    if row is not None and row.restarts_clock:
        yield LimitStep(at=event.at, seq=event.seq, kind="restarted")
