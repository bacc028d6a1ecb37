"""What two expressions have in common that differ in their values only, so that SQL made for one serves the other.

A value is a number, a text or an instant that something is compared with. All else (names and their types, functions,
patterns of LIKE, decimals of ROUND) decides what the SQL looks like, and is part of the shape.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlglot import expressions as sql

#: The function that tells whether a list has one of some members.
HOLDS = "HOLDS"
#: The function that tells whether a condition holds of some member of a list, and what a member is called in it.
SOME = "SOME"
MEMBER = "*"
#: What compares, and an instant: only in these is a literal a value.
_COMPARES = (sql.EQ, sql.NEQ, sql.GT, sql.GTE, sql.LT, sql.LTE, sql.Between, sql.In, sql.RegexpLike, sql.Neg, sql.Cast)


class Values:
    """The values of one tree, by the literal that each stands in; in the order of the tree."""

    def __init__(self, tree: sql.Expression) -> None:
        self._literals: list[sql.Literal] = []
        #: Equal for trees that differ in their values only.
        self.shape: Hashable = self._shape(tree)
        self._values = [_value(one) for one in self._literals]

    def places(self) -> dict[int, str]:
        """The parameter of each literal, which is known by its identity; for ``to_sql``."""
        return {id(one): f"w{number}" for number, one in enumerate(self._literals)}

    def parameters(self) -> dict[str, float | int | str]:
        """The value of each parameter."""
        return {f"w{number}": value for number, value in enumerate(self._values)}

    def _shape(self, node: sql.Expression) -> Hashable:
        compares = isinstance(node, _COMPARES) or (isinstance(node, sql.Anonymous) and node.this == HOLDS)
        parts: list[Any] = [node.__class__]
        for key, held in node.args.items():
            if held.__class__ is list:
                parts.append((key, *(self._part(one, compares) for one in held)))
            elif held is not None:
                parts.append((key, self._part(held, compares)))
        parts.extend(sorted(node.meta.items()))
        return tuple(parts)

    def _part(self, held: Any, compares: bool) -> Hashable:  # noqa: FBT001 - what the node above is
        if not isinstance(held, sql.Expression):
            return held.__class__, held
        if compares and isinstance(held, sql.Literal):
            self._literals.append(held)
            return (_value(held).__class__,)
        return self._shape(held)


def _value(literal: sql.Literal) -> float | int | str:
    """A number as the double that it would be in SQL; of an instant, µs."""
    if literal.args.get("is_string"):
        return str(literal.this)
    return int(literal.this) if isinstance(literal.parent, sql.Cast) else float(literal.this)
