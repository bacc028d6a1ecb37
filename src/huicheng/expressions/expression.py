"""A checked scalar expression."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import expressions as sql


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A tree that passed the checks: known names, allowed functions, matching types."""

    #: As written.
    text: str
    tree: sql.Expression
    #: Names that it reads.
    names: frozenset[str]
