"""Opening a case and acting on it: each is one transaction of table, history, clock and outbox.

The transition table of the kind says what may follow what; policies say who may do it; the
history says who may not, because judge and actor are different people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from huicheng.access import Guard, Subject, demand
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import names_of
from huicheng.cases import clockwork, forms, history
from huicheng.cases.entity import Bare, difference, projected
from huicheng.cases.errors import Conflict, NoSuchAction, SamePerson
from huicheng.cases.kinds import category_of, form_of, kind_of, state_of
from huicheng.cases.models import Case, CaseAttachment, CaseEvent, Outbox
from huicheng.cases.numbers import next_number
from huicheng.cases.owners import owner_of
from huicheng.cases.times import calendar, case_now, wall
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.city import Instant
from huicheng.errors import NotFound
from huicheng.files import Attachment, Attachments
from huicheng.packs import Transition
from huicheng.platform import current

#: The machine as an actor.
PLATFORM = Subject(id="platform", roles=())


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
    #: Key of the category's filing condition.
    condition: str = ""
    #: The unit that answers, where the filer knows; else the category says.
    owner_unit: str = ""
    assignee: str = ""
    collector: str = ""
    parent: Case | None = None
    marks: Sequence[str] = ()
    answers: Mapping[str, Any] = {}
    #: What was asked at the opening (``CaseKind.opening``), checked: kept with the first event.
    form: Mapping[str, Any] = {}
    client_key: str | None = None


def open_case(filing: Filing, actor: Subject) -> Case:
    """File it: number, limit, due time, first event. An ``alert_id`` that has a case is an IntegrityError.

    Whether ``actor`` may is the caller's question (``report`` or the alert consumer).
    """
    at = case_now() if filing.opened_at is None else filing.opened_at
    with transaction.atomic():
        case = _case(filing, at)
        case.save(force_insert=True)
        done = _Done(action="open", actor=actor, form=dict(filing.form), photographs=filing.photographs)
        _record(case, {}, at, done)
    return case


def _case(filing: Filing, at: Instant) -> Case:
    kind, category = kind_of(filing.kind), category_of(filing.kind, filing.category)
    state = kind.states[kind.initial]
    longitude, latitude = filing.place or (None, None)
    copied = ("kind", "category", "source", "title", "description", "address", "division")
    linked = ("alert_id", "entity_ref", "reporter", "follow_hash", "condition", "assignee", "collector", "parent")
    case = Case(
        **{name: getattr(filing, name) for name in (*copied, *linked)},
        number=next_number(at, calendar().hours.tz),
        state=kind.initial,
        stage=state.stage,
        longitude=longitude,
        latitude=latitude,
        grid=_cell(filing.place),
        owner_unit=filing.owner_unit or _owner(filing),
        marks=list(filing.marks),
        answers=dict(filing.answers),
        client_key=filing.client_key,
        opened_at=at,
        clock_from=at,
        limit=msgspec.to_builtins(category.limit),
    )
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
    form: Mapping[str, str] | None = None,
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
        case, transition = step.admitted(case_id)
        cleaned = forms.clean(form_of(case.kind, case.category, action), sent)
        photographs_kept = [one for some in kept.values() for one in some]
        done = _Done(action=action, actor=actor, from_state=case.state, form=cleaned, photographs=photographs_kept)
        _move(case, transition, done)
    return case


def note(
    case: Case, action: str, at: Instant, facts: Mapping[str, Any], photographs: Sequence[Attachment] = ()
) -> None:
    """Add to the history what a machine has to say; the state stays. Call it in a transaction."""
    before = _projection(case)
    case.version += 1
    case.save(update_fields=["version"])
    done = _Done(action=action, actor=PLATFORM, from_state=case.state, form=dict(facts), photographs=photographs)
    _record(case, before, _not_before_last(case, at), done)


class _Done(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did, for the history."""

    action: str
    actor: Subject
    #: "" for a case that opens.
    from_state: str = ""
    #: Checked.
    form: dict[str, Any] = {}
    photographs: Sequence[Attachment] = ()


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's wish to act, and whether it may be."""

    action: str
    actor: Subject
    expected_version: int

    def admitted(self, case_id: int) -> tuple[Case, Transition]:
        """The case, locked where the caller is in a transaction, and the row of the table."""
        case = visible(guard_for(self.actor, "read"), id=case_id)
        demand(guard_for(self.actor, self.verb), self.verb, RESOURCE, values_of(case))
        self._unchanged(case)
        transition = kind_of(case.kind).transitions.get(self.action)
        if transition is None or case.state not in transition.from_:
            raise NoSuchAction(action=self.action, state=case.state)
        self._apart(case, transition)
        return case, transition

    @property
    def verb(self) -> str:
        return f"case.{self.action}"

    def _unchanged(self, case: Case) -> None:
        if case.version != self.expected_version:
            last = case.events.latest("seq")
            raise Conflict(who=names_of([last.actor]).get(last.actor, last.actor), action=last.action)

    def _apart(self, case: Case, transition: Transition) -> None:
        done = done_by(case, self.actor, transition)
        if done:
            raise SamePerson(done=done, action=self.action)


def visible(guard: Guard, **lookup: Any) -> Case:
    """One case that the guard shows, locked inside a transaction; ``NotFound`` otherwise."""
    rows = Case.objects.visible_to(guard)
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update()
    case = rows.filter(**lookup).first()
    if case is None:
        raise NotFound(what="case", key=next(iter(lookup.values()), ""))
    return case


def done_by(case: Case, actor: Subject, transition: Transition) -> str:
    """The action of the actor that keeps them from this one; "" when nothing does."""
    done = case.events.filter(actor=actor.id, action__in=transition.not_by_actor_of)
    return done.values_list("action", flat=True).first() or ""


def _move(case: Case, transition: Transition, done: _Done) -> None:
    before = _projection(case)
    at = _not_before_last(case, case_now())
    state = state_of(case.kind, transition.to)
    case.state, case.stage = transition.to, state.stage
    for name, field in transition.form.items():
        # The unit named in a form answers for the case from now on, and has it.
        if field.kind == "unit" and name in done.form:
            case.owner_unit = case.handling_unit = done.form[name]
    clockwork.enter(case, state, at)
    case.version += 1
    case.save()
    _record(case, before, at, done)


def _record(case: Case, before: dict[str, Bare], at: Instant, done: _Done) -> None:
    """The event, its photographs, and what the projector has to do."""
    event = history.append(
        case,
        at=at,
        received=wall(),
        action=done.action,
        from_state=done.from_state,
        to_state=case.state,
        actor=done.actor.id,
        actor_unit=done.actor.unit,
        form=done.form,
        attachments=[one.digest for one in done.photographs],
    )
    _attach(case, event, done.photographs)
    Outbox.objects.create(case=case, version=case.version, body=difference(before, _projection(case), at))


def _attach(case: Case, event: CaseEvent, photographs: Sequence[Attachment]) -> None:
    names = ("digest", "thumbnail", "media_type", "width", "height", "size")
    once = {one.digest: one for one in photographs}.values()
    rows = ({name: getattr(one, name) for name in names} for one in once)
    CaseAttachment.objects.bulk_create(CaseAttachment(case=case, event_seq=event.seq, **row) for row in rows)


def _projection(case: Case) -> dict[str, Bare]:
    return projected(case, kind_of(case.kind).projected)


def _not_before_last(case: Case, at: Instant) -> Instant:
    """Time in a history never runs back, not even when the clock was set back."""
    last = case.events.order_by("-seq").values_list("at", flat=True).first()
    return at if last is None else max(at, last)


def _keep(files: Sequence[bytes]) -> list[Attachment]:
    attachments = Attachments(current().data / "files")
    return [attachments.put(content) for content in files]
