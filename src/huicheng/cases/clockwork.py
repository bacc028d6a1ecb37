"""The legal clocks of a case and of the stage that it is in: start, pause, go on, stop, start anew."""

from __future__ import annotations

import msgspec

from huicheng.cases.models import Case, CaseStage, ClockState
from huicheng.cases.standards import limit_of_stage
from huicheng.cases.times import calendar, due_of, limit_of, pauses_of
from huicheng.city import Instant
from huicheng.packs import ClockLimit, State


def start(case: Case, state: State) -> None:
    """Set the clock of a case that opens in ``state`` at ``case.opened_at``."""
    case.clock = ClockState.RUNS
    case.pauses = []
    reckon(case)
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
    reckon(case)


def restart(case: Case, at: Instant) -> None:
    """Count from ``at`` on; what was before is in the history. A pause that lasts goes on."""
    case.clock_from = at
    case.pauses = [[at, None] for _, end in case.pauses if end is None]
    reckon(case)


def reckon(case: Case) -> None:
    """Set the due time of a clock that runs, by today's calendar; one that stands keeps what it had."""
    if case.clock == ClockState.RUNS:
        due = due_of(case)
        case.due_at, case.due_assumed = due.at, due.assumed


def begin_stay(case: Case, at: Instant) -> CaseStage:
    """The first stay of a stage, with its clock; the caller saves both, the case first."""
    stay = CaseStage(event_seq=case.version, stage=case.stage, unit=case.handling_unit, entered_at=at)
    held = limit_of_stage(case.kind, case.stage, case.opened_at)
    stay.limit, stay.standard = None if held.limit is None else msgspec.to_builtins(held.limit), held.version
    reckon_stay(case, stay)
    return stay


def follow_stage(case: Case, at: Instant, *, more: float = 0.0, resumed: CaseStage | None = None) -> CaseStage | None:
    """End the stay that is over, begin the next, and reckon its clock; the stay that lasts now, saved.

    The case has its version. A stay is one stage in one unit's hands. ``more`` is an extension, which lengthens the
    stay as well if it is measured alike. ``resumed`` is an earlier stay whose clock the next one takes up again.
    """
    stay = current_stay(case)
    if stay is not None and not _goes_on(case, stay):
        _leave(case, stay, at)
        stay = None
    case.stage_due_at = None
    if stay is None and case.closed_at is not None:
        return None
    stay = stay or _next_stay(case, at, resumed)
    _extend(case, stay, more)
    reckon_stay(case, stay)
    stay.case = case
    stay.save()
    return stay


def _next_stay(case: Case, at: Instant, resumed: CaseStage | None) -> CaseStage:
    stay = begin_stay(case, at)
    if resumed is not None and resumed.stage == stay.stage:
        stay.limit, stay.standard, stay.clock_from = resumed.limit, resumed.standard, resumed.counts_from
    return stay


def current_stay(case: Case) -> CaseStage | None:
    """The stay that has not ended; ``None`` for a closed case, and for one from before stays were kept."""
    return case.stages.filter(left_at=None).order_by("-event_seq").first()


def reckon_stay(case: Case, stay: CaseStage) -> None:
    """Set the due time of the stage's clock while it runs; the caller saves both."""
    limit = stay_limit(stay)
    if limit is not None and case.clock == ClockState.RUNS:
        stay.due_at = case.stage_due_at = calendar().due(stay.counts_from, limit, pauses_of(case)).at


def stay_limit(stay: CaseStage) -> ClockLimit | None:
    """The stage's limit as it was when the stay began, with its extensions."""
    return None if stay.limit is None else msgspec.convert(stay.limit, ClockLimit)


def _pause_or_go_on(case: Case, clock: ClockState, at: Instant) -> None:
    ran, runs = case.clock == ClockState.RUNS, clock == ClockState.RUNS
    if ran and not runs:
        case.pauses = [*case.pauses, [at, None]]
    elif runs and not ran:
        *before, (start_of_pause, _) = case.pauses
        case.pauses = [*before, [start_of_pause, at]]


def _in_time(case: Case, at: Instant) -> bool:
    return calendar().remaining(case.clock_from, at, limit_of(case), pauses_of(case)) >= 0


def _goes_on(case: Case, stay: CaseStage) -> bool:
    return case.closed_at is None and (stay.stage, stay.unit) == (case.stage, case.handling_unit)


def _leave(case: Case, stay: CaseStage, at: Instant) -> None:
    limit = stay_limit(stay)
    stay.left_at = at
    if limit is not None:
        stay.in_time = calendar().remaining(stay.counts_from, at, limit, pauses_of(case)) >= 0
    stay.save()


def _extend(case: Case, stay: CaseStage, more: float) -> None:
    if more and stay.limit is not None and stay.limit["type"] == case.limit["type"]:
        stay.limit = {**stay.limit, "value": stay.limit["value"] + more}
