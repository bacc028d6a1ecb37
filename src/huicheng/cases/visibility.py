"""Policies over cases: the names that their rows may read, and the guard as a WHERE on our table.

The names are those of the Case entity (docs/reference/cases.md), so one policy gives the same rows
on the desk as at the data doors.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import BooleanField, TextField
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
    return _raw(seen.where, vendor, BooleanField())


def text_where(guard: Guard, vendor: str, name: str) -> RawSQL:
    """A text column where the guard shows it, else NULL: a search cannot probe what is hidden."""
    return _raw(_filter(guard, vendor).guarded(name, _resolve(name)), vendor, TextField())


def _filter(guard: Guard, vendor: str) -> RowFilter:
    return row_filter(guard, RESOURCE, _DIALECTS[vendor], _resolve)


def _raw(tree: sql.Expression, vendor: str, field: Any) -> RawSQL:
    # Django reads per cent signs as places for parameters.
    return RawSQL(tree.sql(dialect=_DIALECTS[vendor]).replace("%", "%%"), (), field)  # noqa: S611 - built by sqlglot


def _resolve(name: str) -> sql.Expression:
    if name in TEXTS:
        return sql.Nullif(this=_column(TEXTS[name]), expression=sql.Literal.string(""))
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
