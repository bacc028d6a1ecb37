"""SensorThings in SQLite's words. JSON is text, a geometry GeoJSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Any

import apsw
import msgspec
from sqlglot import expressions as sql

from huicheng.stores.guarding import Words
from huicheng.stores.sensing.compiling import literal
from huicheng.stores.sensing.shapes import LARGEST, Slot
from huicheng.stores.sqlite.paths import WORDS, attribute_path
from huicheng.stores.sqlite.sensing.spatial import FUNCTION


class SqliteIdiom:
    """See :class:`huicheng.stores.sensing.idiom.Idiom`."""

    words: Words = WORDS
    beside: tuple[str, ...] = ()

    @cached_property
    def views(self) -> str:
        """See above."""
        return (resources.files(__package__) / "views.sql").read_text(encoding="utf-8")

    def inside(self, column: sql.Expression, steps: list[str], wanted: str) -> sql.Expression:
        """See above."""
        pointer = sql.Literal.string("$" + "".join(f'."{step}"' for step in steps))
        value = _call("json_extract", column, pointer)
        types = _TYPES.get(wanted)
        if types is None:
            return value
        is_held = sql.In(
            this=_call("json_type", column.copy(), pointer.copy()), expressions=list(map(sql.Literal.string, types))
        )
        return sql.Case(ifs=[sql.If(this=is_held, true=value)])

    def keys(self, value: sql.Expression) -> list[sql.Expression]:
        """See above: so SQLite orders by itself."""
        return [value]

    def geometry(self, value: Any) -> sql.Expression:
        """See above; a slot holds it as text already."""
        if isinstance(value, Slot):
            return literal(value)
        return sql.Literal.string(msgspec.json.encode(value).decode())

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        """See above."""
        if name.startswith(("st_", "geo.")):
            return _call(FUNCTION, sql.Literal.string(name), *arguments)
        return _FUNCTIONS[name](*arguments)

    def among(self, value: sql.Expression, listed: sql.Expression) -> sql.Expression:
        """See above."""
        each = sql.select("value").from_(sql.Table(this=_call("json_each", listed)))
        return sql.In(this=value, query=each.subquery())

    def members(self, listed: sql.Expression, alias: str) -> sql.Expression:
        """See above."""
        return sql.Table(this=_call("json_each", listed), alias=sql.TableAlias(this=sql.to_identifier(alias)))

    def boxed(self, alias: str, edges: Sequence[sql.Expression]) -> None:
        """See above: none here; a comparison of places takes some microseconds."""

    def last(self, name: str) -> tuple[str, ...]:
        """See above. Attributes stand in an order of their own within an entity, which is kept without sorting them."""
        return ("_iri",) if name == "Datastreams" else ("_iri", "id")

    def masked(self, document: sql.Expression, shown: sql.Expression) -> sql.Expression:
        """See above."""
        parts = _call("json_group_object", sql.column("key", table="m"), _call("json", sql.column("value", table="m")))
        members = sql.Table(this=_call("json_each", document), alias=sql.TableAlias(this=sql.to_identifier("m")))
        return sql.select(parts).from_(members).where(shown).subquery()

    def without(self, document: sql.Expression, names: list[str]) -> sql.Expression:
        """See above."""
        return _call("json_remove", document, *(sql.Literal.string(attribute_path(one)) for one in names))

    # -- values

    def placed(self, select: sql.Select) -> tuple[str, ...]:
        """See above: a placeholder is written with its name as it is."""
        return tuple(dict.fromkeys(place.name for place in select.find_all(sql.Placeholder)))

    def bound(self, held: Any) -> Any:
        """See above. Many texts are an array that SQLite reads in place."""
        if isinstance(held, tuple):
            return apsw.carray(held)
        is_large = isinstance(held, int) and not -LARGEST <= held <= LARGEST
        return float(held) if is_large else held

    def one_of(self, column: sql.Expression, several: sql.Expression) -> sql.Expression:
        """See above."""
        return column.isin(query=sql.select("value").from_(sql.Table(this=_call("carray", several))))

    def said(self, units: bytes, attributes: bytes) -> Mapping[str, Any]:
        """See above. JSONB: it is not parsed anew by each statement."""
        with apsw.Connection(":memory:") as connection:
            made = [connection.execute(_JSONB, (one.decode(),)).get for one in (units, attributes)]
        return dict(zip(("units", "attributes"), made, strict=True))


#: Kind → the types that it has in JSON.
_TYPES = {
    **dict.fromkeys(("number", "time", "duration"), ("integer", "real")),
    "text": ("text",),
    "boolean": ("true", "false"),
}


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))


def _number(value: int) -> sql.Expression:
    return sql.Literal.number(value)


def _part(format_: str) -> Callable[..., sql.Expression]:
    """A part of an instant: ``strftime`` of its seconds, as a number."""

    def made(at: sql.Expression) -> sql.Expression:
        return sql.Cast(this=_formatted(format_, at), to=sql.DataType.build("BIGINT"))

    return made


def _formatted(format_: str, at: sql.Expression) -> sql.Expression:
    seconds = sql.Div(this=sql.Paren(this=at), expression=sql.Literal.number("1e6"), typed=True, safe=False)
    return _call("strftime", sql.Literal.string(format_), seconds, sql.Literal.string("unixepoch"))


def _contains(whole: sql.Expression, part: sql.Expression) -> sql.Expression:
    return sql.Paren(this=sql.GT(this=_call("instr", whole, part), expression=_number(0)))


def _ends(whole: sql.Expression, part: sql.Expression) -> sql.Expression:
    start = sql.Sub(this=_call("length", whole), expression=_call("length", part))
    tail = _call("substr", whole.copy(), sql.Add(this=sql.Paren(this=start), expression=_number(1)))
    return sql.Paren(this=sql.EQ(this=tail, expression=part.copy()))


def _starts(whole: sql.Expression, part: sql.Expression) -> sql.Expression:
    head = _call("substr", whole, _number(1), _call("length", part))
    return sql.Paren(this=sql.EQ(this=head, expression=part.copy()))


def _substring(text: sql.Expression, start: sql.Expression, *length: sql.Expression) -> sql.Expression:
    from_one = sql.Add(this=sql.Paren(this=start), expression=_number(1))
    return _call("substr", text, from_one, *length)


def _rest(at: sql.Expression) -> sql.Expression:
    """The fraction of a second."""
    inside = sql.Mod(this=sql.Paren(this=at), expression=_number(1_000_000))
    return sql.Paren(this=sql.Div(this=sql.Paren(this=inside), expression=sql.Literal.number("1e6"), typed=True))


def _divided(one: sql.Expression, other: sql.Expression) -> sql.Expression:
    below = sql.Nullif(this=sql.Mul(this=other, expression=sql.Literal.number("1e0")), expression=_number(0))
    return sql.Paren(this=sql.Div(this=one, expression=below, typed=True, safe=False))


_JSONB = sql.select(_call("jsonb", sql.Placeholder())).sql(dialect="sqlite")

_FUNCTIONS: Mapping[str, Callable[..., sql.Expression]] = {
    "substringof": lambda part, whole: _contains(whole, part),
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "length": lambda text: _call("length", text),
    "indexof": lambda whole, part: _call("instr", whole, part),
    "substring": _substring,
    "tolower": lambda text: _call("lower", text),
    "toupper": lambda text: _call("upper", text),
    "trim": lambda text: _call("trim", text),
    "concat": lambda one, other: sql.Paren(this=sql.DPipe(this=one, expression=other, safe=False)),
    "year": _part("%Y"),
    "month": _part("%m"),
    "day": _part("%d"),
    "hour": _part("%H"),
    "minute": _part("%M"),
    "second": _part("%S"),
    "fractionalseconds": _rest,
    "totaloffsetminutes": lambda at: sql.Paren(this=sql.Mul(this=sql.Paren(this=at), expression=_number(0))),
    "date": lambda at: _formatted("%Y-%m-%d", at),
    "time": lambda at: _formatted("%H:%M:%f", at),
    "round": lambda number: _call("round", number),
    "floor": lambda number: _call("floor", number),
    "ceiling": lambda number: _call("ceil", number),
    "div": _divided,
    "mod": lambda one, other: _call("mod", one, other),
}
