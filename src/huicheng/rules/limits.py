"""Dated rows: which limit, or which table, holds on the day of an observation.

Of the rows that have begun, the one that began last is asked. A limit that has ended by then, or
has no value, is unknown, and an unknown limit judges nothing. A table that has ended stays in
use, with its note, until a later one is entered (HJ 633-2026's break-points are not known yet).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

import numpy as np

from huicheng.packs import Limit, Table
from huicheng.stores import FloatArray, IntArray

_EPOCH = date(1970, 1, 1).toordinal()

Row = TypeVar("Row", Limit, Table)


def day_number(day: date) -> int:
    """Days since 1970-01-01, as the arrays below hold them."""
    return day.toordinal() - _EPOCH


def begun(rows: Sequence[Row], days: IntArray) -> IntArray:
    """For each day the index of the row that began last, -1 before the first."""
    order = np.argsort([day_number(row.valid_from) for row in rows], kind="stable")
    starts = np.array([day_number(rows[i].valid_from) for i in order], dtype=np.int64)
    found = np.searchsorted(starts, days, side="right") - 1
    return np.where(found >= 0, order[np.maximum(found, 0)], -1).astype(np.int64)


def in_force(rows: Sequence[Row], days: IntArray) -> IntArray:
    """As :func:`begun`, and -1 also where that row has ended (``valid_until`` is the first day without it)."""
    found = begun(rows, days)
    ends = np.array([_end(row) for row in rows], dtype=np.int64)
    return np.where((found >= 0) & (days < ends[found]), found, -1).astype(np.int64)


def limit_values(rows: Sequence[Limit], days: IntArray) -> FloatArray:
    """The limit on each day; NaN where it is unknown."""
    found = in_force(rows, days)
    values = np.array([np.nan if row.value is None else row.value for row in rows], dtype=np.float64)
    return np.where(found >= 0, values[found], np.nan)


def row_on(rows: Sequence[Row], day: date) -> Row | None:
    """The row in force on a day."""
    row = last_begun(rows, day)
    return row if row is not None and (row.valid_until is None or day < row.valid_until) else None


def last_begun(rows: Sequence[Row], day: date) -> Row | None:
    """The row that began last by a day, though it may have ended."""
    found = [row for row in rows if row.valid_from <= day]
    return max(reversed(found), key=lambda row: row.valid_from, default=None)


def _end(row: Limit | Table) -> int:
    return day_number(row.valid_until) if row.valid_until else np.iinfo(np.int64).max
