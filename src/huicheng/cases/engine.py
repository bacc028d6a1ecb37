"""Acting on a case: each act is one transaction of table, history, clock and outbox.

The transition table of the kind says what may follow what; the kinds of its forms' fields say what an
answer does; policies say who may do it; the history says who may not, because judge and actor are
different people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q

from huicheng.access import Subject, allows, demand, on_behalf, visible_columns
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import names_of
from huicheng.cases import alarms, clockwork, effects, forms, notices, parts, table, undoing
from huicheng.cases.errors import Conflict, SamePerson
from huicheng.cases.filing import Filing, open_case
from huicheng.cases.finding import visible
from huicheng.cases.kinds import form_of, state_of
from huicheng.cases.models import Case
from huicheng.cases.orders import hold
from huicheng.cases.recording import BEHALF, PLATFORM, Done, not_before_last, note, projection, record
from huicheng.cases.remarks import REMARKS
from huicheng.cases.times import case_now
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.city import Instant
from huicheng.files import Attachment, Attachments
from huicheng.packs import Transition
from huicheng.platform import current

__all__ = ["PLATFORM", "Filing", "act", "catch_up", "done_by", "note", "open_case", "take_over", "visible"]


def act(  # noqa: PLR0913 - what a page knows when a button is pressed, name by name
    case_id: int,
    action: str,
    actor: Subject,
    form: Mapping[str, Any] | None = None,
    *,
    expected_version: int,
    photographs: Mapping[str, Sequence[bytes]] | None = None,
) -> Case:
    """Carry out one action of the kind's table, once.

    ``photographs`` are the files of the form's fields of that kind. Raises ``NotFound`` (or not
    visible), ``Refused``, ``Conflict``, ``NoSuchAction``, ``SamePerson``, ``FormInvalid``,
    ``NotAnImage``, ``TooLarge``; then nothing has changed.
    """
    _overdue(case_id)
    step = _Step(action=action, actor=actor, expected_version=expected_version)
    # Asked before anything is kept, and again below, when nobody else can act.
    step.admitted(case_id)
    kept = {field: _keep(files) for field, files in (photographs or {}).items()}
    sent = {**(form or {}), **{field: [one.digest for one in some] for field, some in kept.items()}}
    with transaction.atomic():
        case, row = step.admitted(case_id)
        cleaned = forms.clean(form_of(case.kind, case.category, action), sent, forms.About.of(case, actor))
        photographs_kept = [one for some in kept.values() for one in some]
        done = Done(
            action=action,
            actor=actor,
            from_state=case.state,
            form=cleaned,
            photographs=photographs_kept,
            behalf=step.behalf(case),
        )
        _move(case, row, done, case_now())
    return case


def take_over(case: Case, action: str, at: Instant, form: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write down an action that was done elsewhere at ``at``, as the machine that brings it in (``Source.FILE``).

    No policy is asked: whoever may run the import has the data directory. The table and the form hold as always.
    ``facts`` stand beside the form in the history: where it came from. Call it in a transaction that holds the
    case. Raises ``NoSuchAction``, ``TooLate``, ``SubcasesOpen``, ``FormInvalid``.
    """
    catch_up(case, at)
    row = table.row_of(case, action, at)
    fields = form_of(case.kind, case.category, action)
    cleaned = forms.clean(fields, form, forms.About.of(case, PLATFORM))
    done = Done(action=action, actor=PLATFORM, from_state=case.state, form={**cleaned, **facts})
    _move(case, row, done, at)


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's wish to act, and whether it may be."""

    action: str
    actor: Subject
    expected_version: int

    def admitted(self, case_id: int) -> tuple[Case, Transition]:
        """The case, locked where the caller is in a transaction, and the row of the table."""
        case = visible(guard_for(self.actor, "read"), id=case_id)
        guard = guard_for(self.actor, self.verb)
        if not allows(guard, RESOURCE, values_of(case)) and guard.of(RESOURCE):
            self._overtaken(case)
        demand(guard, self.verb, RESOURCE, values_of(case))
        self._unchanged(case)
        row = table.row_of(case, self.action, case_now())
        self._apart(case, row)
        return case, row

    @property
    def verb(self) -> str:
        return f"case.{self.action}"

    def behalf(self, case: Case) -> str:
        """Subject of the absent person without whose grants the actor could not do it."""
        absent = on_behalf(guard_for(self.actor, self.verb), RESOURCE, values_of(case))
        return absent.id if absent else ""

    def _overtaken(self, case: Case) -> None:
        """A policy may hold in some states only: who lost it by a colleague's act is told of that act."""
        last = case.events.latest("seq")
        colleague = bool(self.actor.unit) and last.actor_unit == self.actor.unit
        if colleague or visible_columns(guard_for(self.actor, "read"), RESOURCE, values_of(case)) is None:
            self._unchanged(case)

    def _unchanged(self, case: Case) -> None:
        """A page is old when somebody has acted since; remarks, of machines or on another case, change nothing."""
        since = case.events.filter(seq__gt=self.expected_version).exclude(action__in=REMARKS).order_by("-seq").first()
        if since is None and 1 <= self.expected_version <= case.version:
            return
        last = since or case.events.latest("seq")
        raise Conflict(who=names_of([last.actor]).get(last.actor, last.actor), action=last.action)

    def _apart(self, case: Case, row: Transition) -> None:
        done = done_by(case, self.actor, row)
        if done:
            raise SamePerson(done=done, action=self.action)


def done_by(case: Case, actor: Subject, transition: Transition) -> str:
    """The action of the actor that keeps them from this one; "" when nothing does.

    A deputy counts as both persons: what either has done, or somebody for either, keeps both from it.
    """
    persons = [actor.id, *(absent.id for absent in actor.deputises)]
    theirs = Q(actor__in=persons) | Q(**{f"form__{BEHALF}__in": persons})
    done = case.events.filter(theirs, action__in=transition.not_by_actor_of)
    return done.values_list("action", flat=True).first() or ""


def _overdue(case_id: int) -> None:
    """What the clocks have to say, and the platform to do, comes before the act, and stays if the act is refused."""
    now = case_now()
    if Case.objects.filter(pk=case_id, alarm_at__lte=now).exists():
        with transaction.atomic():
            catch_up(_held(case_id), now)


def catch_up(case: Case, now: Instant) -> None:
    """Let the clocks say what is due until ``now``, each at its own time, and do what a stage's end asks for.

    Call it in a transaction that holds the case.
    """
    while case.alarm_at is not None and case.alarm_at <= now:
        end = alarms.ring(case, now)
        if end is None:
            return
        row = table.row_of(case, end.action, end.at)
        _move(case, row, Done(action=end.action, actor=PLATFORM, from_state=case.state), end.at)


def _move(case: Case, row: Transition, done: Done, now: Instant) -> None:
    if case.alarm_at is not None and case.alarm_at <= now:
        alarms.ring(case, now)
    before, ended, was = projection(case), case.closed_at is not None, undoing.before(case, done.action)
    change = effects.Change(case=case, at=not_before_last(case, now))
    change.undone = table.undone(case, row) if row.undoes else None
    effects.apply(change, form_of(case.kind, case.category, done.action), done.form)
    effects.mark(case, row)
    _enter(case, row, change)
    case.version += 1
    resumed = undoing.stay_before(case, change.undone) if change.undone else None
    stay = clockwork.follow_stage(case, change.at, more=change.more, resumed=resumed)
    alarms.settle(case, stay, change.at)
    case.save()
    record(case, before, change.at, msgspec.structs.replace(done, form={**done.form, **was}))
    notices.send(case, row, change.at)
    parts.open_parts(case, row, change.joint, done, change.at)
    _tell_others(case, change, done.actor, turned=ended != (case.closed_at is not None))


def _enter(case: Case, row: Transition, change: effects.Change) -> None:
    """State, stage and clocks; a reopened case is merged no more."""
    if row.reopens:
        case.merged_into = None
    to = row.to
    if change.undone is not None:
        to = change.undone.from_state
        undoing.restore(case, change.undone.form)
    if to:
        state = state_of(case.kind, to)
        case.state, case.stage = to, state.stage
        clockwork.enter(case, state, change.at)
        hold(case)
    if row.restarts_clock:
        clockwork.restart(case, change.at)
    if change.relimited:
        clockwork.reckon(case)


def _tell_others(case: Case, change: effects.Change, actor: Subject, *, turned: bool) -> None:
    """Remarks on cases that this act concerns: the one merged into, and the one that this is a part of."""
    facts = {"case": case.number}
    if change.merged is not None:
        note(_held(change.merged.pk), "merged-here", change.at, facts, actor=actor)
    if case.parent_id is not None and turned:
        action = "part-reopened" if case.closed_at is None else "part-closed"
        note(_held(case.parent_id), action, change.at, {**facts, "state": case.state}, actor=actor)


def _held(pk: int) -> Case:
    return Case.objects.select_for_update().get(pk=pk)


def _keep(files: Sequence[bytes]) -> list[Attachment]:
    attachments = Attachments(current().data / "files")
    return [attachments.put(content) for content in files]
