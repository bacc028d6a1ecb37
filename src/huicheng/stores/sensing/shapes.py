"""Questions of one shape differ in their constants only: a statement is put together once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

import msgspec

from huicheng.errors import Invalid
from huicheng.stores.sensing.asked import Call, Constant, Term

#: Integers beyond are numbers with a point, as engines read them.
_LARGEST = (1 << 63) - 1


class Slot(msgspec.Struct, frozen=True):
    """The place of a constant: the parameter ``c0``, ``c1`` …"""

    number: int

    @property
    def name(self) -> str:
        """Of the parameter."""
        return f"c{self.number}"


def slotted(terms: Iterable[Term]) -> tuple[tuple[Term, ...], dict[str, Any]]:
    """The terms with slots in place of their constants, and what the slots hold; null and paths stay."""
    values: list[Any] = []
    shapes = tuple(_slotted(term, values) for term in terms)
    return shapes, {Slot(number).name: held for number, held in enumerate(values)}


def _slotted(term: Term, values: list[Any]) -> Term:
    if isinstance(term, Call):
        return Call(term.name, tuple(_slotted(one, values) for one in term.arguments))
    if isinstance(term, Constant) and term.value is not None:
        return Constant(_slots(term, values), term.kind)
    return term


def _slots(term: Constant, values: list[Any]) -> Slot | tuple[Slot, ...]:
    if term.kind == "interval":
        return _several(term.value, values)
    if term.kind == "geometry":
        return _one(msgspec.json.encode(term.value).decode(), values)
    return _one(term.value, values)


def _several(held: Sequence[Any], values: list[Any]) -> tuple[Slot, ...]:
    return tuple(_one(one, values) for one in held)


def _one(value: Any, values: list[Any]) -> Slot:
    if (isinstance(value, float) and not isfinite(value)) or (isinstance(value, str) and "\0" in value):
        raise Invalid(place="$filter", why="A number is finite, and no text holds the character 0.")
    is_large = isinstance(value, int) and not -_LARGEST <= value <= _LARGEST
    values.append(float(value) if is_large else value)
    return Slot(len(values) - 1)
