"""Where a name of an expression lies in a stored document."""

from __future__ import annotations

from sqlglot import expressions as sql

from huicheng.expressions import HELD, steps_of
from huicheng.stores.guarding import COLUMNS, Words
from huicheng.stores.paths import ALL, SINGLE, THERE, TIMES, Path, checked, own_time, paths_of


def resolve(name: str) -> sql.Expression:
    """SQLite's tree for a name: ``a`` (value or object), ``a.b`` (inside the value, a sub-attribute, or metadata)."""
    if name in COLUMNS:
        return _instant(sql.column(COLUMNS[name], table="e")) if name in TIMES else sql.column(COLUMNS[name], table="e")
    attribute, *inner = steps_of(name)
    if inner == [ALL]:
        return _all_of(attribute)
    if len(inner) == 1 and inner[0] in TIMES:
        return _instant(_time_of(attribute, TIMES[inner[0]]))
    found = [(_kind if inner[-1:] == [THERE] else _extract)(path) for path in paths_of(name)]
    return sql.Coalesce(this=found[0], expressions=found[1:])


def attribute_path(attribute: str) -> str:
    """The JSON path of an attribute of a document."""
    return f'$."{checked(attribute)}"'


def _extract(path: Path) -> sql.Expression:
    return extract(sql.Literal.string(_written(path)))


def _kind(path: Path) -> sql.Expression:
    """The JSON type of what stands there; NULL also where that is null."""
    there = _call("json_type", sql.column("doc", table="e"), sql.Literal.string(_written(path)))
    return sql.Nullif(this=there, expression=sql.Literal.string("null"))


def _written(path: Path) -> str:
    instance = "[0]" if path.first else ""
    inner = "".join(f'."{step}"' for step in path.steps)
    return f"{attribute_path(path.attribute)}{instance}{inner}"


def _all_of(attribute: str) -> sql.Expression:
    """A JSON list; see :data:`~huicheng.stores.paths.ALL`."""
    path = attribute_path(attribute)
    held = [_call("json_extract", sql.column("value", table="i"), sql.Literal.string(f"$.{one}")) for one in SINGLE]
    instances = _rows("json_each", path, "i", sql.Coalesce(this=held[0], expressions=held[1:]))
    texts = _rows("json_tree", f"{path}.languageMap", "t", sql.column("atom", table="t"))
    texts.where(sql.Not(this=sql.Is(this=sql.column("atom", table="t"), expression=sql.Null())), copy=False)
    whole, texts_of = (_type_at(one) for one in (path, f"{path}.languageMap"))
    several = sql.EQ(this=whole, expression=sql.Literal.string("array"))
    spoken = sql.EQ(this=texts_of, expression=sql.Literal.string("object"))
    return sql.Case(ifs=[sql.If(this=several, true=instances.subquery()), sql.If(this=spoken, true=texts.subquery())])


def _type_at(path: str) -> sql.Expression:
    return _call("json_type", sql.column("doc", table="e"), sql.Literal.string(path))


def _rows(function: str, path: str, alias: str, value: sql.Expression) -> sql.Select:
    source = _call(function, sql.column("doc", table="e"), sql.Literal.string(path))
    named = sql.Table(this=source, alias=sql.TableAlias(this=sql.to_identifier(alias)))
    return sql.select(_call("json_group_array", value)).from_(named)


def _instant(value: sql.Expression) -> sql.Expression:
    value.meta[HELD] = "time"
    return value


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))


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
