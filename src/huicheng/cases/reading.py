"""What pages show of one case: its course, its clock, and what may be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from huicheng.access import Guard, Subject, allows, visible_columns
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import names_of
from huicheng.accounts.units import unit_names
from huicheng.calendar import Reason, Span
from huicheng.cases import table
from huicheng.cases.answers import Known, in_words
from huicheng.cases.by_kind import guard_of_kind
from huicheng.cases.engine import done_by
from huicheng.cases.finding import visible
from huicheng.cases.kinds import category_of, form_of, kind_of
from huicheng.cases.models import Case, CaseAttachment, CaseEvent, ClockState
from huicheng.cases.recording import BEHALF
from huicheng.cases.remarks import MACHINE_ACTIONS, REMARK_FORMS
from huicheng.cases.times import calendar, case_now, limit_of, pauses_of
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.city import Instant
from huicheng.packs import ClockLimit, FormField, Text

_MINUTE = 60_000_000


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """A case's legal clock at one moment, with every stretch of why."""

    state: Literal["running", "paused", "stopped"]
    #: Counted µs left, negative when overdue, and the whole limit.
    left: Instant
    whole: Instant
    due: Instant | None
    overdue: bool
    #: It rests on days whose holidays are not known yet.
    assumed: bool
    limit: ClockLimit
    #: Why the clock does not count at this moment (night, weekend ...); ``None`` while it does.
    standing: Reason | None
    spans: Sequence[Span]

    @property
    def remaining(self) -> int:
        """Counted minutes left, negative when overdue."""
        return self.left // _MINUTE

    @property
    def total(self) -> int:
        """The whole limit in minutes."""
        return self.whole // _MINUTE


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, in words."""

    seq: int
    at: Instant
    #: Wall time.
    received: Instant
    action: str
    name: Text
    #: Display name, or "" for the public; ``platform`` for a machine.
    actor: str
    #: Display name of the absent person for whom the actor did it; "" = for nobody.
    behalf: str
    unit: str
    from_state: Text
    to_state: Text
    #: Label and value (in words where it is a choice or a unit), in the form's order.
    form: list[tuple[Text, Any]]
    photographs: list[CaseAttachment]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An action that the subject may take now, or why not although the policy grants it."""

    action: str
    name: Text
    form: Mapping[str, FormField]
    primary: bool
    key: str
    #: The subject's own earlier action that keeps them from it (judge and actor apart); "" = may be done.
    apart_from: str = ""
    #: Numbers of the open sub-cases that it waits for; empty = it waits for none.
    waits_for: Sequence[str] = ()
    #: What the case's own would meet (``packs.ClearOf``); empty = nothing.
    meets: Sequence[str] = ()


def find(guard: Guard, number: str) -> Case:
    """The case of that number; ``NotFound`` when there is none or the guard hides it."""
    return visible(guard, number=number)


def hidden_columns(guard: Guard, case: Case) -> frozenset[str]:
    """Names (docs/reference/cases.md) that a page must leave out, e.g. ``description``, ``photographs``."""
    shown = visible_columns(guard_of_kind(guard, case.kind), RESOURCE, values_of(case))
    return frozenset() if shown is None else _NAMES - shown


_NAMES = frozenset({*values_of(Case()), "photographs", "location", "answers"})


def clock_of(case: Case, now: Instant | None = None) -> ClockReading:
    """The clock now; for a closed case, as it stood at its closing."""
    until = case.closed_at or (case_now() if now is None else now)
    limit, pauses, days = limit_of(case), pauses_of(case), calendar()
    spans = [*_before(case), *days.explain(case.clock_from, until, limit, pauses)]
    total = days.total(limit)
    remaining = total - sum(span.end - span.start for span in spans if span.counted)
    return ClockReading(
        state=_CLOCK_WORDS[case.clock],
        left=remaining,
        whole=total,
        due=case.due_at,
        overdue=remaining < 0,
        assumed=case.due_assumed or any(span.assumed for span in spans),
        limit=limit,
        standing=_standing(spans),
        spans=spans,
    )


def _before(case: Case) -> list[Span]:
    """What lies between the opening and the restart of a clock that was started anew."""
    if case.clock_from <= case.opened_at:
        return []
    return [Span(start=case.opened_at, end=case.clock_from, counted=False, reason=Reason.RESTARTED)]


_CLOCK_WORDS: dict[str, Literal["running", "paused", "stopped"]] = {
    ClockState.RUNS: "running",
    ClockState.PAUSED: "paused",
    ClockState.STOPPED: "stopped",
}


def _standing(spans: Sequence[Span]) -> Reason | None:
    return spans[-1].reason if spans and not spans[-1].counted else None


def timeline(case: Case) -> list[Entry]:
    """The history, oldest first."""
    events = list(case.events.order_by("seq"))
    persons = (one for event in events for one in (event.actor, event.form.get(BEHALF, "")))
    people, units = names_of(persons), unit_names()
    photographs: dict[int, list[CaseAttachment]] = {}
    for one in case.attachments.all():
        photographs.setdefault(one.event_seq, []).append(one)
    return [_entry(case, event, people, units, photographs.get(event.seq, [])) for event in events]


def _entry(
    case: Case, event: CaseEvent, people: dict[str, str], units: dict[str, str], photographs: list[CaseAttachment]
) -> Entry:
    kind = kind_of(case.kind)
    transition = kind.transitions.get(event.action)
    known = Known(case=case, units=units)
    states = {name: state.name for name, state in kind.states.items()}
    return Entry(
        seq=event.seq,
        at=event.at,
        received=event.received,
        action=event.action,
        name=transition.name if transition else MACHINE_ACTIONS.get(event.action, {}),
        actor="" if event.actor == "anonymous" else people.get(event.actor, event.actor),
        behalf=people.get(event.form.get(BEHALF, ""), ""),
        unit=units.get(event.actor_unit, event.actor_unit),
        from_state=states.get(event.from_state, {}),
        to_state=states.get(event.to_state, {}),
        form=[
            (field.name, in_words(field, event.form[name], known))
            for name, field in _asked(case, event).items()
            if name in event.form
        ],
        photographs=photographs,
    )


def _asked(case: Case, event: CaseEvent) -> Mapping[str, FormField]:
    """The form of what happened; that of an opening is the kind's and the category's."""
    if event.action == "open":
        return {**kind_of(case.kind).opening, **category_of(case.kind, case.category).questions}
    return form_of(case.kind, case.category, event.action) or REMARK_FORMS.get(event.action, {})


def actions_for(case: Case, subject: Subject) -> list[Offer]:
    """What the subject may do with the case as it stands, the primary action first."""
    values, kind, now = values_of(case), kind_of(case.kind), case_now()
    offers = [
        Offer(
            action=action,
            name=row.name,
            form=form_of(case.kind, case.category, action),
            primary=row.primary,
            key=row.key,
            apart_from=done_by(case, subject, row),
            waits_for=table.waits_for(case, row),
            meets=table.meets(case, row),
        )
        for action, row in kind.transitions.items()
        if table.holds(kind, row, case.state)
        and not table.too_late(case, row, now)
        and not table.overtaken(case, row)
        and allows(guard_for(subject, f"case.{action}"), RESOURCE, values)
    ]
    return sorted(offers, key=lambda offer: not offer.primary)
