"""One expression over one row of values, by the same SQL that the embedded store runs."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import apsw
from sqlglot import expressions as sql

from huicheng.city import micros
from huicheng.expressions.check import DECLARED
from huicheng.expressions.compile import to_sql
from huicheng.expressions.expression import Expression, Points, Type

#: Stands for a value that is there but of no type that can be compared (an object).
_PRESENT = b""
#: A pattern looks at so much of a text.
_LONGEST_MATCHED = 2_000


def evaluate(
    expression: Expression, values: Mapping[str, Any], tables: Mapping[str, Points] | None = None
) -> float | str | bool | int | None:
    """Its value: ``float``, ``str``, ``bool``, an instant, or ``None`` for unknown.

    A name without a value is unknown, and so is a value of another type than the declared one,
    and NaN. Times are given as aware datetimes or as instants.
    """
    statement, declared = _compiled(expression, tables)
    bindings = {number: _bound(values.get(name), kind) for number, name, kind in declared}
    value = _engine().execute(statement, bindings).get
    return _result(value, expression.type)


#: SELECT with numbered parameters, and of each its number, the name that it takes, and the declared type.
_Statement = tuple[str, list[tuple[str, str, Type]]]
_statements: WeakKeyDictionary[Expression, _Statement] = WeakKeyDictionary()
_threads = threading.local()


def _compiled(expression: Expression, tables: Mapping[str, Points] | None) -> _Statement:
    if expression.tables:  # break-points change with the day, so this form is not kept
        return _compile(expression, tables)
    if expression not in _statements:
        _statements[expression] = _compile(expression, None)
    return _statements[expression]


def _compile(expression: Expression, tables: Mapping[str, Points] | None) -> _Statement:
    declared: dict[str, Type] = {
        column.name: column.meta[DECLARED]
        for column in expression.tree.find_all(sql.Column)
        if column.name in expression.names
    }
    # Parameters are numbered: a name may be dotted, or Chinese.
    numbers = {name: str(number) for number, name in enumerate(sorted(declared), start=1)}

    def parameter(name: str) -> sql.Expression:
        placeholder = sql.Placeholder(this=numbers[name])
        return _listed(placeholder) if declared[name] == "texts" else placeholder

    tree = to_sql(expression, "sqlite", parameter, tables)
    return sql.Select(expressions=[tree]).sql(dialect="sqlite"), [
        (numbers[name], name, declared[name]) for name in sorted(declared)
    ]


def _listed(parameter: sql.Expression) -> sql.Expression:
    """The members of a list that comes as one parameter, a JSON array."""
    return sql.select("value").from_(sql.Anonymous(this="json_each", expressions=[parameter]))


def _engine() -> apsw.Connection:
    if not hasattr(_threads, "engine"):
        _threads.engine = apsw.Connection(":memory:")
        _threads.engine.create_scalar_function("regexp", matches, 2, deterministic=True)
    engine: apsw.Connection = _threads.engine
    return engine


def matches(pattern: str, value: object) -> bool | None:
    """``value REGEXP pattern`` for SQLite connections: found anywhere; unknown for what is not text."""
    return re.search(pattern, value[:_LONGEST_MATCHED]) is not None if isinstance(value, str) else None


def _bound(value: Any, declared: Type) -> Any:
    if declared == "texts":
        return json.dumps([one for one in value or () if isinstance(one, str)] or [None])
    if isinstance(value, datetime):
        value = micros(value) if declared == "time" else value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    if declared == "any" and isinstance(value, list):  # as stores hold it
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if declared == "any":
        return value if value is None or isinstance(value, int | float | str) else _PRESENT
    return value if _is(value, declared) else None


def _is(value: Any, declared: Type) -> bool:
    if isinstance(value, bool):
        return declared == "boolean"
    return isinstance(value, {"number": int | float, "time": int, "text": str}.get(declared, ()))


def _result(value: Any, type: Type) -> float | str | bool | int | None:
    if value is None:
        return None
    if type == "boolean":
        return bool(value)
    return float(value) if type == "number" else value
