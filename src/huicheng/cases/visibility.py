"""Policies over cases: the names that their rows may read, and the guard as a WHERE on our table.

The names are those of the Case entity (docs/reference/cases.md), so one policy gives the same rows
on the desk as at the data doors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from sqlglot import expressions as sql

from huicheng.access import Grant, Guard, Subject, row_filter
from huicheng.cases.joining import joined
from huicheng.city import entity_urn, rfc3339
from huicheng.expressions import HELD, Dialect, Type

RESOURCE = "Case"
_TABLE = "cases_case"

#: Name in policies → column. Free text has a name too, so that a policy can leave it out.
TEXTS = {
    "number": "number",
    "kind": "kind",
    "category": "category",
    "condition": "condition",
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
    "refDevice": "device_ref",
    "ownerUnit": "owner_unit",
    "handlingUnit": "handling_unit",
    "assignee": "assignee",
    "collector": "collector",
    "warning": "warning",
    "escalatedTo": "escalated_to",
    "reporter": "reporter",
}
TIMES = {"openedAt": "opened_at", "dueAt": "due_at", "closedAt": "closed_at"}
BOOLEANS = {"inTime": "in_time", "quiet": "quiet"}

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
    where = _compiled(guard, vendor).where
    return None if where is None else _raw(where)


def sees_all_text(guard: Guard, names: Sequence[str]) -> bool:
    """True when of every case that it shows, the guard shows these columns."""
    masks = _compiled(guard, "sqlite").masks
    return masks is None or all(set(names) <= columns or "*" in columns for columns, _ in masks)


def shown_where(guard: Guard, vendor: str, name: str) -> RawSQL | None:
    """In which rows the guard shows a column; ``None`` for none of them: a search cannot probe what is hidden."""
    masks = _compiled(guard, vendor).masks
    if masks is None:
        return _raw(sql.true().sql(_DIALECTS[vendor]))
    seen = [rows for columns, rows in masks if columns & {name, "*"}]
    return _raw(joined(seen).sql(_DIALECTS[vendor])) if seen else None


class _Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A guard's rows on our table, and the columns that are shown in each."""

    #: ``None``: every row.
    where: str | None
    #: ``None``: every column of every row.
    masks: list[tuple[frozenset[str], sql.Expression]] | None


def _compiled(guard: Guard, vendor: str) -> _Compiled:
    return _compile(guard.subject, tuple(guard.of(RESOURCE)), vendor)


# Policies change rarely and lists are asked for at every click; compiling takes longer than answering.
@lru_cache(maxsize=1024)
def _compile(subject: Subject, grants: tuple[Grant, ...], vendor: str) -> _Compiled:
    held = row_filter(Guard(subject=subject, grants={RESOURCE: grants}), RESOURCE, _DIALECTS[vendor], _resolve)
    if held.where == sql.true():
        where = None
    elif held.masks is None:
        where = held.where.sql(_DIALECTS[vendor])
    else:
        where = joined([mask.rows for mask in held.masks]).sql(_DIALECTS[vendor])
    masks = None if held.masks is None else [(mask.columns, mask.rows) for mask in held.masks]
    return _Compiled(where=where, masks=masks)


def _raw(text: str) -> RawSQL:
    # Django reads per cent signs as places for parameters.
    return RawSQL(text.replace("%", "%%"), (), BooleanField())  # noqa: S611 - built by sqlglot


def _resolve(name: str) -> sql.Expression:
    if name in TEXTS:
        return _known(sql.Nullif(this=_column(TEXTS[name]), expression=sql.Literal.string("")), "text")
    if name in TIMES:
        return _known(_column(TIMES[name]), "time")
    if name in BOOLEANS:
        return _known(_column(BOOLEANS[name]), "boolean")
    if name == "id":
        return _known(sql.DPipe(this=sql.Literal.string(case_id("")), expression=_column("number")), "text")
    # Unknown, as an attribute is that an entity does not have; and an unknown grants nothing.
    return sql.Null()


def _column(name: str) -> sql.Expression:
    return sql.column(name, table=_TABLE, quoted=True)


def _known(tree: sql.Expression, type: Type) -> sql.Expression:
    tree.meta[HELD] = type
    return tree
