"""PostgreSQL answers an expression as every other engine does (N1, N6)."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from postgres import Server
from sqlglot import expressions as sql

from huicheng.devices.register import sensing
from huicheng.expressions import HELD, JSON, Expression, OpenNames, Resolve, evaluate, from_tree, parse, to_sql
from tests.unit.expressions import test_golden as golden
from tests.unit.expressions import test_random as thought_up

Ask = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def ask(postgres_server: Server) -> Iterator[Ask]:
    """``ask(expression in SQL, document)``: what an empty city answers."""
    loop = asyncio.new_event_loop()
    settings = {"search_path": "city, public", "timezone": "UTC"}
    address = postgres_server.new_database()
    connection = loop.run_until_complete(asyncpg.connect(address, server_settings=settings))

    def value(query: str, document: str) -> Any:
        statement = f"SELECT {query} FROM (SELECT CAST($1 AS jsonb) AS d) AS given"  # noqa: S608 - the code under test
        return loop.run_until_complete(connection.fetchval(statement, document))

    yield value
    loop.run_until_complete(connection.close())
    loop.close()


def held(name: str) -> sql.Expression:
    """A name's value in the document ``d``."""
    found = sql.Anonymous(this="jsonb_extract_path", expressions=[sql.column("d"), sql.Literal.string(name)])
    found.meta[HELD] = JSON
    return found


def document(row: dict[str, Any]) -> str:
    """JSON knows no NaN: what is not a number is not there."""
    return json.dumps({name: value for name, value in row.items() if value == value})  # noqa: PLR0124 - NaN is the one


def answer(ask: Ask, expression: Expression, row: dict[str, Any], resolve: Resolve, tables: Any) -> Any:
    tree = to_sql(expression, "postgres", resolve, tables)
    return ask(tree.sql(dialect="postgres"), document(row))


@pytest.mark.parametrize("vector", golden.VECTORS, ids=lambda vector: vector["says"])
def test_postgresql_gives_the_same_answer(vector: dict[str, Any], ask: Ask) -> None:
    row = golden._row(vector)
    resolve = golden._or_lists(held, row)
    expression = parse(vector["expression"], golden.NAMES, tables=golden.TABLES)
    found = answer(ask, expression, row, resolve, golden.TABLES)
    assert found == vector["gives"]
    assert (found is None) == (vector["gives"] is None)


@settings(max_examples=150, deadline=None)
@given(thought_up.NUMBER | thought_up.BOOLEAN, thought_up.ROWS)
def test_postgresql_agrees_on_expressions_that_nobody_thought_of(ask: Ask, text: str, row: dict[str, Any]) -> None:
    expression = parse(text, thought_up.NAMES, tables=thought_up.TABLES)
    here = evaluate(expression, row, thought_up.TABLES)
    there = answer(ask, expression, row, held, thought_up.TABLES)
    assert (here is None) == (there is None), text
    if here is not None:
        assert here == there or math.isclose(here, there, rel_tol=1e-12), text  # type: ignore[arg-type] # numbers


#: Names of unknown type: a value is known only where it is of the type that the expression wants.
OPEN = [
    ("a > 1", {"a": 2}, True),
    ("a > 1", {"a": "2"}, None),
    ("a > 0", {"a": True}, True),
    ("a", {"a": True}, True),
    ("NOT a", {"a": False}, True),
    ("a = '环北'", {"a": "环北"}, True),
    ("a < 'b'", {"a": "B"}, True),
    ("a IS NULL", {"a": None}, True),
    ("a IS NULL", {"a": [1]}, False),
    ("a = b", {"a": 1, "b": 1.0}, True),
    ("a >= TIMESTAMP '2026-01-01T00:00:00Z'", {"a": "2026-01-01T08:00:00.000+08:00"}, True),
    ("a >= TIMESTAMP '2026-01-01T00:00:00Z'", {"a": "2026-13-01T00:00:00Z"}, None),
    ("a >= TIMESTAMP '2026-01-01T00:00:00Z'", {"a": "tomorrow"}, None),
]


@pytest.mark.parametrize(("text", "row", "gives"), OPEN)
def test_a_value_of_another_type_is_unknown(ask: Ask, text: str, row: dict[str, Any], gives: object) -> None:
    def known(name: str) -> sql.Expression:
        null = sql.cast(sql.Literal.string("null"), sql.DataType.build("JSONB", dialect="postgres"))
        value = sql.Anonymous(this="jsonb_extract_path", expressions=[sql.column("d"), sql.Literal.string(name)])
        return sql.Nullif(this=value, expression=null)

    tree = to_sql(parse(text, OpenNames(), expect="boolean"), "postgres", known)
    assert ask(tree.sql(dialect="postgres"), json.dumps(row)) is gives


def test_whether_a_device_senses_something_is_seen_in_its_list_and_in_a_single_word(ask: Ask) -> None:
    condition = from_tree(sensing("light"), expect="boolean")
    said: list[Any] = [["light", "video"], ["video", "light"], "light", ["daylight"], [], "video"]
    rows: list[dict[str, Any]] = [{"controlledProperty": one} for one in said]
    found = [answer(ask, condition, row, held, None) for row in rows]
    assert [bool(one) for one in found] == [True, True, True, False, False, False]
