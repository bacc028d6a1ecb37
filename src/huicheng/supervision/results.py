"""What came of a draw, as far as a reader's policies show it."""

from __future__ import annotations

import msgspec

from huicheng.access import Guard
from huicheng.cases.kinds import form_of, kind_of
from huicheng.cases.models import Case
from huicheng.cases.reading import hidden_columns
from huicheng.packs import Text
from huicheng.platform import current
from huicheng.stores import Blocking
from huicheng.supervision.drawing import name_of
from huicheng.supervision.lots import Drawn
from huicheng.supervision.models import Draw


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was drawn."""

    #: 1 for the first drawn.
    order: int
    object: str
    name: str
    risk: str
    inspectors: int
    #: "" where the reader may not see the case yet.
    case: str = ""
    #: What the public is told; empty where the reader may not see the case yet.
    state: Text = {}
    #: Public answers of the forms, in their order.
    answers: list[Text] = []


def results(one: Draw, guard: Guard) -> list[Result]:
    """In the order of the draw."""
    drawn = msgspec.convert(one.result, list[Drawn])
    prefix = f"draw:{one.id}:"
    rows = Case.objects.visible_to(guard).filter(client_key__startswith=prefix)
    cases = {case.entity_ref: case for case in rows}
    return [_result(order, each, one, cases.get(each.id), guard) for order, each in enumerate(drawn, start=1)]


def _result(order: int, each: Drawn, one: Draw, case: Case | None, guard: Guard) -> Result:
    stored = Blocking(current().store).get(each.id, guard)
    base = Result(
        order=order,
        object=each.id,
        name=name_of(stored.entity) if stored else each.id.rpartition(":")[2],
        risk=one.register["risks"].get(each.id, ""),
        inspectors=len(each.inspectors),
    )
    if case is None:
        return base
    state = kind_of(case.kind).states[case.state].public
    return msgspec.structs.replace(base, case=case.number, state=state, answers=_answers(case, guard))


def _answers(case: Case, guard: Guard) -> list[Text]:
    if "answers" in hidden_columns(guard, case):
        return []
    fields = {
        name: field
        for action in kind_of(case.kind).transitions
        for name, field in form_of(case.kind, case.category, action).items()
        if field.public and case.answers.get(name) in field.choices
    }
    return [field.choices[case.answers[name]] for name, field in fields.items()]
