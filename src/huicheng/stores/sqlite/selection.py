"""Columns over entities as one SELECT: what is read of a document is read once, then reckoned with.

``WITH read AS MATERIALIZED (…)``: without the word SQLite would put each reading into every place that
names it, and read the document again and again.
"""

from __future__ import annotations

from typing import Any

import apsw
from sqlglot import expressions as sql

from huicheng.expressions import to_sql
from huicheng.stores.faces import Selection
from huicheng.stores.guarding import Branch, branches_of
from huicheng.stores.sqlite.paths import WORDS

_ID = "id"


def run_selection(connection: apsw.Connection, selection: Selection) -> dict[str, list[Any]]:
    """The columns by name; empty ones where nothing may be seen."""
    names = [_ID, *selection.values, *selection.figures]
    branches = branches_of(selection.guard, [selection.type], WORDS)
    if not branches:
        return {name: [] for name in names}
    [branch] = branches
    parameters = {} if selection.ids is None else {"ids": apsw.carray(tuple(dict.fromkeys(selection.ids)) or ("",))}
    text = _statement(selection, branch).sql(dialect="sqlite")
    rows = connection.execute(text, parameters).fetchall()
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _statement(selection: Selection, branch: Branch) -> sql.Select:
    values = {name: to_sql(one, "sqlite", branch.resolve) for name, one in selection.values.items()}
    read = sql.select(sql.column("iri", table="e").as_(_ID), *(_as(tree, name) for name, tree in values.items()))
    read = read.from_(sql.alias_(sql.to_table("entity"), "e", table=True))
    read = read.where(branch.of_type.copy(), branch.filter.where.copy())
    if selection.ids is not None:
        ids = sql.Anonymous(this="carray", expressions=[sql.Placeholder(this="ids")])
        read = read.where(sql.column("iri", table="e").isin(query=sql.select("value").from_(ids)))
    figures = (_as(to_sql(one, "sqlite", _column, selection.tables), name) for name, one in selection.figures.items())
    whole = sql.select(*(_column(name) for name in (_ID, *values)), *figures).from_("read").order_by(_column(_ID))
    return whole.with_("read", as_=read, materialized=True)


def _column(name: str) -> sql.Expression:
    return sql.column(sql.to_identifier(name, quoted=True), table="read")


def _as(tree: sql.Expression, name: str) -> sql.Expression:
    return sql.Alias(this=tree, alias=sql.to_identifier(name, quoted=True))
