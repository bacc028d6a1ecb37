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
from huicheng.stores import IntArray

#: What a row says of a rule.
UNKNOWN, HOLDS, FIRES, CLEARS = range(4)

#: Name → values of one type, ``None`` where unknown.
Values = Mapping[str, NDArray[Any]]

#: "Unknown" in a column of integers; no instant and no truth value is this.
_NONE = -(2**62)

_TEXTS = sql.Cast(this=sql.Placeholder(this="texts"), to=sql.DataType.build("TEXT[]", dialect="duckdb"))

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
        self._selects: dict[tuple[str, ...], str] = {}

    def judge(self, programs: Sequence[Program], values: Values, days: IntArray) -> list[Verdicts]:
        """``values`` are the names that the rules share; ``days`` choose limits and tables."""
        if not len(days) or not programs:
            return [_nothing(one, values) for one in programs]
        key = tuple(one.id for one in programs)
        if key not in self._selects:
            self._selects[key] = select(programs).sql(dialect="duckdb")
        texts: dict[str, int] = {}
        self._connection.register("rows", columns(programs, values, days, texts))
        try:
            found = self._connection.execute(self._selects[key], {"texts": list(texts)}).fetchnumpy()
        finally:
            self._connection.unregister("rows")
        return [_verdicts(place, one, values, days, found) for place, one in enumerate(programs)]

    def close(self) -> None:
        """Let go of the engine."""
        self._connection.close()


def select(programs: Sequence[Program]) -> sql.Select:
    """One SELECT for all; later columns may read earlier ones by their alias."""
    parts = [part for place, one in enumerate(programs) for part in _parts(place, one)]
    # DuckDB refuses a parameter that nothing reads.
    parts.append(sql.alias_(sql.Anonymous(this="LEN", expressions=[_TEXTS.copy()]), "texts", quoted=True))
    return sql.select(*parts).from_(sql.to_table("rows"))


def _parts(place: int, one: Program) -> list[sql.Expr]:
    resolve = _resolver(place, one)
    named = [(f"{place}.d.{name}", expression) for name, expression in one.derive.items()]
    named += [(f"{place}.fires", one.fires), (f"{place}.clears", one.clears)]
    parts = [sql.alias_(_dated(place, one, expression, resolve), name, quoted=True) for name, expression in named]
    severity = _rank(_dated(place, one, one.severity, resolve))
    return [*parts, sql.alias_(severity, f"{place}.severity", quoted=True)]


def _rank(word: sql.Expression) -> sql.Expression:
    """Index into SEVERITIES; an unknown one counts as ``warning``, as a rule without the expression has it."""
    ranks = [sql.If(this=sql.Literal.string(one), true=sql.Literal.number(rank)) for rank, one in enumerate(SEVERITIES)]
    return sql.Case(this=word, ifs=ranks, default=sql.Literal.number(1))


def _resolver(place: int, one: Program) -> Callable[[str], sql.Expression]:
    def resolve(name: str) -> sql.Expression:
        if name in one.derive:
            return _column(f"{place}.d.{name}")
        if name in one.rule.limits:
            return _column(f"{place}.l.{name}")
        return _held(_column(f"v.{name}"), one.attributes.get(name, "number"))

    return resolve


def _held(column: sql.Expression, kind: Type) -> sql.Expression:
    """What a column's numbers stand for: DuckDB heeds no masks of numpy, and takes texts dearly one by one."""
    known = sql.Nullif(this=column, expression=sql.Literal.number(_NONE))
    if kind == "text":
        return sql.Anonymous(this="LIST_EXTRACT", expressions=[_TEXTS.copy(), column])
    if kind == "boolean":
        return sql.Cast(this=known, to=sql.DataType.build("BOOLEAN"))
    return known if kind == "time" else column


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


def columns(
    programs: Sequence[Program], values: Values, days: IntArray, texts: dict[str, int]
) -> dict[str, NDArray[Any]]:
    """What the SELECT reads: shared names once, each rule's limits and choices of tables beside them.

    Each text gets a number, from 1, in ``texts``.
    """
    types = {name: kind for one in programs for name, kind in one.attributes.items()}
    made = {f"v.{name}": _typed(held, types.get(name, "number"), texts) for name, held in values.items()}
    for place, one in enumerate(programs):
        for name, rows in one.rule.limits.items():
            made[f"{place}.l.{name}"] = limit_values(rows, days)
        for name, tables in one.rule.tables.items():
            made[f"{place}.t.{name}"] = begun(tables, days)
    return made or {"v.": days}


def _typed(held: NDArray[Any], kind: Type, texts: dict[str, int]) -> NDArray[Any]:
    if kind == "number":
        return held if held.dtype != object else np.array([_number(value) for value in held], dtype=np.float64)
    if kind == "text":
        codes = [texts.setdefault(value, len(texts) + 1) if isinstance(value, str) else 0 for value in held]
    else:
        read = _truth if kind == "boolean" else _moment
        codes = [_NONE if value is None else int(value) for value in map(read, held)]
    return np.array(codes, dtype=np.int64)


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
        severity=np.asarray(found[f"{place}.severity"]).astype(np.int8),
        figures=_figures(place, one, values, days, found),
    )


def _known(answers: Any) -> NDArray[np.int8]:
    """1 true, 0 false, -1 unknown."""
    filled: NDArray[np.int8] = np.ma.filled(np.ma.asarray(answers).astype(np.int8), -1)
    return filled


def _figures(
    place: int, one: Program, values: Values, days: IntArray, found: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    shown = {name: held for name, held in values.items() if one.schedule or name in one.attributes}
    limits = {name: limit_values(rows, days) for name, rows in one.rule.limits.items()}
    derived = {name: _unmasked(found[f"{place}.d.{name}"]) for name in one.derive}
    return {**shown, **limits, **derived}


def _unmasked(answers: Any) -> NDArray[Any]:
    """A column of DuckDB's with NaN, or ``None``, where it is unknown."""
    held = np.ma.asarray(answers)
    is_number = held.dtype.kind == "f"
    unmasked: NDArray[Any] = held.data.astype(np.float64 if is_number else object)
    unmasked[np.ma.getmaskarray(held)] = np.nan if is_number else None
    return unmasked


def plain(value: Any) -> Any:
    """A value of a column as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value


def _nothing(one: Program, values: Values) -> Verdicts:
    none = np.zeros(0, dtype=np.int8)
    names = [*values, *one.rule.limits, *one.derive]
    return Verdicts(signal=none, severity=none, figures={name: np.zeros(0, dtype=object) for name in names})
