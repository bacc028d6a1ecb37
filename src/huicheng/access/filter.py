"""A guard as SQL: the same rows and columns at every door, because every door reads through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlglot import expressions as sql

from huicheng.access.faces import Grant, Guard
from huicheng.access.guard import rows_of, subject_values
from huicheng.expressions import Dialect, Resolve, to_sql


@dataclass(frozen=True, kw_only=True, eq=False)
class Mask:
    """Where ``rows`` is true, these columns may be seen (``*``: all of them)."""

    rows: sql.Expression
    columns: frozenset[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class RowFilter:
    """One guard on one resource in one engine's SQL."""

    #: True for the rows that may be seen.
    where: sql.Expression
    #: ``None`` when every column of every visible row may be seen.
    masks: tuple[Mask, ...] | None

    @property
    def everything(self) -> bool:
        """True when nothing at all is held back."""
        return self.masks is None and self.where == sql.true()

    def guarded(self, name: str, value: sql.Expression) -> sql.Expression:
        """``value`` of column ``name`` where it may be seen, else NULL; so a condition cannot probe it."""
        if self.masks is None:
            return value
        seen = [mask.rows.copy() for mask in self.masks if mask.columns & {name, "*"}]
        return sql.Case(ifs=[sql.If(this=sql.or_(*seen), true=value)]) if seen else sql.Null()


def row_filter(guard: Guard, resource: str, dialect: Dialect, resolve: Resolve) -> RowFilter:
    """The guard's grants on ``resource``; ``resolve`` gives the engine's value of a column by name.

    Names are of type ``any``: in SQLite ``resolve`` may return ``json_extract`` as it is.
    """
    grants = guard.of(resource)
    if any(grant.rows == "TRUE" and "*" in grant.columns for grant in grants):
        return RowFilter(where=sql.true(), masks=None)
    masks = tuple(_mask(grant, guard, dialect, resolve) for grant in grants)
    where = cast("sql.Expression", sql.or_(*(mask.rows.copy() for mask in masks))) if masks else sql.false()
    return RowFilter(where=where, masks=None if all("*" in mask.columns for mask in masks) else masks)


def _mask(grant: Grant, guard: Guard, dialect: Dialect, resolve: Resolve) -> Mask:
    own = subject_values(grant.behalf or guard.subject)

    def bound(name: str) -> sql.Expression:
        return _literal(own[name]) if name in own else resolve(name)

    rows = to_sql(rows_of(grant), dialect, bound)
    return Mask(rows=rows, columns=frozenset(grant.columns))


def _literal(value: str | tuple[str, ...] | None) -> sql.Expression:
    if isinstance(value, tuple):
        return sql.Tuple(expressions=[sql.Literal.string(one) for one in value])
    return sql.Null() if value is None else sql.Literal.string(value)
