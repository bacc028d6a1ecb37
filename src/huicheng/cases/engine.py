"""Opening a case and acting on it: each is one transaction of table, history, clock and outbox.

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
from huicheng.cases import alarms, clockwork, effects, forms, notices, search, table, undoing
from huicheng.cases.errors import Conflict, SamePerson
from huicheng.cases.finding import visible
from huicheng.cases.kinds import category_of, form_of, kind_of, state_of
from huicheng.cases.models import Case, Source
from huicheng.cases.numbers import next_number
from huicheng.cases.owners import owner_of
from huicheng.cases.recording import BEHALF, PLATFORM, Done, not_before_last, note, projection, record
from huicheng.cases.remarks import REMARKS
from huicheng.cases.standards import limit_of_category
from huicheng.cases.times import calendar, case_now
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.city import Instant
from huicheng.files import Attachment, Attachments
from huicheng.packs import CaseRef, Transition
from huicheng.platform import current

__all__ = ["PLATFORM", "Filing", "act", "done_by", "note", "open_case", "take_over", "visible"]


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """What a new case is about."""

    #: ``pack/kind``.
    kind: str
    category: str
    #: ``models.Source``.
    source: str
    title: str
    description: str = ""
    #: Longitude, latitude (WGS 84).
    place: tuple[float, float] | None = None
    address: str = ""
    division: str = ""
    alert_id: str | None = None
    entity_ref: str = ""
    reporter: str = ""
    follow_hash: str = ""
    #: Case clock; ``None`` = now.
    opened_at: Instant | None = None
    photographs: Sequence[Attachment] = ()
    #: Key of the category's filing condition; "" = the first.
    condition: str = ""
    #: The unit that answers, where the filer knows; else the category says.
    owner_unit: str = ""
    #: The unit that has it from the beginning, where nobody dispatches it.
    handling_unit: str = ""
    assignee: str = ""
    collector: str = ""
    parent: Case | None = None
    marks: Sequence[str] = ()
    answers: Mapping[str, Any] = {}
    #: What was asked at the opening (``CaseKind.opening``, ``Category.questions``), checked: kept with the
    #: first event, and with the effects of its fields.
    form: Mapping[str, Any] = {}
    #: What is sent twice under one key is filed once. It names its sender too, so that nobody guesses another's.
    client_key: str | None = None


def open_case(filing: Filing, actor: Subject) -> Case:
    """File it: number, limit, due time, first event. An ``alert_id`` that has a case is an IntegrityError.

    Whether ``actor`` may is the caller's question (``report`` or the alert consumer). A ``client_key`` that
    has a case already gives that case.
    """
    at = case_now() if filing.opened_at is None else filing.opened_at
    with transaction.atomic():
        filed = filing.client_key and Case.objects.filter(client_key=filing.client_key).first()
        if filed:
            return filed
        case = _case(filing, at)
        stay = clockwork.begin_stay(case, at)
        alarms.settle(case, stay, at)
        case.save(force_insert=True)
        stay.case = case
        stay.save(force_insert=True)
        search.index(case)
        done = Done(action="open", actor=actor, form=dict(filing.form), photographs=filing.photographs)
        record(case, {}, at, done)
    return case


def _case(filing: Filing, at: Instant) -> Case:
    kind, category = kind_of(filing.kind), category_of(filing.kind, filing.category)
    state = kind.states[kind.initial]
    longitude, latitude = filing.place or (None, None)
    condition = filing.condition or next(iter(category.conditions), "")
    standard = limit_of_category(filing.kind, filing.category, condition, at)
    copied = ("kind", "category", "source", "title", "description", "address", "division", "handling_unit")
    linked = ("alert_id", "entity_ref", "reporter", "follow_hash", "assignee", "collector", "parent", "client_key")
    case = Case(
        **{name: getattr(filing, name) for name in (*copied, *linked)},
        number=next_number(at, calendar().hours.tz),
        state=kind.initial,
        stage=state.stage,
        longitude=longitude,
        latitude=latitude,
        grid=_cell(filing.place),
        owner_unit=filing.owner_unit or _owner(filing),
        condition=condition,
        marks=list(filing.marks),
        answers=dict(filing.answers),
        opened_at=at,
        clock_from=at,
        limit=msgspec.to_builtins(standard.limit),
        standard=standard.version,
    )
    effects.apply(effects.Change(case=case, at=at), {**kind.opening, **category.questions}, filing.form)
    clockwork.start(case, state)
    return case


def _owner(filing: Filing) -> str:
    return owner_of(
        filing.kind, filing.category, place=filing.place, division=filing.division, entity_ref=filing.entity_ref
    )


def _cell(place: tuple[float, float] | None) -> str:
    """Code of the grid cell that the place lies in; "" outside the district, or where no grid is laid."""
    grid = current().grid
    cell = grid.cell_of(*place) if grid is not None and place is not None else None
    return cell.code if cell else ""


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
    for unit in change.joint:
        _open_part(case, row, unit, done, change.at)
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
    if row.restarts_clock:
        clockwork.restart(case, change.at)
    if change.relimited:
        clockwork.reckon(case)


def _open_part(case: Case, row: Transition, unit: str, done: Done, at: Instant) -> None:
    """A sub-case in the hands of one unit; whoever reported is not its business."""
    if row.opens is None:
        return
    place = None if case.longitude is None or case.latitude is None else (case.longitude, case.latitude)
    title, description = _told_to_part(case, row.opens, done)
    filing = Filing(
        **{name: getattr(case, name) for name in ("address", "division", "entity_ref")},
        kind=row.opens.kind,
        category=row.opens.category,
        source=str(Source.CASE),
        title=title,
        description=description,
        place=place,
        owner_unit=unit,
        handling_unit=unit,
        parent=case,
        opened_at=at,
    )
    open_case(filing, done.actor)


def _told_to_part(case: Case, opened: CaseRef, done: Done) -> tuple[str, str]:
    """Title and text: what was asked of the unit; and the case's own, unless its kind is confidential."""
    fields = form_of(case.kind, case.category, done.action)
    asked = [str(done.form[name]) for name, field in fields.items() if field.kind == "text" and name in done.form]
    if kind_of(case.kind).confidential:
        return f"{category_of(opened.kind, opened.category).name['zh-hans']} {case.number}", "\n\n".join(asked)
    return case.title, "\n\n".join(filter(None, [*asked, case.description]))


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
