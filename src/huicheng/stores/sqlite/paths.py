"""Where a name of an expression lies in a stored document."""

from __future__ import annotations

from sqlglot import expressions as sql

from huicheng.stores.guarding import COLUMNS, Words
from huicheng.stores.paths import Path, checked, own_time, paths_of


def resolve(name: str) -> sql.Expression:
    """SQLite's tree for a name: ``a`` (value or object), ``a.b`` (inside the value, a sub-attribute, or metadata)."""
    if name in COLUMNS:
        return sql.column(COLUMNS[name], table="e")
    found = [_extract(path) for path in paths_of(name)]
    return sql.Coalesce(this=found[0], expressions=found[1:])


def attribute_path(attribute: str) -> str:
    """The JSON path of an attribute of a document."""
    return f'$."{checked(attribute)}"'


def _extract(path: Path) -> sql.Expression:
    instance = "[0]" if path.first else ""
    inner = "".join(f'."{step}"' for step in path.steps)
    return extract(sql.Literal.string(f"{attribute_path(path.attribute)}{instance}{inner}"))


def extract(path: sql.Expression) -> sql.Expression:
    """``json_extract`` of the document: scalars as SQL values, the rest as JSON text."""
    return sql.Anonymous(this="json_extract", expressions=[sql.column("doc", table="e"), path])


def _time_of(attribute: str, column: str) -> sql.Expression:
    path = attribute_path(attribute)
    there = sql.Anonymous(this="json_type", expressions=[sql.column("doc", table="e"), sql.Literal.string(path)])
    return own_time(column, lambda member: _stamp(f"{path}[{member}]"), there)


def _stamp(path: str) -> sql.Expression:
    return sql.Anonymous(this="json_extract", expressions=[sql.column("doc", table="s"), sql.Literal.string(path)])


WORDS = Words(dialect="sqlite", resolve=resolve, time_of=_time_of)
