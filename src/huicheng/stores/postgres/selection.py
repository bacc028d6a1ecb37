"""Columns over entities as one SELECT. What is read of a document is kept as JSON between its two steps."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.expressions import HELD, JSON, to_sql
from huicheng.stores.faces import Selection
from huicheng.stores.guarding import Branch, branches_of
from huicheng.stores.postgres.compiling import given, numbered
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.paths import WORDS

_ID = "id"


async def run_selection(connection: Connection, selection: Selection) -> dict[str, list[Any]]:
    """The columns by name; empty ones where nothing may be seen."""
    names = [_ID, *selection.values, *selection.figures]
    branches = branches_of(selection.guard, [selection.type], WORDS)
    if not branches:
        return {name: [] for name in names}
    [branch] = branches
    whole = _built(selection, branch)
    ids = [list(dict.fromkeys(selection.ids or ()))] if numbered(whole) else []
    rows = await connection.fetch(whole.sql(dialect="postgres"), *ids)
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {
        name: list(map(_value, column)) if name != _ID else list(column)
        for name, column in zip(names, columns, strict=True)
    }


def _value(text: str | None) -> Any:
    """As SQLite gives it: truth as 1 or 0, lists and objects as JSON."""
    value = None if text is None else msgspec.json.decode(text)
    if isinstance(value, bool):
        return int(value)
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


def _built(selection: Selection, branch: Branch) -> sql.Select:
    values = {name: to_sql(one, "postgres", branch.resolve) for name, one in selection.values.items()}
    read = sql.select(sql.column("iri", table="e").as_(_ID), *(_as(tree, name) for name, tree in values.items()))
    read = read.from_(sql.alias_(sql.to_table("entity"), "e", table=True))
    read = read.where(branch.of_type.copy(), branch.filter.where.copy())
    if selection.ids is not None:
        ids = sql.Any(this=sql.Paren(this=given("ids", "text[]")))
        read = read.where(sql.EQ(this=sql.column("iri", table="e"), expression=ids))
    figures = (_as(to_sql(one, "postgres", _held, selection.tables), name) for name, one in selection.figures.items())
    whole = sql.select(*(_column(name) for name in (_ID, *values)), *figures).from_("read").order_by(_column(_ID))
    return whole.with_("read", as_=read, materialized=True)


def _column(name: str) -> sql.Expression:
    return sql.column(sql.to_identifier(name, quoted=True), table="read")


def _held(name: str) -> sql.Expression:
    column = _column(name)
    column.meta[HELD] = JSON
    return column


def _as(tree: sql.Expression, name: str) -> sql.Expression:
    # A NULL or a text by itself is of no type yet.
    known = sql.cast(tree, "TEXT") if isinstance(tree, sql.Null | sql.Literal) else tree
    value = sql.Anonymous(this="to_jsonb", expressions=[known])
    return sql.Alias(this=value, alias=sql.to_identifier(name, quoted=True))
