"""Expressions that nobody thought of: engines agree, and no text brings the parser down."""

from __future__ import annotations

import math
from typing import Any

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import expressions as sql

from huicheng.expressions import ExpressionError, Type, evaluate, parse, to_sql

NAMES: dict[str, Type] = {"x": "number", "y": "number", "t": "text", "u": "text", "b": "boolean", "c": "boolean"}
TABLES = {"iaqi": [(0.0, 0.0), (35.0, 50.0), (75.0, 100.0)]}
TYPES = {"number": "DOUBLE", "text": "TEXT", "boolean": "BOOLEAN"}

_NUMBERS = st.sampled_from(["x", "y", "0", "1", "2.5", "75", "NULL"])
_TEXTS = st.sampled_from(["t", "u", "'a'", "'A%'", "''", "'环北'", "NULL"])
_BOOLEANS = st.sampled_from(["b", "c", "TRUE", "FALSE", "NULL"])


def _number(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    shapes = ["({} + {})", "({} - {})", "({} * {})", "({} / {})", "GREATEST({}, {})", "LEAST({}, {})"]
    shapes += ["COALESCE({}, {})", "NULLIF({}, {})", "CASE WHEN {} > {} THEN 1 ELSE 2.5 END"]
    single = ["(-{})", "ABS({})", "ROUND({})", "ROUND({}, 1)", "CEIL({})", "FLOOR({})", "piecewise({}, iaqi)"]
    two = st.builds(str.format, st.sampled_from(shapes), inner, inner)
    return two | st.builds(str.format, st.sampled_from(single), inner)


NUMBER = st.recursive(_NUMBERS, _number, max_leaves=5)
TEXT = _TEXTS | st.builds(str.format, st.sampled_from(["LOWER({})", "UPPER({})", "NULLIF({}, 'a')"]), _TEXTS)
_COMPARED = st.builds(
    "({} {} {})".format, NUMBER, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), NUMBER
) | st.builds("({} {} {})".format, TEXT, st.sampled_from(["=", "<>", "<", ">="]), TEXT)
_TESTED = st.builds(
    str.format, st.sampled_from(["({} IS NULL)", "({} BETWEEN 0 AND 2.5)", "({} NOT IN (1, y))"]), NUMBER
) | st.builds(str.format, st.sampled_from(["({} LIKE 'a%')", "({} NOT LIKE '_')", "(LENGTH({}) > 0)"]), TEXT)
BOOLEAN = st.recursive(
    _BOOLEANS | _COMPARED | _TESTED,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds("(NOT {})".format, inner)
    ),
    max_leaves=5,
)
_VALUE = st.sampled_from([None, math.nan, 0.0, -0.0, 0.5, -2.5, 35.0, 74.9, 1e6, -1e-3])
_SIGNS = st.sampled_from([None, "", "a", "A", "ab", "É", "环北", "%", "*", "[a]"])
_TRUTH = st.sampled_from([None, True, False])
ROWS = st.fixed_dictionaries({"x": _VALUE, "y": _VALUE, "t": _SIGNS, "u": _SIGNS, "b": _TRUTH, "c": _TRUTH})

ENGINE = duckdb.connect()


def by_duckdb(text: str, row: dict[str, Any]) -> Any:
    tree = to_sql(parse(text, NAMES, tables=TABLES), "duckdb", sql.column, TABLES)
    columns = ", ".join(f"CAST(${name} AS {TYPES[kind]}) AS {name}" for name, kind in NAMES.items())
    query = f"SELECT {tree.sql(dialect='duckdb')} FROM (SELECT {columns})"  # noqa: S608 - the test's own text
    found = ENGINE.execute(query, row).fetchone()
    assert found is not None
    return found[0]


@settings(max_examples=150, deadline=None)
@given(NUMBER | BOOLEAN, ROWS)
@example("ROUND((x * 2.5), 1)", {"x": 0.5, "y": 0.0, "t": None, "u": None, "b": None, "c": None})
def test_engines_agree_on_expressions_that_nobody_thought_of(text: str, row: dict[str, Any]) -> None:
    here, there = evaluate(parse(text, NAMES, tables=TABLES), row, TABLES), by_duckdb(text, row)
    assert (here is None) == (there is None), text
    if here is not None:
        assert here == there or math.isclose(here, there, rel_tol=1e-12), text  # type: ignore[arg-type] # numbers


WORDS = list("xtb(),.;'\"*+-/=<[]{}?@$1")
WORDS += [
    "1e9",
    "--",
    "/*",
    "*/",
    "::",
    "NOT",
    "AND",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "SELECT",
    "FROM",
    "INTERVAL",
    "DATE",
    "CAST",
    "AS",
]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_whatever_text_comes_it_is_an_expression_or_refused(text: str) -> None:
    try:
        expression = parse(text, NAMES, tables=TABLES)
    except ExpressionError:
        return
    assert isinstance(evaluate(expression, {}, TABLES), float | int | str | bool | None)
