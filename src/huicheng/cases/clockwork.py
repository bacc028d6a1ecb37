"""What entering a state does to a case's legal clock."""

from __future__ import annotations

from huicheng.cases.models import Case, ClockState
from huicheng.cases.times import calendar, due_of, limit_of, pauses_of
from huicheng.city import Instant
from huicheng.packs import State


def start(case: Case, state: State) -> None:
    """Set the clock of a case that opens in ``state`` at ``case.opened_at``."""
    case.clock = ClockState.RUNS
    case.pauses = []
    _set_due(case)
    enter(case, state, case.opened_at)


def enter(case: Case, state: State, at: Instant) -> None:
    """Let the clock run, pause or stop as ``state`` says; a final state closes the case.

    Time in which it does not run is kept as a pause, so a case that is reopened has lost none of it.
    """
    clock = ClockState.STOPPED if state.final else ClockState(state.clock)
    _pause_or_go_on(case, clock, at)
    case.clock = clock
    case.closed_at = at if state.final else None
    case.in_time = _in_time(case, at) if state.final else None
    if clock == ClockState.RUNS:
        _set_due(case)


def _pause_or_go_on(case: Case, clock: ClockState, at: Instant) -> None:
    ran, runs = case.clock == ClockState.RUNS, clock == ClockState.RUNS
    if ran and not runs:
        case.pauses = [*case.pauses, [at, None]]
    elif runs and not ran:
        *before, (start_of_pause, _) = case.pauses
        case.pauses = [*before, [start_of_pause, at]]


def _in_time(case: Case, at: Instant) -> bool:
    return calendar().remaining(case.opened_at, at, limit_of(case), pauses_of(case)) >= 0


def _set_due(case: Case) -> None:
    due = due_of(case)
    case.due_at, case.due_assumed = due.at, due.assumed
