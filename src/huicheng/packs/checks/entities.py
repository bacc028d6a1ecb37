"""entities.yaml: units are known, bounds are in order, and a type is declared once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huicheng.packs.checks.judging import check_unit
from huicheng.packs.document import Address
from huicheng.packs.fault import Fault
from huicheng.packs.model import AttributeType
from huicheng.packs.pattern import pattern_fault
from huicheng.packs.places import Draft

_FILE = "entities.yaml"


def check_entities(draft: Draft, packs: Sequence[Draft]) -> Iterator[Fault]:
    """The checks of every type and attribute."""
    for name, declared in draft.pack.entities.items():
        others = [other.pack.id for other in packs if name in other.pack.entities and other is not draft]
        if others:
            problem = f"The type “{name}” is declared in the pack “{others[0]}” too."
            yield draft.fault(_FILE, (name,), problem, "Require that pack and use its type.")
        for key, attribute in declared.attributes.items():
            yield from _attribute(draft, (name, "attributes", key), attribute)


def _attribute(draft: Draft, address: Address, attribute: AttributeType) -> Iterator[Fault]:
    yield from check_unit(draft, _FILE, (*address, "unit"), attribute.unit)
    if attribute.unit and attribute.kind != "number":
        yield draft.fault(_FILE, (*address, "unit"), "Only a number has a unit.", "Take the unit away.")
    if attribute.pattern is not None:
        yield from _pattern(draft, (*address, "pattern"), attribute)
    if attribute.several and attribute.kind != "text":
        yield draft.fault(_FILE, (*address, "several"), "Only texts come in lists.", "Take several away.")
    low, high = attribute.minimum, attribute.maximum
    if low is not None and high is not None and low > high:
        yield draft.fault(_FILE, (*address, "minimum"), "The minimum is above the maximum.", "Exchange them.")


def _pattern(draft: Draft, address: Address, attribute: AttributeType) -> Iterator[Fault]:
    if attribute.kind != "text":
        yield draft.fault(_FILE, address, "Only a text has a form.", "Take the pattern away.")
    fault = pattern_fault(attribute.pattern or "")
    if fault:
        remedy = r"Signs, \d, [classes] and . with {n} or {n,m}; | between whole forms: \d{14}|\d{16}"
        yield draft.fault(_FILE, address, f"This pattern may not stand here: {fault}.", remedy)
