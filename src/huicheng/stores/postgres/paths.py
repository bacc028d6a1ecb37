"""Where a name of an expression lies in a stored document: PostgreSQL's trees, of type ``jsonb``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from sqlglot import expressions as sql

from huicheng.expressions import HELD, steps_of
from huicheng.stores.guarding import COLUMNS, Words
from huicheng.stores.paths import ALL, THERE, TIMES, Path, checked, own_time, paths_of, places_in, things_in


def resolve(name: str) -> sql.Expression:
    """``a`` (value or object), ``a.b`` (inside the value, a sub-attribute, or metadata), or a column of the state."""
    if name in COLUMNS:
        column = sql.column(COLUMNS[name], table="e")
        column.meta[HELD] = "time" if name in TIMES else "text"
        return column
    attribute, *inner = steps_of(name)
    if inner[-1:] == [ALL]:
        return _all_of(attribute, inner[:-1])
    if len(inner) == 1 and inner[0] in TIMES:
        found_at = _time_of(attribute, TIMES[inner[0]])
        found_at.meta[HELD] = "time"
        return found_at
    if inner[-1:] == [THERE]:
        found = [_anything(attribute, *place) for place in things_in(inner[:-1])]
    else:
        found = [_known(extract(*_steps(path))) for path in paths_of(name)]
    return sql.Coalesce(this=found[0], expressions=found[1:]) if found[1:] else found[0]


def _steps(path: Path) -> tuple[str, ...]:
    return (path.attribute, *(("0",) if path.first else ()), *path.steps)


def extract(*path: str) -> sql.Expression:
    """What lies there in the document, as ``jsonb``."""
    steps = [sql.Literal.string(step) for step in path]
    return sql.Anonymous(this="jsonb_extract_path", expressions=[sql.column("doc", table="e"), *steps])


def _all_of(attribute: str, inner: list[str]) -> sql.Expression:
    """A JSON list; see :data:`~huicheng.stores.paths.ALL`."""
    places, spoken = places_in(inner)
    texts = [] if spoken is None else [_at(attribute, *spoken, last=".*[*]")]
    held = [*(_at(attribute, *place, last="[*]") for place in places), *(one.copy() for one in texts)]
    several = reduce(lambda one, more: sql.DPipe(this=one, expression=more), held)
    kind = sql.Anonymous(this="jsonb_typeof", expressions=[extract(attribute)])
    ifs = [sql.If(this=sql.EQ(this=kind, expression=sql.Literal.string("array")), true=several)]
    if spoken is not None:
        there = sql.Not(this=sql.Is(this=extract(attribute, checked(spoken[0])), expression=sql.Null()))
        ifs.append(sql.If(this=there, true=texts[0]))
    return sql.Case(ifs=ifs)


def _anything(*steps: str) -> sql.Expression:
    """The first that stands there, of several instances in any."""
    return _walked("jsonb_path_query_first", f"{_lax(steps)} ? (@ != null)") if steps[1:] else _known(extract(*steps))


def _at(*steps: str, last: str) -> sql.Expression:
    """All that stands there, as a list."""
    return _walked("jsonb_path_query_array", _lax(steps) + last)


def _lax(steps: Iterable[str]) -> str:
    """A path that goes into each of several instances."""
    return "$" + "".join(f'."{checked(step)}"' for step in steps)


def _walked(function: str, path: str) -> sql.Expression:
    written = sql.cast(sql.Literal.string(path), sql.DataType.build("JSONPATH", dialect="postgres", udt=True))
    return sql.Anonymous(this=function, expressions=[sql.column("doc", table="e"), written])


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
