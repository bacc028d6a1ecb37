"""Cases that rules and transitions open: a kind that there is, answers that it asks for, a way to the thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huicheng.packs.checks.judging import Spot, unknown
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, FormField, Opens
from huicheng.packs.places import Draft, attributes_of


def check_opens(spot: Spot, opens: Opens, packs: Sequence[Draft], within: CaseKind | None = None) -> Iterator[Fault]:
    """The checks of one ``opens``. ``within`` is the kind of the case that opens it, whose category may be taken."""
    kinds = {f"{one.pack.id}/{name}": held for one in packs for name, held in one.pack.kinds.items()}
    kind = kinds.get(opens.kind)
    if kind is None:
        yield spot.at("kind").fault(*unknown("kind of case", opens.kind, kinds))
        return
    yield from _state(spot.at("state"), opens, kind)
    if not opens.category and kind is within and opens.target:
        return
    category = kind.categories.get(opens.category)
    if category is None:
        yield spot.at("category").fault(*unknown("category", opens.category, kind.categories))
        return
    asked = {**kind.opening, **category.questions}
    for name, problem in _wrong(asked, opens.answers):
        yield spot.at("answers", name).fault(problem, f"It asks for: {', '.join(asked) or 'nothing'}.")


def check_leads(spot: Spot, attribute: str, entity_type: str, packs: Sequence[Draft]) -> Iterator[Fault]:
    """An attribute that a case's thing is found by is a Relationship of the type."""
    attributes = attributes_of(entity_type, packs) or {}
    if attribute not in attributes:
        yield spot.fault(*unknown(f"attribute of {entity_type}", attribute, attributes))
    elif attributes[attribute].kind != "reference":
        problem = f"“{attribute}” of {entity_type} leads nowhere: it is a {attributes[attribute].kind}."
        yield spot.fault(problem, "Name an attribute of kind reference.")


def _state(spot: Spot, opens: Opens, kind: CaseKind) -> Iterator[Fault]:
    if opens.state and opens.state not in kind.states:
        yield spot.fault(*unknown("state", opens.state, kind.states))
    elif opens.state and kind.states[opens.state].final:
        yield spot.fault("A case does not begin at its end.", "Name a state that is not final.")


def _wrong(asked: Mapping[str, FormField], answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in answers.keys() - asked.keys():
        yield name, f"Nobody asks for “{name}”."
    for name, field in asked.items():
        if field.required and name not in answers:
            yield name, f"“{name}” must be answered."
        elif field.kind == "choice" and name in answers and answers[name] not in field.choices:
            yield name, f"“{answers[name]}” is no choice of “{name}”."
