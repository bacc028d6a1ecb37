"""An officer orders a thing about: what there is to order, what would come of it, and the order itself (Q1, W4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from huicheng.access import Subject, allows, demand
from huicheng.accounts.guards import guard_for
from huicheng.cases import forms
from huicheng.cases.kinds import asked_at_opening, category_of, kind_of, kinds
from huicheng.cases.models import Case, Source
from huicheng.cases.opening import VERB, Opening, open_by_officer
from huicheng.cases.orders import content, held_by, led_to, thing, title_of, value_of
from huicheng.cases.visibility import RESOURCE
from huicheng.errors import NotFound
from huicheng.packs import CaseKind, Category, ClockLimit, Command, begins_in


class Orderable(msgspec.Struct, frozen=True, kw_only=True):
    """One order that a thing can be given."""

    #: ``pack/kind`` and a category of it.
    kind: str
    category: str
    declared: Category
    command: Command


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer wants of a thing."""

    kind: str
    category: str
    #: Id of the thing.
    entity: str
    #: Answers to the kind's ``opening`` and the category's ``questions``, as they were sent.
    form: Mapping[str, str]
    #: Number of the case that it serves; "" = of none.
    parent: str = ""
    #: Made by the page, so that what is sent twice is ordered once.
    client_key: str = ""


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of an order when it is given now."""

    orderable: Orderable
    #: The attribute now, and what it is to become.
    now: Any
    value: Any
    #: A second person has to approve it first.
    approved: bool
    #: So long the thing has to answer.
    limit: ClockLimit | None
    #: Id of the thing that is ordered instead when it does not; "" for none.
    fallback: str
    #: Number of the open case that keeps it from being given; "" = nothing does.
    held_by: str


def orderables(entity_type: str, actor: Subject) -> list[Orderable]:
    """What things of a type can be ordered to do, as far as policies let this person ask for it."""
    guard = guard_for(actor, VERB)
    return [
        Orderable(kind=name, category=key, declared=category, command=category.command)
        for name, kind in kinds().items()
        for key, category in kind.categories.items()
        if category.command is not None
        and category.command.target == entity_type
        and allows(guard, RESOURCE, _facts(name, key))
    ]


def outlook(asked: Asked, actor: Subject) -> Outlook:
    """What would come of it; raises what :func:`order` raises for what is wrong with it, and changes nothing."""
    demand(guard_for(actor, VERB), VERB, RESOURCE, _facts(asked.kind, asked.category))
    kind, category = kind_of(asked.kind), category_of(asked.kind, asked.category)
    command = category.command
    if command is None:
        raise NotFound(what="order", key=f"{asked.kind} {asked.category}")
    cleaned = forms.clean(asked_at_opening(asked.kind, asked.category), asked.form)
    return Outlook(
        orderable=Orderable(kind=asked.kind, category=asked.category, declared=category, command=command),
        now=content(thing(asked.entity), command.attribute),
        value=value_of(command, cleaned),
        approved=not kind.states[begins_in(kind, category)].orders,
        limit=_limit(kind),
        fallback=_fallback(kind, asked.entity),
        held_by=held_by(asked.kind, asked.entity),
    )


def order(asked: Asked, actor: Subject) -> Case:
    """Ask for it, or give it where nobody has to approve it. Policy verb ``case.open``.

    Raises ``Refused``, ``FormInvalid``, ``AlreadyOpen``, ``NotFound``; then nothing has changed. What is sent again
    with the same ``client_key`` is the order of that time.
    """
    outlook(asked, actor)
    opening = Opening(
        kind=asked.kind,
        category=asked.category,
        text=title_of(asked.kind, asked.category, asked.entity),
        entity=asked.entity,
        form=asked.form,
        source=Source.DESK,
        client_key=asked.client_key,
        parent=asked.parent,
    )
    return open_by_officer(opening, actor).case


def _facts(kind: str, category: str) -> dict[str, Any]:
    return {"kind": kind, "category": category, "source": str(Source.DESK), "division": None}


def _limit(kind: CaseKind) -> ClockLimit | None:
    """Of the stage in which the order is out."""
    stages = [kind.stages[state.stage] for state in kind.states.values() if state.orders and state.stage in kind.stages]
    return stages[0].limit if stages else None


def _fallback(kind: CaseKind, entity: str) -> str:
    """Where the transition leads that is taken when nobody answers."""
    ends = [kind.stages[state.stage].then for state in kind.states.values() if state.orders]
    rows = [kind.transitions[one] for one in ends if one in kind.transitions]
    targets = [row.opens.target for row in rows if row.opens is not None and row.opens.target]
    return (led_to(entity, targets[0]) or "") if targets else ""
