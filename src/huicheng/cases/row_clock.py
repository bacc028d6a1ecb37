"""The clock of a line in a list: figures only, counted from now to the due time instead of from the opening.

The explained reading (``reading.clock_of``) walks every day since the opening; a list of long-lived cases
cannot. Between now and the due time lies what is left, so both say the same as long as the calendar stands.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from huicheng.calendar import Calendar
from huicheng.cases.kinds import kinds
from huicheng.cases.models import Case, ClockState
from huicheng.cases.times import limit_of
from huicheng.city import Instant
from huicheng.packs import ClockLimit

_MINUTE = 60_000_000

_STATES: dict[str, Literal["running", "paused", "stopped"]] = {
    ClockState.RUNS: "running",
    ClockState.PAUSED: "paused",
    ClockState.STOPPED: "stopped",
}


class RowClock(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of the limit that ends first: the case's, or that of its stage."""

    state: Literal["running", "paused", "stopped"]
    #: Counted µs left, negative when overdue, and the whole limit.
    left: Instant
    whole: Instant
    due: Instant | None
    overdue: bool
    limit: ClockLimit
    #: Key of the stage whose limit it is; "" = the whole case's.
    stage: str = ""

    @property
    def remaining(self) -> int:
        """Counted minutes left, negative when overdue."""
        return self.left // _MINUTE

    @property
    def total(self) -> int:
        """The whole limit in minutes."""
        return self.whole // _MINUTE


def row_clock(case: Case, now: Instant, days: Calendar) -> RowClock:
    """The clock at ``now``; for a paused or closed case, as it stood when it stopped."""
    stage = _stage_first(case)
    limit, due = (stage, case.stage_due_at) if stage else (limit_of(case), case.due_at)
    total = days.total(limit)
    remaining = total if due is None else days.left(case.clock_from, _reading(case, now), due, limit)
    return RowClock(
        state=_STATES[case.clock],
        left=remaining,
        whole=total,
        due=due,
        overdue=remaining < 0,
        limit=limit,
        stage=case.stage if stage else "",
    )


def _stage_first(case: Case) -> ClockLimit | None:
    """The stage's limit where it is due before the case."""
    if case.clock != ClockState.RUNS or case.stage_due_at is None:
        return None
    if case.due_at is not None and case.due_at <= case.stage_due_at:
        return None
    kind = kinds().get(case.kind)
    stage = kind.stages.get(case.stage) if kind else None
    return stage.limit if stage else None


def _reading(case: Case, now: Instant) -> Instant:
    """The moment at which the clock is read."""
    if case.closed_at is not None:
        return int(case.closed_at)
    held = case.pauses[-1] if case.clock != ClockState.RUNS and case.pauses else None
    return int(held[0]) if held is not None and held[1] is None else now
