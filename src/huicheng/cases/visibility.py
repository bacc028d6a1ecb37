"""Policies over cases: the names that their rows may read, and the guard as a WHERE on our table.

The names are those of the Case entity (docs/reference/cases.md), so one policy gives the same rows
on the desk as at the data doors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from sqlglot import expressions as sql

from huicheng.access import Guard, RowFilter, row_filter
from huicheng.city import entity_urn, rfc3339
from huicheng.expressions import HELD, Dialect, Type

RESOURCE = "Case"
_TABLE = "cases_case"

#: Name in policies → column. Free text has a name too, so that a policy can leave it out.
TEXTS = {
    "number": "number",
    "kind": "kind",
    "category": "category",
    "status": "state",
    "stage": "stage",
    "source": "source",
    "title": "title",
    "description": "description",
    "address": "address",
    "division": "division",
    "grid": "grid",
    "refAlert": "alert_id",
    "refEntity": "entity_ref",
    "ownerUnit": "owner_unit",
    "handlingUnit": "handling_unit",
    "reporter": "reporter",
}
TIMES = {"openedAt": "opened_at", "dueAt": "due_at", "closedAt": "closed_at"}
BOOLEANS = {"inTime": "in_time"}

_DIALECTS: dict[str, Dialect] = {"sqlite": "sqlite", "postgresql": "postgres"}


class Row(Protocol):
    """What ``models.Case`` is; it imports this module."""

    number: Any


def case_id(number: str) -> str:
    """The id of the Case entity."""
    return entity_urn(RESOURCE, number)


def values_of(case: Row) -> dict[str, Any]:
    """The values that policies read on one case, as the WHERE below reads them in the table."""
    texts = {name: getattr(case, column) or None for name, column in TEXTS.items()}
    instants = {name: getattr(case, column) for name, column in TIMES.items()}
    times = {name: None if at is None else rfc3339(at) for name, at in instants.items()}
    flags = {name: getattr(case, column) for name, column in BOOLEANS.items()}
    return {"id": case_id(case.number), **texts, **times, **flags}


def rows_where(guard: Guard, vendor: str) -> RawSQL | None:
    """The guard as a condition on ``Case`` rows; ``None`` when every row may be seen."""
    seen = _filter(guard, vendor)
    if seen.where == sql.true():
        return None
    return _raw(_seekable(seen.where), vendor, BooleanField())


def sees_all_text(guard: Guard, names: Sequence[str]) -> bool:
    """True when of every case that it shows, the guard shows these columns."""
    masks = _filter(guard, "sqlite").masks
    return masks is None or all(set(names) <= mask.columns or "*" in mask.columns for mask in masks)


def shown_where(guard: Guard, vendor: str, name: str) -> RawSQL | None:
    """In which rows the guard shows a column; ``None`` for none of them: a search cannot probe what is hidden."""
    masks = _filter(guard, vendor).masks
    if masks is None:
        return _raw(sql.true(), vendor, BooleanField())
    seen = [mask.rows for mask in masks if mask.columns & {name, "*"}]
    return _raw(_seekable(cast("sql.Expression", sql.or_(*seen))), vendor, BooleanField()) if seen else None


def _seekable(tree: sql.Expression) -> sql.Expression:
    """The same condition, such that an index can answer it.

    ``NULLIF(column, '') = 'x'`` is ``column = 'x'`` wherever "no" and "unknown" mean the same: under AND and OR.
    """
    if isinstance(tree, sql.And | sql.Or | sql.Paren):
        parts = {key: _seekable(part) for key, part in tree.args.items() if isinstance(part, sql.Expression)}
        return type(tree)(**parts)
    if isinstance(tree, sql.EQ | sql.In) and isinstance(tree.this, sql.Nullif) and _texts_only(tree):
        plain = tree.copy()
        plain.set("this", tree.this.this.copy())
        return plain
    return tree


def _texts_only(tree: sql.EQ | sql.In) -> bool:
    others = tree.expressions if isinstance(tree, sql.In) else [tree.expression]
    return bool(others) and all(isinstance(one, sql.Literal) and one.is_string and one.this for one in others)


def _filter(guard: Guard, vendor: str) -> RowFilter:
    return row_filter(guard, RESOURCE, _DIALECTS[vendor], _resolve)


def _raw(tree: sql.Expression, vendor: str, field: Any) -> RawSQL:
    # Django reads per cent signs as places for parameters.
    return RawSQL(tree.sql(dialect=_DIALECTS[vendor]).replace("%", "%%"), (), field)  # noqa: S611 - built by sqlglot


def _resolve(name: str) -> sql.Expression:
    if name in TEXTS:
        return _known(sql.Nullif(this=_column(TEXTS[name]), expression=sql.Literal.string("")), "text")
    if name in TIMES:
        return _known(_column(TIMES[name]), "time")
    if name in BOOLEANS:
        return _column(BOOLEANS[name])
    if name == "id":
        return sql.DPipe(this=sql.Literal.string(case_id("")), expression=_column("number"))
    # Unknown, as an attribute is that an entity does not have; and an unknown grants nothing.
    return sql.Null()


def _column(name: str) -> sql.Expression:
    return sql.column(name, table=_TABLE, quoted=True)


def _known(tree: sql.Expression, type: Type) -> sql.Expression:
    tree.meta[HELD] = type
    return tree
