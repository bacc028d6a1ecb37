"""All rules of a type over many rows by one SELECT, run by DuckDB over columns.

There is one way only, for large windows and small: planning costs about a millisecond for a few
rules, a window comes ten times a second, and a second evaluator could give a second answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import expressions as sql

from huicheng.city import micros
from huicheng.errors import Invalid
from huicheng.expressions import Expression, Type, to_sql
from huicheng.rules.limits import begun, limit_values
from huicheng.rules.program import Program
from huicheng.stores.faces import IntArray

#: What a row says of a rule.
UNKNOWN, HOLDS, FIRES, CLEARS = range(4)

#: Name → values of one type, ``None`` where unknown.
Values = Mapping[str, NDArray[Any]]

SEVERITIES = ("notice", "warning", "severe", "extreme")


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """One rule over many rows. Columns of equal length."""

    #: UNKNOWN, HOLDS, FIRES or CLEARS.
    signal: NDArray[np.int8]
    #: Index into SEVERITIES.
    severity: NDArray[np.int8]
    #: Every name that the rule may show: observed values, limits, derived figures.
    figures: dict[str, NDArray[Any]]

    def figures_at(self, row: int) -> dict[str, Any]:
        """The figures of one row as plain values; ``None`` where unknown."""
        return {name: plain(values[row]) for name, values in self.figures.items()}


class Bench:
    """Where rules are evaluated: one DuckDB connection in memory, and the SELECTs made so far."""

    def __init__(self) -> None:
        # Half the process's start-up memory; a process that only explains alerts never judges.
        import duckdb  # noqa: PLC0415 - slow

        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        # Columns of texts are looked through to the end, or a late first text would have no type.
        self._connection.execute("SET pandas_analyze_sample = 1000000")
        self._selects: dict[tuple[str, ...], str] = {}

    def judge(self, programs: Sequence[Program], values: Values, days: IntArray) -> list[Verdicts]:
        """``values`` are the names that the rules share; ``days`` choose limits and tables."""
        if not len(days) or not programs:
            return [_nothing(one, values) for one in programs]
        key = tuple(one.id for one in programs)
        if key not in self._selects:
            self._selects[key] = select(programs).sql(dialect="duckdb")
        self._connection.register("rows", columns(programs, values, days))
        try:
            found = self._connection.execute(self._selects[key]).fetchnumpy()
        finally:
            self._connection.unregister("rows")
        return [_verdicts(place, one, values, days, found) for place, one in enumerate(programs)]

    def close(self) -> None:
        """Let go of the engine."""
        self._connection.close()


def select(programs: Sequence[Program]) -> sql.Select:
    """One SELECT for all; later columns may read earlier ones by their alias."""
    parts = [part for place, one in enumerate(programs) for part in _parts(place, one)]
    return sql.select(*parts).from_(sql.to_table("rows"))


def _parts(place: int, one: Program) -> Sequence[sql.Expr]:
    resolve = _resolver(place, one)
    named = [(f"{place}.d.{name}", expression) for name, expression in one.derive.items()]
    named += [(f"{place}.{part}", getattr(one, part)) for part in ("fires", "clears", "severity")]
    return [sql.alias_(_dated(place, one, expression, resolve), name, quoted=True) for name, expression in named]


def _resolver(place: int, one: Program) -> Callable[[str], sql.Expression]:
    def resolve(name: str) -> sql.Expression:
        if name in one.derive:
            return _column(f"{place}.d.{name}")
        return _column(f"{place}.l.{name}" if name in one.rule.limits else f"v.{name}")

    return resolve


def _column(name: str) -> sql.Expression:
    return sql.column(sql.to_identifier(name, quoted=True))


def _dated(
    place: int, one: Program, expression: Expression, resolve: Callable[[str], sql.Expression]
) -> sql.Expression:
    """The expression with the tables of each row's day: one branch for each choice of tables."""
    names = sorted(expression.tables)
    if not names:
        return to_sql(expression, "duckdb", resolve)
    branches = []
    for chosen in product(*(range(len(one.rule.tables[name])) for name in names)):
        pairs = list(zip(names, chosen, strict=True))
        tables = {name: one.rule.tables[name][index].points for name, index in pairs}
        when = [_column(f"{place}.t.{name}").eq(index) for name, index in pairs]
        branches.append(sql.If(this=sql.and_(*when), true=to_sql(expression, "duckdb", resolve, tables)))
    return sql.Case(ifs=branches)


def columns(programs: Sequence[Program], values: Values, days: IntArray) -> dict[str, NDArray[Any]]:
    """What the SELECT reads: shared names once, each rule's limits and choices of tables beside them."""
    types = {name: kind for one in programs for name, kind in one.attributes.items()}
    made = {f"v.{name}": _typed(held, types.get(name, "number")) for name, held in values.items()}
    for place, one in enumerate(programs):
        for name, rows in one.rule.limits.items():
            made[f"{place}.l.{name}"] = limit_values(rows, days)
        for name, tables in one.rule.tables.items():
            made[f"{place}.t.{name}"] = begun(tables, days)
    return made or {"v.": days}


def _typed(held: NDArray[Any], type: Type) -> NDArray[Any]:
    if held.dtype != object:
        return held
    if type == "number":
        return np.array([_number(value) for value in held], dtype=np.float64)
    if type == "text":
        return np.array([value if isinstance(value, str) else None for value in held], dtype=object)
    read, dtype = (_truth, np.bool_) if type == "boolean" else (_moment, np.int64)
    found = [read(value) for value in held]
    mask = [value is None for value in found]
    made: NDArray[Any] = np.ma.masked_array(np.array([value or 0 for value in found], dtype=dtype), mask=mask)
    return made


def _number(value: Any) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else np.nan


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: Any) -> int | None:
    try:
        return micros(datetime.fromisoformat(value))
    except (TypeError, ValueError, Invalid):
        return None


def _verdicts(place: int, one: Program, values: Values, days: IntArray, found: Mapping[str, Any]) -> Verdicts:
    fires, clears = _known(found[f"{place}.fires"]), _known(found[f"{place}.clears"])
    known = (fires >= 0) | (clears >= 0)
    signal = np.select([fires == 1, clears == 1, known], [FIRES, CLEARS, HOLDS], UNKNOWN)
    return Verdicts(
        signal=signal.astype(np.int8),
        severity=_severity(found[f"{place}.severity"]),
        figures=_figures(place, one, values, days, found),
    )


def _known(answers: Any) -> NDArray[np.int8]:
    """1 true, 0 false, -1 unknown."""
    filled: NDArray[np.int8] = np.ma.filled(np.ma.asarray(answers).astype(np.int8), -1)
    return filled


def _severity(words: Any) -> NDArray[np.int8]:
    """An unknown severity counts as ``warning``, as a rule without the expression has it."""
    ranks = {word: rank for rank, word in enumerate(SEVERITIES)}
    return np.array([ranks.get(word, 1) for word in np.ma.filled(np.ma.asarray(words), None)], dtype=np.int8)


def _figures(
    place: int, one: Program, values: Values, days: IntArray, found: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    shown = {name: held for name, held in values.items() if one.schedule or name in one.attributes}
    limits = {name: limit_values(rows, days) for name, rows in one.rule.limits.items()}
    derived = {
        name: np.ma.filled(np.ma.asarray(found[f"{place}.d.{name}"]).astype(object), None) for name in one.derive
    }
    return {**shown, **limits, **derived}


def plain(value: Any) -> Any:
    """A value of a column as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value


def _nothing(one: Program, values: Values) -> Verdicts:
    none = np.zeros(0, dtype=np.int8)
    names = [*values, *one.rule.limits, *one.derive]
    return Verdicts(signal=none, severity=none, figures={name: np.zeros(0, dtype=object) for name in names})
