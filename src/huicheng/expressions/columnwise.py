"""One expression over many rows at once: columns in, one column out, by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import expressions as sql

from huicheng.expressions.compile import to_sql
from huicheng.expressions.expression import Expression, Points

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "256MB"}


def evaluate_columns(
    expression: Expression, columns: Mapping[str, NDArray[Any]], tables: Mapping[str, Points] | None = None
) -> NDArray[np.float64]:
    """The value of a numeric expression in each row, NaN where it is unknown.

    ``columns`` are of equal length, one for each name that it reads: float64 (NaN = unknown), int64 for
    times (µs), objects for texts and booleans (``None`` = unknown).
    """
    tree = sql.Cast(this=to_sql(expression, "duckdb", _column, tables), to=sql.DataType.build("DOUBLE"))
    statement = sql.select(tree.as_("value")).from_("given").sql(dialect="duckdb")
    length = len(next(iter(columns.values())))
    if not length:
        return np.empty(0)
    cursor = _engine().cursor()
    try:
        # A column of its own for expressions that read none.
        cursor.register("given", {**columns, "": np.zeros(length)})
        found = cursor.execute(statement).fetchnumpy()["value"]
    finally:
        cursor.close()
    return np.asarray(np.ma.filled(np.ma.asarray(found, dtype=np.float64), np.nan))


def _column(name: str) -> sql.Expression:
    return sql.column(sql.to_identifier(name, quoted=True))


@cache
def _engine() -> Any:
    import duckdb  # noqa: PLC0415 - slow, and most processes never come here

    return duckdb.connect(":memory:", config=_SETTINGS)
