"""One action on many cases: each is an act of its own, with a report, and a way back where the table has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec
from django.db import transaction

from huicheng.access import Subject, allows
from huicheng.accounts.guards import guard_for
from huicheng.cases.engine import act
from huicheng.cases.kinds import form_of, kind_of
from huicheng.cases.models import BulkAct, Case
from huicheng.cases.reading import Offer, actions_for, find
from huicheng.cases.times import wall
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.cases.ways_back import Before, WayBack, way_back
from huicheng.errors import HuichengError, NotFound
from huicheng.packs import FormField

#: More at once is refused: somebody should look at what they do.
MOST = 100

#: An error in the words of whoever acts.
Worded = Callable[[Case, HuichengError], str]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one case."""

    number: str
    done: bool
    #: Why it was not done, in words; "" when it was.
    why: str = ""
    #: The case's version after it: it is taken back only while nobody has acted since.
    version: int = 0
    back: WayBack | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants done to many cases."""

    action: str
    actor: Subject
    form: Mapping[str, Any]
    words: Worded
    #: The reason that is given where it is taken back.
    ground: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An action that some of the chosen cases offer, with one and the same form."""

    action: str
    offer: Offer
    form: Mapping[str, FormField]
    cases: list[Case]
    #: For how many of them the table has a way back that the subject may go.
    undoable: int


def choices(cases: Sequence[Case], subject: Subject) -> list[Choice]:
    """What may be done to several of them at once; photographs and sub-cases need a case of their own."""
    found: dict[tuple[str, str], list[tuple[Case, Offer]]] = {}
    for case in cases:
        for offer in actions_for(case, subject):
            form = form_of(case.kind, case.category, offer.action)
            if not offer.apart_from and not offer.waits_for and _simple(form):
                found.setdefault((offer.action, msgspec.json.encode(form).decode()), []).append((case, offer))
    made = [_choice(action, held, subject) for (action, _), held in found.items()]
    return sorted(made, key=lambda choice: -len(choice.cases))


def carry_out(wish: Wish, wanted: Mapping[str, int]) -> BulkAct:
    """Do it to each (number → version that was seen); one that cannot be done does not keep the others back."""
    outcomes = [_one(wish, number, version) for number, version in wanted.items()]
    return _kept(wish.action, wish.actor, outcomes)


def undo(id: str, actor: Subject, *, words: Worded) -> BulkAct:
    """Take back what can be taken back, by the actor's own later acts; ``NotFound`` when it is not theirs."""
    with transaction.atomic():
        done = BulkAct.objects.select_for_update().filter(pk=id, subject=actor.id, undone_by="").first()
        if done is None:
            raise NotFound(what="bulk action", key=id)
        done.undone_by = _MARKED
        done.save(update_fields=["undone_by"])
    outcomes = [_back(outcome, actor, words) for outcome in outcomes_of(done) if outcome.done and outcome.back]
    taken = _kept(done.action, actor, outcomes)
    BulkAct.objects.filter(pk=id).update(undone_by=taken.pk)
    return taken


_MARKED = "being undone"


def outcomes_of(done: BulkAct) -> list[Outcome]:
    """The report of each case."""
    return msgspec.convert(done.outcomes, list[Outcome])


def _kept(action: str, actor: Subject, outcomes: list[Outcome]) -> BulkAct:
    return BulkAct.objects.create(
        id=uuid4().hex, subject=actor.id, action=action, at=wall(), outcomes=msgspec.to_builtins(outcomes)
    )


def _simple(form: Mapping[str, FormField]) -> bool:
    return not any(field.kind in {"photo", "position", "case", "condition"} for field in form.values())


def _choice(action: str, held: list[tuple[Case, Offer]], subject: Subject) -> Choice:
    cases = [case for case, _ in held]
    first, offer = held[0]
    return Choice(
        action=action,
        offer=offer,
        form=form_of(first.kind, first.category, action),
        cases=cases,
        undoable=sum(_may_go(way_back(kind_of(case.kind), action, _before(case), "-"), subject) for case in cases),
    )


def _may_go(way: WayBack | None, subject: Subject) -> bool:
    """Whether any policy at all grants the way back; whether it does then, that row is asked when it is gone."""
    return way is not None and bool(guard_for(subject, f"case.{way.action}").of(RESOURCE))


def _before(case: Case) -> Before:
    unit = case.handling_unit or case.owner_unit
    return Before(state=case.state, unit=unit, assignee=case.assignee, marks=tuple(case.marks))


def _one(wish: Wish, number: str, version: int) -> Outcome:
    case = Case(number=number)
    try:
        case = find(guard_for(wish.actor, "read"), number)
        before = _before(case)
        done = act(case.pk, wish.action, wish.actor, wish.form, expected_version=version)
    except HuichengError as error:
        why = wish.words(case, error)
        return Outcome(number=number, done=False, why=why)
    back = way_back(kind_of(case.kind), wish.action, before, wish.ground)
    granted = back is not None and allows(guard_for(wish.actor, f"case.{back.action}"), RESOURCE, values_of(done))
    return Outcome(number=number, done=True, version=done.version, back=back if granted else None)


def _back(outcome: Outcome, actor: Subject, words: Worded) -> Outcome:
    back = outcome.back
    if back is None:
        return outcome
    wish = Wish(action=back.action, actor=actor, form=back.form, words=words, ground="")
    return msgspec.structs.replace(_one(wish, outcome.number, outcome.version), back=None)
