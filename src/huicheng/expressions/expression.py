"""A checked scalar expression, and the error of one that failed its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.expressions.shape import Values

#: ``number`` is an IEEE double, ``time`` an instant in µs since 1970 UTC; ``any`` is not known
#: before the value is seen: it takes the type it is compared with, and is unknown when it has another.
#: ``texts`` is a list of texts, which may stand among the members of ``IN`` only; an empty one is unknown.
Type = Literal["number", "text", "boolean", "time", "any", "texts"]

#: Message ids: what a value of a type is.
NOUNS: Mapping[Type, str] = {
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "time": "a time",
    "any": "anything",
    "texts": "a list of texts",
}

#: Break-points (x, y) of ``piecewise()``, x rising; linear between, flat outside.
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Expression:
    """A tree that passed the checks: known names, allowed functions, matching types.

    Equal only to itself, so that it can key a cache cheaply.
    """

    #: As written.
    text: str
    #: Canonical form: each name is one quoted column that knows its type; see ``to_sql``.
    tree: sql.Expression
    #: Names that it reads.
    names: frozenset[str]
    #: Type of its value.
    type: Type = "boolean"
    #: Names of the break-point tables that it reads.
    tables: frozenset[str] = frozenset()

    @cached_property
    def values(self) -> Values:
        """Its values apart from its shape."""
        return Values(self.tree)


#: How a dot that is part of a name (of an IRI) is written inside a dotted one.
_DOT = "%2E"


def step(name: str) -> str:
    """One name as a step of a dotted name."""
    return name.replace(".", _DOT)


def steps_of(path: str) -> list[str]:
    """The names of a dotted name, outermost first. Every engine's ``resolve`` takes a name apart by this."""
    return [one.replace(_DOT, ".") for one in path.split(".")]


class ExpressionError(Invalid):
    """Problem: an expression cannot be accepted, at ``line`` and ``column`` (both from 1). Remedy: as it says."""

    slug = "invalid-expression"
    problem = "%(why)s (line %(line)d, column %(column)d of the expression)"
    remedy = "Correct the expression at that position; docs/reference/expressions.md lists what may stand in one."

    def __init__(self, *, line: int = 1, column: int = 1, place: str = "", **details: object) -> None:
        super().__init__(place=place, line=line, column=column, **details)
        self.line = line
        self.column = column
