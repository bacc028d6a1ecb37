"""Names whose type only the value shows: what a query from outside asks (NGSI-LD q)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlglot import expressions as sql

from huicheng.expressions import ExpressionError, OpenNames, evaluate, from_tree, moment, name, parse


@pytest.mark.parametrize(
    ("text", "value", "gives"),
    [
        ("a > 300", 301, True),
        ("a > 300", "301", None),
        ("a = 'x'", "x", True),
        ("a = 'x'", 1, None),
        ("a = TRUE", True, True),
        ("a > TIMESTAMP '2026-01-01T00:00:00Z'", "2026-01-01T08:00:01+08:00", True),
        ("a > TIMESTAMP '2026-01-01T00:00:00Z'", datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC), True),
        ("a > TIMESTAMP '2026-01-01T00:00:00Z'", "yesterday", None),
        ("a IS NOT NULL", {"an": "object"}, True),
        ("a IN ('x', 'y')", "y", True),
        ("a BETWEEN 1 AND 2", 1.5, True),
    ],
)
def test_a_value_of_another_type_is_unknown(text: str, value: Any, gives: object) -> None:
    assert evaluate(parse(text, OpenNames(), expect="boolean"), {"a": value}) is gives


def test_a_dotted_name_is_one_name() -> None:
    expression = parse("address.town.name.long.part = 'x'", OpenNames())
    assert expression.names == {"address.town.name.long.part"}


def test_a_tree_built_by_code_is_checked_like_a_text() -> None:
    tree = sql.and_(
        sql.GT(this=name("pm25"), expression=sql.Literal.number(300)),
        sql.LT(this=name("pm25.observedAt"), expression=moment("2026-01-01T00:00:00Z")),
    )
    expression = from_tree(tree, expect="boolean")
    assert expression.names == {"pm25", "pm25.observedAt"}
    assert evaluate(expression, {"pm25": 301, "pm25.observedAt": "2025-12-31T23:59:59Z"}) is True


def test_a_name_built_by_code_is_never_read_as_sql() -> None:
    hostile = '"; DROP TABLE state; --'
    expression = from_tree(sql.EQ(this=name(hostile), expression=sql.Literal.string("x")))
    assert evaluate(expression, {hostile: "x"}) is True


def test_a_tree_with_a_subquery_is_refused() -> None:
    with pytest.raises(ExpressionError, match="may not stand"):
        from_tree(sql.EQ(this=name("a"), expression=sql.select("1").subquery()))


def test_two_names_of_unknown_type_have_no_order() -> None:
    with pytest.raises(ExpressionError, match="known type"):
        parse("a < b", OpenNames())


def test_a_table_that_is_not_given_judges_nothing() -> None:
    expression = parse("piecewise(x, iaqi) > 100", {"x": "number"}, tables=["iaqi"])
    assert evaluate(expression, {"x": 400.0}) is None
