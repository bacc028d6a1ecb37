"""Questions of one shape differ in their constants only: a statement is put together once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.stores.sensing.asked import Call, Constant, Term

#: Integers beyond are numbers with a point, as engines read them.
LARGEST = (1 << 63) - 1
#: Types of parameters, in PostgreSQL's words; that of many texts, too.
TEXT, SEVERAL, INTEGER = "text", "text[]", "bigint"


class Slot(msgspec.Struct, frozen=True):
    """The place of a constant: the parameter ``c0``, ``c1`` …"""

    number: int
    #: See :func:`type_of`.
    type: str

    @property
    def name(self) -> str:
        """Of the parameter."""
        return f"c{self.number}"


def type_of(value: Any) -> str:
    """Which type a parameter has that holds a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) and -LARGEST <= value <= LARGEST:
        return INTEGER
    if isinstance(value, int | float):
        return "numeric"
    return SEVERAL if isinstance(value, tuple) else TEXT


def given(name: str, type_: str) -> sql.Expression:
    """The place of a value in a tree. The type is a word for engines that do not see it from the value."""
    return sql.Placeholder(this=name, kind=type_)


def slotted(terms: Iterable[Term]) -> tuple[tuple[Term, ...], dict[str, Any]]:
    """The terms with slots in place of their constants, and what the slots hold; null and paths stay."""
    values: list[Any] = []
    shapes = tuple(_slotted(term, values) for term in terms)
    return shapes, {f"c{number}": held for number, held in enumerate(values)}


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
    values.append(value)
    return Slot(len(values) - 1, type_of(value))
