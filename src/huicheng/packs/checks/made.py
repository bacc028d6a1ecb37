"""cases.yaml: entities that cases make, and what they must be clear of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from huicheng.expressions import ExpressionError, OpenNames, parse
from huicheng.packs.checks.judging import Spot, unknown
from huicheng.packs.fault import Fault
from huicheng.packs.kinds import CaseKind, ClearOf, FormField, Makes
from huicheng.packs.model import AttributeType
from huicheng.packs.places import Draft, attributes_of, types_of
from huicheng.packs.values import refuses

_FILE = "cases.yaml"
#: What is compared is read from here; a type that has no place meets nothing.
_PLACE = "location"
#: Kind of an attribute → kinds of fields that can answer for it.
_ANSWERS = {"number": {"number"}, "text": {"text", "choice"}, "time": {"time"}, "geometry": {"course"}}


def check_made(draft: Draft, key: str, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of one kind's ``makes``, ``clear_of`` and transitions that say ``clear``."""
    spot = Spot(draft=draft, file=_FILE, address=(key,))
    if kind.makes is not None:
        yield from _makes(spot.at("makes"), kind.makes, kind, packs)
    for number, one in enumerate(kind.clear_of):
        yield from _clear(spot.at("clear_of", number), one, packs)
    if kind.clear_of and kind.makes is None:
        yield spot.at("clear_of").fault("There is nothing that could meet others.", "Say what the case makes.")
    for action, row in kind.transitions.items():
        if row.clear and not kind.clear_of:
            at = spot.at("transitions", action, "clear")
            yield at.fault("Nothing says of what it must be clear.", "Write clear_of, or take clear away.")


def _makes(spot: Spot, makes: Makes, kind: CaseKind, packs: Sequence[Draft]) -> Iterator[Fault]:
    attributes = attributes_of(makes.type, packs)
    if attributes is None:
        yield spot.at("type").fault(*unknown("entity type", makes.type, types_of(packs)))
        return
    for name, field in makes.attributes.items():
        at = spot.at("attributes", name)
        if name not in attributes:
            yield at.fault(*unknown(f"attribute of {makes.type}", name, attributes))
        elif field not in kind.opening:
            yield at.fault(*unknown("field of the opening", field, kind.opening))
        else:
            yield from _answer(at, attributes[name], kind.opening[field])
    yield from _states(spot, makes, kind, attributes)


def _answer(spot: Spot, attribute: AttributeType, field: FormField) -> Iterator[Fault]:
    if field.kind not in _ANSWERS.get(attribute.kind, set()):
        yield spot.fault(f"A field of kind {field.kind} cannot answer for a {attribute.kind}.", "Ask in another way.")
    elif attribute.kind == "number" and (field.minimum, field.maximum) != (attribute.minimum, attribute.maximum):
        yield spot.fault("The field has other bounds than the attribute.", "Give it the attribute's.")


def _states(spot: Spot, makes: Makes, kind: CaseKind, attributes: Mapping[str, AttributeType]) -> Iterator[Fault]:
    if makes.status not in attributes:
        yield spot.at("status").fault(*unknown(f"attribute of {makes.type}", makes.status, attributes))
        return
    for state, value in makes.states.items():
        if state not in kind.states:
            yield spot.at("states", state).fault(*unknown("state", state, kind.states))
        elif problem := refuses(attributes[makes.status], value):
            yield spot.at("states", state).fault(problem, "Write a value that the attribute may have.")


def _clear(spot: Spot, one: ClearOf, packs: Sequence[Draft]) -> Iterator[Fault]:
    attributes = attributes_of(one.type, packs)
    if attributes is None:
        yield spot.at("type").fault(*unknown("entity type", one.type, types_of(packs)))
        return
    if _PLACE not in attributes:
        yield spot.at("type").fault(f"A {one.type} is nowhere.", "Name a type that has a location.")
    if one.apart < 0 or one.above < 0:
        yield spot.fault("A distance is not less than nothing.", "Write 0 or more.")
    try:
        read = parse(one.where, OpenNames({}), expect="boolean").names
    except ExpressionError as error:
        yield spot.at("where").fault(str(error), "Write a condition over attributes of the type.")
        return
    for name in sorted(read - attributes.keys()):
        yield spot.at("where").fault(*unknown(f"attribute of {one.type}", name, attributes))
