"""cases.yaml: orders to things: the thing has what is ordered, in its bounds, and never two contradict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from huicheng.packs.checks.judging import Spot, unknown
from huicheng.packs.checks.opened import check_leads
from huicheng.packs.checks.table import sources
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, Category, Command, FormField
from huicheng.packs.model import AttributeType
from huicheng.packs.places import Draft, attributes_of, types_of
from huicheng.packs.values import refuses

_FILE = "cases.yaml"
#: The case's own thing, as a key of ``exclusive``.
ENTITY = "refEntity"
#: What an order has to carry to reach the thing.
_CARRIED = ("command", ENTITY)
#: What the thing's word does to the case (docs/reference/cases.md).
_ACKNOWLEDGED = ("acknowledge", "fail")
#: Kind of an attribute → kinds of fields that can answer for it.
_ANSWERS = {"number": {"number"}, "text": {"text", "choice"}, "boolean": {"choice"}, "time": {"time"}}


def check_orders(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of one kind's orders, and of where its cases begin."""
    spot = Spot(draft=draft, file=_FILE, address=(key,))
    types = sorted({one.command.target for one in kind.categories.values() if one.command is not None})
    for name, category in kind.categories.items():
        yield from _begins(spot.at("categories", name, "initial"), kind, category)
        if category.command is not None:
            asked = {**kind.opening, **category.questions}
            yield from _command(spot.at("categories", name, "command"), category.command, asked, packs)
    yield from _exclusive(spot.at("exclusive"), kind, types, packs)
    yield from _fallbacks(spot, kind, types, packs)
    if types:
        yield from _out(spot, kind)
    for name, state in kind.states.items():
        if state.orders and not types:
            yield spot.at("states", name).fault("There is no order to be out.", "Give a category a command.")


def _begins(spot: Spot, kind: CaseKind, category: Category) -> Iterator[Fault]:
    if category.initial and category.initial not in kind.states:
        yield spot.fault(*unknown("state", category.initial, kind.states))
    elif category.initial and kind.states[category.initial].final:
        yield spot.fault("A case does not begin at its end.", "Name another state.")


def _command(spot: Spot, command: Command, asked: dict[str, FormField], packs: Sequence[Draft]) -> Iterator[Fault]:
    attributes = attributes_of(command.target, packs)
    if attributes is None:
        yield spot.at("target").fault(*unknown("entity type", command.target, types_of(packs)))
        return
    attribute = attributes.get(command.attribute)
    if attribute is None:
        wrong = unknown(f"attribute of {command.target}", command.attribute, attributes)
        yield spot.at("attribute").fault(*wrong)
    elif (command.value is None) == (not command.answer):
        remedy = "Write value, or the name of a field under answer."
        yield spot.fault("An order says one value, or which answer gives it.", remedy)
    elif command.value is not None:
        yield from _values(spot.at("value"), attribute, [command.value])
    elif command.answer not in asked:
        yield spot.at("answer").fault(*unknown("field", command.answer, asked))
    else:
        yield from _answer(spot.at("answer"), attribute, asked[command.answer])


def _values(spot: Spot, attribute: AttributeType, values: Iterable[Any]) -> Iterator[Fault]:
    for problem in filter(None, (refuses(attribute, value) for value in values)):
        yield spot.fault(problem, "Write a value that the attribute may have.")


def _answer(spot: Spot, attribute: AttributeType, field: FormField) -> Iterator[Fault]:
    """Whatever may be answered, the attribute may become."""
    if field.kind not in _ANSWERS.get(attribute.kind, set()):
        yield spot.fault(f"A field of kind {field.kind} cannot answer for a {attribute.kind}.", "Ask in another way.")
    elif not field.required:
        yield spot.fault("An order without its value says nothing.", "Make the field required.")
    elif field.kind == "choice":
        flags = {"true": True, "false": False} if attribute.kind == "boolean" else {}
        yield from _values(spot, attribute, (flags.get(one, one) for one in field.choices))
    elif attribute.codes:
        yield spot.fault("The attribute has codes, which a free answer may miss.", "Ask by a choice.")
    elif _loose(attribute, field):
        remedy = "Give it the attribute's minimum and maximum."
        yield spot.fault("The field lets through what the attribute cannot be.", remedy)


def _loose(attribute: AttributeType, field: FormField) -> bool:
    """The attribute has a bound that the field has not, or has further in."""
    below = attribute.minimum is not None and (field.minimum is None or field.minimum < attribute.minimum)
    return below or (attribute.maximum is not None and (field.maximum is None or field.maximum > attribute.maximum))


def _out(spot: Spot, kind: CaseKind) -> Iterator[Fault]:
    """A kind of orders has a state in which they are out, which ends, and tells the thing and hears it."""
    states = [name for name, state in kind.states.items() if state.orders]
    if not states:
        remedy = "Write orders: true in the state in which it is sent."
        yield spot.at("states").fault("No state says that the order is out.", remedy)
    for name in states:
        stage = kind.stages.get(kind.states[name].stage)
        if kind.states[name].final or stage is None or stage.limit is None:
            problem = f"An order in “{name}” would be out for ever."
            yield spot.at("states", name).fault(problem, "Name a stage with a limit, and then: what ends it.")
    for action in _ACKNOWLEDGED:
        row = kind.transitions.get(action)
        if row is None or not set(states) <= set(sources(kind, row)):
            problem = f"Where an order is out, the thing must be able to “{action}”."
            yield spot.at("transitions").fault(problem, f"Add {action}, from the states that say orders.")
    for name in _CARRIED:
        if name not in kind.projected:
            problem = f"The order does not reach the thing without “{name}”."
            yield spot.at("projected").fault(problem, f"Add {name} to projected.")


def _fallbacks(spot: Spot, kind: CaseKind, types: Sequence[str], packs: Sequence[Draft]) -> Iterator[Fault]:
    """One of the types at least has the attribute that leads to another thing; where one has it, it leads there."""
    for action, row in kind.transitions.items():
        if row.opens is None or not row.opens.target:
            continue
        having = [one for one in types if row.opens.target in (attributes_of(one, packs) or {})]
        for entity_type in having or types[:1]:
            at = spot.at("transitions", action, "opens", "target")
            yield from check_leads(at, row.opens.target, entity_type, packs)


def _exclusive(spot: Spot, kind: CaseKind, types: Sequence[str], packs: Sequence[Draft]) -> Iterator[Fault]:
    """Each key is the thing itself, or an attribute of one of the types that it may be about."""
    concerned = types or types_of(packs)
    known = {ENTITY, *(name for one in concerned for name in attributes_of(one, packs) or {})}
    for index, name in enumerate(kind.exclusive):
        if name not in known:
            yield spot.at(index).fault(*unknown("key", name, known))
    if types and ENTITY not in kind.exclusive:
        yield spot.fault("Two orders to one thing could contradict.", f"Write exclusive: [{ENTITY}]")
