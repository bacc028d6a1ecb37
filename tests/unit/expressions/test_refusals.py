"""What is not an expression is refused, and the error says where (N1: bad input)."""

from __future__ import annotations

import pytest

from huicheng.expressions import ExpressionError, Type, parse

NAMES: dict[str, Type] = {"x": "number", "y": "number", "t": "text", "b": "boolean", "s": "time"}


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("z > 1", 1, 1, "no name “z”"),
        ("x > 1 AND\n  zz > 1", 2, 3, "no name “zz”"),
        ("x > 'a'", 1, 5, "a number is needed"),
        ("t AND b", 1, 1, "true or false is needed"),
        ("b < b", 1, 1, "no order"),
        ("x + t > 1", 1, 5, "a number is needed"),
        ("x IN (SELECT 1)", 1, 1, "may not stand"),
        ("x > (SELECT 1)", 1, 13, "may not stand"),
        ("EXISTS(SELECT 1)", 1, 15, "may not stand"),
        ("x; DROP TABLE state", 1, 2, "Only one expression"),
        ("DROP TABLE state", 1, 12, "may not stand"),
        ("load_extension('x')", 1, 1, "no function “load_extension”"),
        ("random() > 1", 1, 1, "may not stand"),
        ("COUNT(*) > 1", 1, 1, "may not stand"),
        ("SUM(x) OVER () > 1", 1, 1, "may not stand"),
        ("x::int = 1", 1, 1, "not cast"),
        ("t ILIKE 'a'", 1, 1, "may not stand"),
        ("t LIKE t", 1, 1, "pattern after LIKE"),
        ("t LIKE 'a' ESCAPE '!'", 1, 1, "may not stand"),
        ("x IS TRUE", 1, 1, "After IS only NULL"),
        ("x IN ()", 1, 1, "empty"),
        ("x = ?", 1, 1, "may not stand"),
        ("x.*", 1, 1, "“*”"),
        ("ROUND(x, y)", 1, 1, "decimals"),
        ("GREATEST(x)", 1, 1, "two or more"),
        ("CASE WHEN b THEN 1 ELSE 'a' END", 1, 25, "a number is needed"),
        ("s > TIMESTAMP '2026-01-01T00:00:00'", 1, 15, "zone"),
        ("s > DATE '2026-02-30'", 1, 10, "not a date"),
        ("x = 1e999", 1, 5, "too large"),
        ("piecewise(x, nothing)", 1, 14, "no table “nothing”"),
        ("x +", 1, 3, "wrong at"),
        ("x y", 1, 1, "may not stand"),
        ("", 1, 1, "empty"),
        ("t = 'a", 1, 1, "not closed"),
        ("(" * 25 + "b" + ")" * 25, 1, 25, "nested"),
        ("NOT " * 25 + "b", 1, 99, "nested"),
        (" AND ".join(["b"] * 70), 1, 1, "nested"),
        ("b OR " * 1_000 + "b", 1, 1, "longer than"),
    ],
)
def test_what_may_not_stand_is_refused_with_its_position(text: str, line: int, column: int, says: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text, NAMES, place="rules.yaml:3")
    assert says in str(refused.value)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert str(refused.value).startswith("rules.yaml:3: ")


def test_an_answer_of_another_type_than_expected_is_refused() -> None:
    with pytest.raises(ExpressionError, match="true or false is needed"):
        parse("x + 1", NAMES, expect="boolean")


def test_a_comment_does_not_reach_the_engine() -> None:
    assert "--" not in parse("b -- OR TRUE", NAMES).tree.sql()
