"""Lists in expressions, as each engine looks into them."""

from __future__ import annotations

from typing import Literal

from sqlglot import expressions as sql

Dialect = Literal["sqlite", "duckdb", "postgres"]

#: What makes rows of a list that an engine holds as JSON.
_UNFOLDS: dict[Dialect, str] = {"sqlite": "json_each", "postgres": "jsonb_array_elements"}


def among(value: sql.Expression, wanted: list[sql.Expression]) -> sql.Expression:
    """SQLite: whether a list, which is held as its JSON, has one of these. Other texts may begin like one."""
    begins = sql.EQ(
        this=sql.Anonymous(this="substr", expressions=[value, sql.Literal.number(1), sql.Literal.number(1)]),
        expression=sql.Literal.string("["),
    )
    members = sql.Anonymous(this="json_each", expressions=[value.copy()])
    found = sql.select("1").from_(members).where(sql.In(this=sql.column("value"), expressions=wanted))
    valid = sql.Anonymous(this="json_valid", expressions=[value.copy()])
    whole = sql.Case(ifs=[sql.If(this=valid, true=sql.Exists(this=found))], default=sql.false())
    return sql.Case(ifs=[sql.If(this=begins, true=whole)], default=sql.false())


def some_of(value: sql.Expression, condition: sql.Expression, dialect: Dialect) -> sql.Expression:
    """Whether the condition holds of some member of a list; false for what is no list."""
    unfolds = _UNFOLDS.get(dialect)
    if unfolds is None or isinstance(value, sql.Null):
        return sql.false()
    columns = [sql.to_identifier("value")] if dialect == "postgres" else []
    named = sql.TableAlias(this=sql.to_identifier("m"), columns=columns)
    members = sql.Table(this=sql.Anonymous(this=unfolds, expressions=[value]), alias=named)
    found = sql.Exists(this=sql.select("1").from_(members).where(condition))
    if dialect != "postgres":
        return found
    # To look into nothing costs more there than all that is compared beside it.
    there = sql.Not(this=sql.Is(this=value.copy(), expression=sql.Null()))
    return sql.Paren(this=sql.And(this=there, expression=found))


def member_of(name: str) -> sql.Expression:
    """The member that :func:`some_of` looks at, whatever it is called."""
    del name
    return sql.column("value", table="m")
