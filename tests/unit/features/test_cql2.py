"""Whatever is written as a filter is a condition or is refused, and at once. Serves Q2."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import expressions as sql

from huicheng.api.features.cql2 import read
from huicheng.errors import HuichengError, Invalid
from huicheng.expressions import to_sql
from huicheng.stores import EntityQuery

WORDS = (
    *("a", '"b c"', "=", "<>", "<=", ">", "(", ")", ",", "AND", "OR", "NOT", "LIKE", "IN"),
    *("BETWEEN", "IS", "NULL", "TRUE"),
    *("'x'", "'it''s'", r"'\%\'", "1", "-2.5e3", "DATE('2026-01-01')", "TIMESTAMP('2026-01-01T00:00:00Z')"),
    *("INTERVAL('..','2026-01-01T00:00:00Z')", "T_DURING", "T_BEFORE", "S_INTERSECTS", "POINT(1 2)", "BBOX(1,2,3,4)"),
    *("POLYGON((0 0,1 0,1 1,0 0))", "BBOX", "POINT", "DATE", "'", '"', "\\", "é", "·"),
)  # fmt: skip


def known(name: str) -> str | None:
    return {"a": "a", "b c": "b c"}.get(name)


def where(text: str) -> str:
    return read(text, known).where.tree.sql()


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    with contextlib.suppress(HuichengError):
        assert EntityQuery(where=read(text, known).where).where is not None


def test_and_binds_closer_than_or_and_not_closest() -> None:
    assert where("NOT a = 1 AND a = 2 OR a = 3") == where("((NOT (a = 1)) AND a = 2) OR a = 3")
    assert where("a = 1 or not a in (1, 2)") == where("a=1 OR a NOT IN (1,2)")


def test_names_with_other_signs_stand_in_quotation_marks() -> None:
    assert where("\"b c\" = 'it''s'") == where("\"b c\" = 'it\\'s'")
    with pytest.raises(Invalid, match="no property"):
        read("c = 1", known)


@pytest.mark.parametrize(
    ("text", "at"), [("a = ", 4), ("a = 1 AND", 9), ("a LIKE 5", 8), ("(a = 1", 6), ("a = 1)", 6), ("a ! 1", 2)]
)
def test_what_cannot_be_read_is_told_with_its_character(text: str, at: int) -> None:
    with pytest.raises(Invalid, match=rf"character {at}\b|character {at + 1}\b"):
        read(text, known)


def test_a_geometry_of_the_outermost_and_is_handed_to_the_index() -> None:
    assert read("a = 1 AND S_INTERSECTS(a, POINT(1 2))", known).place == ("a", {"type": "Point", "coordinates": [1, 2]})
    for inner in ("NOT S_INTERSECTS(a, POINT(1 2))", "a = 1 OR S_INTERSECTS(a, POINT(1 2))"):
        assert read(inner, known).place is None


def test_places_mean_nothing_to_an_engine_without_them() -> None:
    found = read("S_INTERSECTS(a, POINT(1 2))", known).where
    assert to_sql(found, "duckdb", sql.column).sql() == "NULL"


def test_a_function_that_is_not_known_is_called_one() -> None:
    for text in ("S_WITHIN(a, POINT(1 2))", "CASEI(a) = 'x'"):
        with pytest.raises(Invalid, match="no function"):
            read(text, known)
