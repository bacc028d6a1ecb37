"""Where a name of an expression lies in a stored document: PostgreSQL's trees, of type ``jsonb``."""

from __future__ import annotations

from sqlglot import expressions as sql

from huicheng.expressions import HELD, steps_of
from huicheng.stores.guarding import COLUMNS, Words
from huicheng.stores.paths import ALL, SINGLE, TIMES, Path, checked, own_time, paths_of


def resolve(name: str) -> sql.Expression:
    """``a`` (value or object), ``a.b`` (inside the value, a sub-attribute, or metadata), or a column of the state."""
    if name in COLUMNS:
        column = sql.column(COLUMNS[name], table="e")
        column.meta[HELD] = "time" if name in TIMES else "text"
        return column
    attribute, *inner = steps_of(name)
    if inner == [ALL]:
        return _all_of(attribute)
    if len(inner) == 1 and inner[0] in TIMES:
        found_at = _time_of(attribute, TIMES[inner[0]])
        found_at.meta[HELD] = "time"
        return found_at
    found = [_known(extract(*_steps(path))) for path in paths_of(name)]
    return sql.Coalesce(this=found[0], expressions=found[1:])


def _steps(path: Path) -> tuple[str, ...]:
    return (path.attribute, *(("0",) if path.first else ()), *path.steps)


def extract(*path: str) -> sql.Expression:
    """What lies there in the document, as ``jsonb``."""
    steps = [sql.Literal.string(step) for step in path]
    return sql.Anonymous(this="jsonb_extract_path", expressions=[sql.column("doc", table="e"), *steps])


def _all_of(attribute: str) -> sql.Expression:
    """A JSON list; see :data:`~huicheng.stores.paths.ALL`."""
    held = [_at(f'$."{checked(attribute)}"[*].{one}[*]') for one in SINGLE]
    several = sql.DPipe(this=sql.DPipe(this=held[0], expression=held[1]), expression=held[2])
    texts = _at(f'$."{checked(attribute)}".languageMap.*[*]')
    kind = sql.Anonymous(this="jsonb_typeof", expressions=[extract(attribute)])
    return sql.Case(this=kind, ifs=[sql.If(this=sql.Literal.string("array"), true=several)], default=texts)


def _at(path: str) -> sql.Expression:
    """All that stands under a path, as a list."""
    steps = sql.cast(sql.Literal.string(path), sql.DataType.build("JSONPATH", dialect="postgres", udt=True))
    return sql.Anonymous(this="jsonb_path_query_array", expressions=[sql.column("doc", table="e"), steps])


def _known(value: sql.Expression) -> sql.Expression:
    """JSON's null is unknown, too."""
    null = sql.Cast(this=sql.Literal.string("null"), to=sql.DataType.build("JSONB", dialect="postgres"))
    return sql.Nullif(this=value, expression=null)


def _time_of(attribute: str, column: str) -> sql.Expression:
    name = checked(attribute)
    return own_time(column, lambda member: _stamp(name, str(member)), extract(name))


def _stamp(*path: str) -> sql.Expression:
    document = sql.cast(sql.column("doc", table="s"), sql.DataType.build("JSONB", dialect="postgres"))
    steps = [sql.Literal.string(step) for step in path]
    found = sql.Anonymous(this="jsonb_extract_path_text", expressions=[document, *steps])
    return sql.cast(found, sql.DataType.build("BIGINT"))


WORDS = Words(dialect="postgres", resolve=resolve, time_of=_time_of)
