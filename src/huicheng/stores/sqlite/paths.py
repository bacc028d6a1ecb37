"""Where a name of an expression lies in a stored document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlglot import expressions as sql

from huicheng.expressions import HELD, steps_of
from huicheng.stores.guarding import COLUMNS, Words
from huicheng.stores.paths import ALL, THERE, TIMES, Path, checked, own_time, paths_of, places_in, things_in


def resolve(name: str) -> sql.Expression:
    """SQLite's tree for a name: ``a`` (value or object), ``a.b`` (inside the value, a sub-attribute, or metadata)."""
    if name in COLUMNS:
        return _instant(sql.column(COLUMNS[name], table="e")) if name in TIMES else sql.column(COLUMNS[name], table="e")
    attribute, *inner = steps_of(name)
    if inner[-1:] == [ALL]:
        return _all_of(attribute, inner[:-1])
    if len(inner) == 1 and inner[0] in TIMES:
        return _instant(_time_of(attribute, TIMES[inner[0]]))
    if inner[-1:] == [THERE]:
        return _anything(attribute, things_in(inner[:-1]))
    found = [_extract(path) for path in paths_of(name)]
    return sql.Coalesce(this=found[0], expressions=found[1:])


def attribute_path(attribute: str) -> str:
    """The JSON path of an attribute of a document."""
    return f'$."{checked(attribute)}"'


def _extract(path: Path) -> sql.Expression:
    return extract(sql.Literal.string(_written(path)))


def _anything(attribute: str, places: Sequence[Sequence[str]]) -> sql.Expression:
    """The JSON type of what stands at one of these places, of several instances in any; NULL also for null."""
    path = attribute_path(attribute)
    found = [_kind(sql.column("doc", table="e"), sql.Literal.string(f"{path}{_below(place)}")) for place in places]
    if places != [()]:
        kind = _kind(sql.column("value", table="i"), sql.column("value", table="p"))
        several = sql.select(sql.Max(this=kind)).from_(_instances(path))
        several.join(_places(places), join_type="cross", copy=False)
        found.append(sql.Case(ifs=[_where_is("array", path, several.subquery())]))
    return sql.Coalesce(this=found[0], expressions=found[1:]) if found[1:] else found[0]


def _kind(document: sql.Expression, path: sql.Expression) -> sql.Expression:
    return sql.Nullif(this=_call("json_type", document, path), expression=sql.Literal.string("null"))


def _written(path: Path) -> str:
    return f"{attribute_path(path.attribute)}{'[0]' if path.first else ''}{_below(path.steps)}"


def _below(steps: Iterable[str]) -> str:
    return "".join(f'."{checked(step)}"' for step in steps)


def _all_of(attribute: str, inner: list[str]) -> sql.Expression:
    """A JSON list; see :data:`~huicheng.stores.paths.ALL`."""
    path, (places, spoken) = attribute_path(attribute), places_in(inner)
    held = _held(path, places)
    if spoken is None:
        return sql.Case(ifs=[_where_is("array", path, _gathered(held))])
    texts = f"{path}{_below(spoken)}"
    every = sql.union(held, _texts(f"${_below(spoken)}", _instances(path)), distinct=False)
    several, one = (_where_is("array", path, _gathered(every)), _where_is("object", texts, _gathered(_texts(texts))))
    return sql.Case(ifs=[several, one])


def _held(path: str, places: Sequence[Sequence[str]]) -> sql.Select:
    """Of each instance what stands at these places: scalars, and members of lists, which have no names."""
    found = sql.select(sql.alias_(sql.column("atom", table="v"), "held")).from_(_instances(path))
    found.join(_places(places), join_type="cross", copy=False)
    each = _rows("v", "json_each", sql.column("value", table="i"), sql.column("value", table="p"))
    named = sql.EQ(this=_call("typeof", sql.column("key", table="v")), expression=sql.Literal.string("text"))
    return found.join(each, join_type="cross", copy=False).where(_there("v"), sql.Not(this=named), copy=False)


def _texts(path: str, instances: sql.Table | None = None) -> sql.Select:
    """All languages of a text; of several instances, where they are given."""
    document = sql.column("value", table="i") if instances else sql.column("doc", table="e")
    texts = _rows("t", "json_tree", document, sql.Literal.string(path))
    found = sql.select(sql.alias_(sql.column("atom", table="t"), "held")).from_(instances or texts)
    return (found.join(texts, join_type="cross", copy=False) if instances else found).where(_there("t"), copy=False)


def _instances(path: str) -> sql.Table:
    return _rows("i", "json_each", sql.column("doc", table="e"), sql.Literal.string(path))


def _places(places: Sequence[Sequence[str]]) -> sql.Table:
    return _rows("p", "json_each", sql.Literal.string(json.dumps([f"${_below(place)}" for place in places])))


def _gathered(found: sql.Query) -> sql.Expression:
    return sql.select(_call("json_group_array", sql.column("held"))).from_(found.subquery()).subquery()


def _there(alias: str) -> sql.Expression:
    return sql.Not(this=sql.Is(this=sql.column("atom", table=alias), expression=sql.Null()))


def _where_is(kind: str, path: str, found: sql.Expression) -> sql.If:
    held = _call("json_type", sql.column("doc", table="e"), sql.Literal.string(path))
    return sql.If(this=sql.EQ(this=held, expression=sql.Literal.string(kind)), true=found)


def _rows(alias: str, function: str, *arguments: sql.Expression) -> sql.Table:
    return sql.Table(this=_call(function, *arguments), alias=sql.TableAlias(this=sql.to_identifier(alias)))


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
