"""What the clocks of a case have to say by themselves: yellow, red, overdue, and up the reporting line.

An alarm is an instant of a clock: of the case's, or of that of the stage it is in. What has been said is kept
with the case (``Case.rung``) in the transaction that says it, so each is said once; a clock that is set anew
may say it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import Q

from huicheng.accounts.units import line_above
from huicheng.cases.clockwork import current_stay, reckon, reckon_stay, stay_limit
from huicheng.cases.effects import NO_OFFICERS
from huicheng.cases.kinds import kind_of
from huicheng.cases.models import Case, CaseStage, ClockState, Urgency
from huicheng.cases.notices import tell
from huicheng.cases.recording import note, projection
from huicheng.cases.times import calendar, case_clock, limit_of, pauses_of, wall
from huicheng.city import Instant, parse_instant, rfc3339
from huicheng.packs import CaseKind, Notice

#: What the history calls it → what the case then is.
LEVELS = {"warned-yellow": Urgency.YELLOW, "warned-red": Urgency.RED, "overdue": Urgency.OVERDUE}
ESCALATED = "escalated"

#: What units are told (``notices``).
SAID: dict[str, Notice] = {
    "warned-yellow": Notice(
        to="unit",
        says={
            "zh-hans": "黄色预警：案件 {number}（{category}），{due} 到期。",
            "en": "Yellow warning: case {number} ({category}), due {due}.",
        },
    ),
    "warned-red": Notice(
        to="unit",
        says={
            "zh-hans": "红色预警：案件 {number}（{category}），{due} 到期。",
            "en": "Red warning: case {number} ({category}), due {due}.",
        },
    ),
    "overdue": Notice(
        to="unit",
        says={
            "zh-hans": "超期：案件 {number}（{category}）应于 {due} 前完成。",
            "en": "Overdue: case {number} ({category}) was due {due}.",
        },
    ),
    ESCALATED: Notice(
        to="superior",
        says={
            "zh-hans": "超期上报：{unit} 的案件 {number}（{category}），{due} 到期。",
            "en": "Escalated: case {number} ({category}) of {unit}, due {due}.",
        },
    ),
}

#: Until then every process has read a changed calendar (``times.calendar``), in µs.
_SETTLED = 6_000_000
_RISING = ("", *Urgency.values)
#: Columns that an alarm may change.
_COLUMNS = ("rung", "warning", "escalated_to", "alarm_at", "due_at", "due_assumed", "stage_due_at")


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a clock says, and when."""

    at: Instant
    #: Action of the event.
    action: str
    #: Which clock: ``case``, or ``stage-N`` for the stay that began with event N.
    clock: str
    #: Share of the limit that has passed then.
    share: float
    #: For an escalation: steps up the reporting line.
    steps: int = 0
    #: The stage's limit has passed, and the platform takes this action of the table (``packs.Stage.then``).
    ends: bool = False

    @property
    def key(self) -> str:
        """Names it among all that the clocks of one case say."""
        return f"{self.clock}:{self.action}:{self.share:g}"


def alarms(case: Case, stay: CaseStage | None, opening: Mapping[str, Any] | None = None) -> list[Alarm]:
    """All that the clocks say in their course, in order of time; while they stand, only when a stage ends by a time.

    ``opening`` is what was answered when the case was opened, where that is not yet in its history.
    """
    kind = kind_of(case.kind)
    said = [*(_of_time(case, stay, kind, opening) if stay else ())]
    if case.clock == ClockState.RUNS:
        said += [*_of_case(case, kind), *(_of_stay(case, stay, kind) if stay else ())]
    return sorted(said, key=lambda one: (one.at, one.ends, one.share, one.clock))


def settle(case: Case, stay: CaseStage | None, at: Instant, opening: Mapping[str, Any] | None = None) -> None:
    """After an act at ``at``: forget what clocks that were set anew will say again, and find the next alarm.

    What a clock that is taken up again has passed is not said a second time. The caller saves the case. ``opening``
    as in :func:`alarms`.
    """
    if case.closed_at is not None:
        case.warning = ""
    all_said = alarms(case, stay, opening)
    if case.clock != ClockState.RUNS:
        _stand(case, all_said)
        return
    again = f"stage-{stay.event_seq}" if stay and stay.clock_from is not None else ""
    case.rung = [
        one.key for one in all_said if one.at <= at and (one.key in case.rung or (one.clock == again and not one.ends))
    ]
    _stand(case, all_said)


def ring(case: Case, now: Instant) -> Alarm | None:
    """Write down what the clocks have said until ``now``, each at its own time. Call it in a transaction.

    Clocks are reckoned anew first, so what a calendar has changed since moves an alarm instead of ringing it.
    Where the stage ends by itself, what comes after waits: the end is given back, for the caller to act on.
    """
    _reckon_again(case, now)
    stay = current_stay(case)
    if stay is not None:
        reckon_stay(case, stay)
        stay.save()
    all_said = alarms(case, stay)
    due = [one for one in all_said if one.at <= now and one.key not in case.rung]
    end = next((one for one in due if one.ends), None)
    for alarm in due[: due.index(end)] if end else due:
        case.rung = [*case.rung, alarm.key]
        facts = _escalate(case, alarm) if alarm.action == ESCALATED else _facts(case, alarm)
        note(case, alarm.action, alarm.at, facts, changed=("rung", "escalated_to"))
        _tell(case, alarm)
    _stand(case, all_said)
    case.save(update_fields=_COLUMNS)
    return end


def _tell(case: Case, alarm: Alarm) -> None:
    """The unit that has it learns of its clocks, the one further up of what comes to it."""
    if alarm.action == ESCALATED:
        tell(case, SAID[ESCALATED], alarm.at, case.escalated_to)
    else:
        due = case.due_at if alarm.clock == "case" else case.stage_due_at
        tell(case, SAID[alarm.action], alarm.at, case.handling_unit or case.owner_unit, due)


def _reckon_again(case: Case, now: Instant) -> None:
    """By the calendar as it is today; a due time that moves stands in the history."""
    before, due = projection(case), case.due_at
    reckon(case)
    if due is not None and case.due_at is not None and case.due_at != due:
        facts = {"before": rfc3339(due), "due": rfc3339(case.due_at)}
        note(case, "due-moved", now, facts, changed=("due_at", "due_assumed"), before=before)


def calendar_changed(since: Instant) -> int:
    """Have every clock reckoned anew that is due after an instant; how many. The watch does it shortly.

    Not at once, because other processes know the calendar as it was for some seconds yet.
    """
    clock = case_clock()
    soon = clock.now(wall()) + round(_SETTLED * clock.speed)
    running = Case.objects.filter(clock=ClockState.RUNS, closed_at=None)
    late = Q(due_at__gte=since) | Q(stage_due_at__gte=since)
    return running.filter(late).exclude(alarm_at__lt=soon).update(alarm_at=soon)


def _stand(case: Case, all_said: Sequence[Alarm]) -> None:
    """Next alarm, warning and escalation as what has been said makes them; of clocks that stand it stays as it was."""
    case.alarm_at = next((one.at for one in all_said if one.key not in case.rung), None)
    if case.clock != ClockState.RUNS:
        return
    said = [one for one in all_said if one.key in case.rung]
    levels = [str(LEVELS[one.action]) for one in said if one.action in LEVELS]
    case.warning = max(levels, key=_RISING.index, default="")
    if not any(one.action == ESCALATED for one in said) and NO_OFFICERS not in case.marks:
        case.escalated_to = ""


def _of_case(case: Case, kind: CaseKind) -> Iterator[Alarm]:
    levels = _levels(kind)
    steps = {one.at: one.steps for one in kind.escalation}
    shares = sorted({*levels.values(), *steps})
    reached = calendar().reached(case.clock_from, limit_of(case), shares, pauses_of(case))
    times = {share: due.at for share, due in zip(shares, reached, strict=True)}
    for action, share in levels.items():
        yield from _alarm(times[share], action=action, clock="case", share=share)
    for share, up in steps.items():
        yield from _alarm(times[share], action=ESCALATED, clock="case", share=share, steps=up)


def _of_stay(case: Case, stay: CaseStage, kind: CaseKind) -> Iterator[Alarm]:
    limit = stay_limit(stay)
    if limit is None:
        return
    levels = _levels(kind)
    reached = calendar().reached(stay.counts_from, limit, list(levels.values()), pauses_of(case))
    for (action, share), due in zip(levels.items(), reached, strict=True):
        yield from _alarm(due.at, action=action, clock=f"stage-{stay.event_seq}", share=share)
    stage = kind.stages.get(stay.stage)
    if stage is not None and stage.then and not stage.until:
        yield from _alarm(reached[-1].at, action=stage.then, clock=f"stage-{stay.event_seq}", share=1.0, ends=True)


def _of_time(case: Case, stay: CaseStage, kind: CaseKind, opening: Mapping[str, Any] | None) -> Iterator[Alarm]:
    """The end of a stage that lasts until a time which was answered at the opening (``packs.Stage.until``)."""
    stage = kind.stages.get(stay.stage)
    if stage is None or not stage.until or case.closed_at is not None:
        return
    answered = (case.events.earliest("seq").form if opening is None else opening).get(stage.until)
    if answered:
        at = parse_instant(answered)
        yield Alarm(at=at, action=stage.then, clock=f"stage-{stay.event_seq}", share=1.0, ends=True)


def _levels(kind: CaseKind) -> dict[str, float]:
    """Action → share of the limit, rising; a kind without warnings is overdue all the same."""
    warned = {"warned-yellow": kind.warnings.yellow, "warned-red": kind.warnings.red} if kind.warnings else {}
    return {**warned, "overdue": 1.0}


def _alarm(at: Instant | None, **facts: Any) -> Iterator[Alarm]:
    if at is not None:
        yield Alarm(at=at, **facts)


def _facts(case: Case, alarm: Alarm) -> dict[str, Any]:
    """Which clock it was, and when that is due."""
    due = case.due_at if alarm.clock == "case" else case.stage_due_at
    of = {"of": "case"} if alarm.clock == "case" else {"of": "stage", "stage": case.stage}
    return {**of, "share": alarm.share, "due": rfc3339(due) if due is not None else ""}


def _escalate(case: Case, alarm: Alarm) -> dict[str, Any]:
    """The unit so many steps further up sees it from now on; where the line ends sooner, the last of it."""
    unit = case.handling_unit or case.owner_unit
    line = line_above(unit)[: alarm.steps]
    case.escalated_to = line[-1] if line else ""
    return {"to": case.escalated_to, "share": alarm.share}
