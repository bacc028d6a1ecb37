"""Expressions that differ in their values only have one shape, and SQL made for one serves the other."""

from __future__ import annotations

import pytest
from sqlglot import expressions as sql

from huicheng.context import condition
from huicheng.expressions import Expression, OpenNames, parse, to_sql


def asked(q: str) -> Expression:
    found = condition(q)
    assert found is not None
    return found


def text_of(expression: Expression) -> str:
    tree = to_sql(expression, "sqlite", sql.column, places=expression.values.places())
    return tree.sql(dialect="sqlite")


ALIKE = [
    ("pm25>12.5", "pm25>7e3"),
    ('a=="x"', 'a=="another"'),
    ('a=="x","y"', 'a=="y","z"'),
    ("a==1..2", "a==3..40.5"),
    ('a~="^x.*"', 'a~="y$"'),
    ("t>2026-01-01T00:00:00Z", "t>1999-12-31T23:59:59+08:00"),
    ('(a>1|b=="c");d!=4', '(a>7|b=="e");d!=9'),
    ("a==urn:x", "a==urn:y"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_conditions_that_differ_in_their_values_are_one_text_with_other_parameters(one: str, other: str) -> None:
    first, second = asked(one), asked(other)
    assert first.values.shape == second.values.shape
    assert text_of(first) == text_of(second)
    assert first.values.parameters() != second.values.parameters()
    assert first.values.parameters().keys() == second.values.parameters().keys()


APART = [
    "a>1",
    "b>1",
    "a>=1",
    'a>"1"',
    "a>-1",
    "a==1",
    "a==1,2",
    "a==1,2,3",
    "a==1..2",
    "a",
    "a.b",
    "a==true",
]


def test_conditions_that_differ_in_anything_else_have_different_shapes() -> None:
    shapes = [asked(one).values.shape for one in APART]
    assert len(set(shapes)) == len(APART)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a LIKE 'x%'", "a LIKE 'y%'"),
        ("ROUND(a, 1) > 2", "ROUND(a, 2) > 2"),
        ("a + 1 > 2", "a + 2 > 2"),
        ("COALESCE(a, 1) > 2", "COALESCE(a, 3) > 2"),
        ("CASE WHEN a > 1 THEN 1 ELSE 0 END > 0", "CASE WHEN a > 1 THEN 2 ELSE 0 END > 0"),
    ],
)
def test_what_is_not_compared_with_is_written_out_and_part_of_the_shape(one: str, other: str) -> None:
    first, second = (parse(text, OpenNames({"a": "any"})) for text in (one, other))
    assert first.values.shape != second.values.shape


@pytest.mark.parametrize("q", [*APART, *(one for pair in ALIKE for one in pair)])
def test_every_value_that_is_bound_has_its_place_in_the_text_and_is_not_written_there(q: str) -> None:
    expression = asked(q)
    text = text_of(expression)
    assert all(f":{name}" in text for name in expression.values.parameters())
    numbers = [one for one in expression.tree.find_all(sql.Literal) if not one.is_string]
    assert not any(f"{one.this}e0" in text for one in numbers)
