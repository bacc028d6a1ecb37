"""Following a report by number and secret, and what its reporter may still do about it.

Whoever proves to be the reporter is a subject with the role ``reporter``, bound to the one case:
the case's own ``reporter`` is its id. What it may do, policies say (``role:reporter``); what it does
goes through the engine like everybody's acts.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from django.db import transaction

from huicheng.access import Subject
from huicheng.accounts.attempts import give_back, spend
from huicheng.accounts.units import unit_names
from huicheng.cases.engine import act
from huicheng.cases.follow_secret import as_given_out, digest
from huicheng.cases.intake import hand_in, laid_aside
from huicheng.cases.kinds import category_of, form_of, kind_of
from huicheng.cases.models import Case, CaseEvent, ClockState, Outcome, ReceivedUpdate
from huicheng.cases.times import limit_of
from huicheng.city import Instant
from huicheng.errors import NotFound
from huicheng.packs import ClockLimit, FormField, Text

ROLE = "reporter"
#: In a quarter of an hour from one address.
_GUESSES, _ACTS = 20, 20


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A public step: when, what the public is told of the state, and the answers that are for the reporter."""

    at: Instant
    #: What the public is told of the state; of what left it as it was, the act's name.
    title: Text
    #: Label and value; a choice in words.
    answers: list[tuple[Text, Any]] = []


class PublicCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a follower may see: no names, no free text of officers but what is for them, no other people."""

    number: str
    category: Text
    state: Text
    #: Name of the unit that has it.
    unit: str
    opened_at: Instant
    due_at: Instant | None
    closed_at: Instant | None
    steps: list[Step]
    #: The promised limit, and what its clock does.
    limit: ClockLimit
    clock: Literal["running", "paused", "stopped"]
    #: ``due_at`` rests on days whose holidays are not known yet.
    assumed: bool
    in_time: bool | None
    #: ``outside``, ``no-place``.
    marks: list[str]
    #: Photographs: looked at yet or not.
    waiting: int
    kept: int
    refused: int


def prove(number: str, secret: str, *, address: str = "") -> Case:
    """The case whose secret this is; ``TooManyAttempts``. A wrong number looks like a wrong secret: ``NotFound``."""
    spent = spend({f"follow from {address}": _GUESSES})
    case = Case.objects.filter(number=number.strip()).exclude(follow_hash="").first()
    known = case.follow_hash if case else ""
    if case is None or not hmac.compare_digest(known, digest(as_given_out(secret))):
        raise NotFound(what="case", key=number)
    give_back(spent)
    return case


def follow(number: str, secret: str, *, address: str = "") -> PublicCase:
    """How far it is. Raises as :func:`prove`."""
    return public_case(prove(number, secret, address=address))


def reporter_of(case: Case) -> Subject:
    """Who has proved to be the reporter of this case."""
    return Subject(id=case.reporter or ROLE, roles=(ROLE,))


def as_filed_by(case: Case, program: Subject) -> Subject:
    """The program itself; of a case that it filed, the reporter whom it speaks for."""
    filed = case.events.filter(seq=1, actor=program.id).exists()
    return reporter_of(case) if filed else program


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What a reporter has to add."""

    #: Of the kind's table.
    action: str
    form: Mapping[str, Any] = {}
    #: The files as they were sent; they are checked later.
    photographs: Sequence[bytes] = ()
    #: Version of the case that the page showed; ``None`` = as it is now.
    version: int | None = None
    #: The sender's own id of it, "" for none. What comes twice under one is an ``IntegrityError``; see ``received``.
    key: str = ""


def contribute(case: Case, actor: Subject, said: Contribution, *, address: str = "") -> Case:
    """One act of a reporter, or of a program; ``address`` is the sender's, for the limit. Raises as ``engine.act``."""
    if address:
        spend({f"act from {address}": _ACTS})
    version = case.version if said.version is None else said.version
    with laid_aside(said.photographs) as names, transaction.atomic():
        after = act(case.pk, said.action, actor, said.form, expected_version=version)
        if said.key:
            ReceivedUpdate.objects.create(key=said.key, case=after, seq=after.version)
        hand_in(after, names)
    return after


def received(key: str) -> int | None:
    """``seq`` of the event that an act under this id has become; ``None`` when none has come."""
    return ReceivedUpdate.objects.filter(pk=key).values_list("seq", flat=True).first() if key else None


def public_case(case: Case) -> PublicCase:
    """The case as its reporter is told of it."""
    unit = case.handling_unit or case.owner_unit
    photographs = list(case.incoming.values_list("outcome", flat=True))
    return PublicCase(
        number=case.number,
        category=category_of(case.kind, case.category).name,
        state=kind_of(case.kind).states[case.state].public,
        unit=unit_names().get(unit, unit),
        opened_at=case.opened_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        steps=_steps(case),
        limit=limit_of(case),
        clock=_CLOCKS[case.clock],
        assumed=case.due_assumed,
        in_time=case.in_time,
        marks=[mark for mark in case.marks if mark in {"outside", "no-place"}],
        waiting=photographs.count(Outcome.WAITING),
        kept=photographs.count(Outcome.KEPT),
        refused=photographs.count(Outcome.REFUSED),
    )


_CLOCKS: dict[str, Literal["running", "paused", "stopped"]] = {
    ClockState.RUNS: "running",
    ClockState.PAUSED: "paused",
    ClockState.STOPPED: "stopped",
}


def _steps(case: Case) -> list[Step]:
    """One step for each change of what the public is told, and for each event with answers for the reporter."""
    kind, before, steps = kind_of(case.kind), None, []
    for event in case.events.order_by("seq"):
        told, answers = kind.states[event.to_state].public, _answers(case, event)
        if told != before:
            steps.append(Step(at=event.at, title=told, answers=answers))
        elif answers:
            steps.append(Step(at=event.at, title=kind.transitions[event.action].name, answers=answers))
        before = told
    return steps


def _answers(case: Case, event: CaseEvent) -> list[tuple[Text, Any]]:
    """What the event says in fields that are public. Units, officers and other cases never are."""
    fields = form_of(case.kind, case.category, event.action)
    return [
        (field.name, _in_words(field, event.form[name]))
        for name, field in fields.items()
        if field.public and field.kind in _TOLD and name in event.form
    ]


#: Kinds of fields whose answers can be told to a reporter.
_TOLD = frozenset({"text", "choice", "number", "time"})


def _in_words(field: FormField, value: Any) -> Any:
    return field.choices.get(value, value) if field.kind == "choice" else value
