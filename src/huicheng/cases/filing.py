"""Opening a case: number, limit, due time, owner, first event, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from huicheng.access import Subject
from huicheng.cases import alarms, clockwork, effects, making, search
from huicheng.cases.areas import Areas, areas_of
from huicheng.cases.kinds import asked_at_opening, category_of, kind_of
from huicheng.cases.models import Case
from huicheng.cases.numbers import next_number
from huicheng.cases.orders import bind
from huicheng.cases.owners import owner_of
from huicheng.cases.recording import Done, record
from huicheng.cases.standards import limit_of_category
from huicheng.cases.times import calendar, case_now
from huicheng.city import Instant
from huicheng.files import Attachment
from huicheng.packs import begins_in


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
    #: State in which it begins; "" = as its category says.
    state: str = ""


def open_case(filing: Filing, actor: Subject) -> Case:
    """File it: number, limit, due time, first event. An ``alert_id`` that has a case is an IntegrityError.

    Whether ``actor`` may is the caller's question (``report`` or the alert consumer). A ``client_key`` that
    has a case already gives that case. Raises ``AlreadyOpen`` for a kind of which but one may be open, and
    ``FormInvalid`` for an order that its thing cannot carry out.
    """
    at = case_now() if filing.opened_at is None else filing.opened_at
    with transaction.atomic():
        filed = filing.client_key and Case.objects.filter(client_key=filing.client_key).first()
        if filed:
            return filed
        case = _case(filing, at)
        stay = clockwork.begin_stay(case, at)
        alarms.settle(case, stay, at, filing.form)
        case.save(force_insert=True)
        stay.case = case
        stay.save(force_insert=True)
        search.index(case)
        done = Done(action="open", actor=actor, form=dict(filing.form), photographs=filing.photographs)
        record(case, {}, at, done)
    return case


def _case(filing: Filing, at: Instant) -> Case:
    kind, category = kind_of(filing.kind), category_of(filing.kind, filing.category)
    initial = filing.state or begins_in(kind, category)
    state = kind.states[initial]
    longitude, latitude = filing.place or (None, None)
    condition = filing.condition or next(iter(category.conditions), "")
    standard = limit_of_category(filing.kind, filing.category, condition, at)
    copied = ("kind", "category", "source", "title", "description", "address", "handling_unit")
    areas = areas_of(filing.place)
    linked = ("alert_id", "entity_ref", "reporter", "follow_hash", "assignee", "collector", "parent", "client_key")
    case = Case(
        **{name: getattr(filing, name) for name in (*copied, *linked)},
        number=next_number(at, calendar().hours.tz),
        state=initial,
        stage=state.stage,
        longitude=longitude,
        latitude=latitude,
        grid=areas.grid,
        division=filing.division or areas.division,
        owner_unit=filing.owner_unit or _owner(filing, areas),
        condition=condition,
        marks=list(filing.marks),
        answers=dict(filing.answers),
        opened_at=at,
        clock_from=at,
        limit=msgspec.to_builtins(standard.limit),
        standard=standard.version,
    )
    effects.apply(effects.Change(case=case, at=at), asked_at_opening(filing.kind, filing.category), filing.form)
    making.check(case, filing.form)
    bind(case, filing.form)
    clockwork.start(case, state)
    return case


def _owner(filing: Filing, areas: Areas) -> str:
    return owner_of(filing.kind, filing.category, areas=areas, division=filing.division, entity_ref=filing.entity_ref)
