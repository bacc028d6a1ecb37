"""SensorThings in PostgreSQL's words. JSON is ``jsonb``, a geometry GeoJSON in it, until PostGIS is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from importlib import resources
from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.expressions import HELD, JSON
from huicheng.stores.guarding import Words
from huicheng.stores.postgres.paths import WORDS
from huicheng.stores.sensing.compiling import literal
from huicheng.stores.sensing.shapes import Slot, type_of


class PostgresIdiom:
    """See :class:`huicheng.stores.sensing.idiom.Idiom`."""

    words: Words = WORDS
    #: The geometry of the location.
    beside: tuple[str, ...] = ("place",)

    @cached_property
    def views(self) -> str:
        """See above."""
        return (resources.files(__package__) / "views.sql").read_text(encoding="utf-8")

    def inside(self, column: sql.Expression, steps: list[str], wanted: str) -> sql.Expression:
        """See above."""
        found = _call("jsonb_extract_path", column, *map(sql.Literal.string, steps)) if steps else column
        made = _HELD.get(wanted)
        if made is not None:
            return made(found)
        known = sql.Nullif(this=found, expression=_json(sql.Literal.string("null")))
        known.meta[HELD] = JSON
        return known

    def keys(self, value: sql.Expression) -> list[sql.Expression]:
        """See above. Of JSON: what it is, then its number, then its text."""
        if value.meta.get(HELD) != JSON:
            return [value]
        is_number = sql.EQ(this=_call("jsonb_typeof", value.copy()), expression=sql.Literal.string("number"))
        rank = sql.Case(
            ifs=[sql.If(this=sql.Is(this=value.copy(), expression=sql.Null()), true=sql.Null())],
            default=sql.Case(ifs=[sql.If(this=is_number, true=_number(1))], default=_number(2)),
        )
        return [rank, _number_in(value.copy()), _text_in(value.copy())]

    def geometry(self, value: Any) -> sql.Expression:
        """See above."""
        text = literal(value) if isinstance(value, Slot) else sql.Literal.string(msgspec.json.encode(value).decode())
        return _json(text)

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        """See above."""
        if name == "st_relate":
            one, other, pattern = arguments
            return _relates(_geometry(one), _geometry(other), pattern)
        if name.startswith(("st_", "geo.")):
            return _SPATIAL[name](*map(_geometry, arguments))
        return _FUNCTIONS[name](*arguments)

    def among(self, value: sql.Expression, listed: sql.Expression) -> sql.Expression:
        """See above: as an array, so that an index finds its members behind a view of several parts, too."""
        each = sql.select(_plain(sql.column("value"))).from_(sql.Table(this=_each(listed)))
        return sql.EQ(this=value, expression=sql.Any(this=sql.Paren(this=_call("ARRAY", each))))

    def members(self, listed: sql.Expression, alias: str) -> sql.Expression:
        """See above."""
        named = sql.TableAlias(this=sql.to_identifier(alias), columns=[sql.to_identifier("value")])
        return sql.Table(this=_each(listed), alias=named)

    def boxed(self, alias: str, edges: Sequence[sql.Expression]) -> sql.Expression:
        """See above: by the geometry beside the document; where that is none, it is looked at by itself."""
        west, east, south, north = edges
        box = _call("ST_MakeEnvelope", west, south, east, north)
        meets = sql.ArrayOverlaps(this=sql.column("_spot", table=alias), expression=box)
        return sql.Paren(this=sql.or_(meets, sql.column("_apart", table=alias), copy=False))

    def last(self, name: str) -> tuple[str, ...]:
        """See above. Where each entity has one row, its identifier is enough: by more it would be sorted anew."""
        return ("_iri", "id") if name in {"Datastreams", "ObservedProperties"} else ("_iri",)

    def masked(self, document: sql.Expression, shown: sql.Expression) -> sql.Expression:
        """See above."""
        parts = _call("jsonb_object_agg", sql.column("key", table="m"), sql.column("value", table="m"))
        members = sql.Table(this=_call("jsonb_each", document), alias=sql.TableAlias(this=sql.to_identifier("m")))
        held = sql.select(parts).from_(members).where(shown).subquery()
        return sql.Coalesce(this=held, expressions=[_json(sql.Literal.string("{}"))])

    def without(self, document: sql.Expression, names: list[str]) -> sql.Expression:
        """See above."""
        listed = sql.Array(expressions=[sql.Literal.string(one) for one in names])
        return sql.Paren(this=sql.Sub(this=document, expression=listed))

    # -- values

    def placed(self, select: sql.Select) -> tuple[str, ...]:
        """See above: by their numbers, with their types, which PostgreSQL does not guess then."""
        numbers: dict[str, int] = {}
        for place in list(select.find_all(sql.Placeholder)):
            number = numbers.setdefault(place.name, len(numbers) + 1)
            place.replace(_cast(sql.Parameter(this=_number(number)), place.args["kind"]))
        return tuple(numbers)

    def bound(self, held: Any) -> Any:
        """See above. What is no whole number is the number that was written."""
        if isinstance(held, tuple):
            return list(held)
        return Decimal(repr(held)) if type_of(held) == "numeric" else held

    def one_of(self, column: sql.Expression, several: sql.Expression) -> sql.Expression:
        """See above."""
        return sql.EQ(this=column, expression=sql.Any(this=sql.Paren(this=several)))

    def said(self, units: bytes, attributes: bytes) -> sql.Select:
        """See above. A constant of a prepared statement is read once, a parameter each time."""
        said = {"units": units, "attributes": attributes}
        return sql.select(*(_json(sql.Literal.string(held.decode())).as_(name) for name, held in said.items()))


#: More than a text has characters.
_LONGEST = 1_000_000_000


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))


def _number(value: int) -> sql.Expression:
    return sql.Literal.number(value)


def _cast(value: sql.Expression, kind: str) -> sql.Expression:
    return sql.Cast(this=value, to=sql.DataType.build(kind, dialect="postgres"))


def _json(value: sql.Expression) -> sql.Expression:
    return _cast(value, "jsonb")


def _plain(text: sql.Expression) -> sql.Expression:
    """Compared by its code points, as identifiers are."""
    return sql.Collate(this=text, expression=sql.to_identifier("C", quoted=True))


def _each(listed: sql.Expression) -> sql.Expression:
    """The texts of a list, or the one that stands there."""
    held = _json(listed)
    is_list = sql.EQ(this=_call("jsonb_typeof", held), expression=sql.Literal.string("array"))
    several = sql.Case(ifs=[sql.If(this=is_list, true=held.copy())], default=_call("jsonb_build_array", held.copy()))
    return _call("jsonb_array_elements_text", several)


# -- out of JSON


def _if(value: sql.Expression, kind: str, then: sql.Expression) -> sql.Expression:
    is_held = sql.EQ(this=_call("jsonb_typeof", value), expression=sql.Literal.string(kind))
    return sql.Case(ifs=[sql.If(this=is_held, true=then)])


def _number_in(value: sql.Expression) -> sql.Expression:
    return _if(value, "number", _cast(value.copy(), "numeric"))


def _boolean_in(value: sql.Expression) -> sql.Expression:
    return _if(value, "boolean", _cast(value.copy(), "boolean"))


def _text_in(value: sql.Expression) -> sql.Expression:
    listed = _call("jsonb_build_array", value.copy())
    return _if(value, "string", _plain(_call("jsonb_array_element_text", listed, _number(0))))


_HELD: Mapping[str, Callable[[sql.Expression], sql.Expression]] = {
    **dict.fromkeys(("number", "time", "duration"), _number_in),
    "boolean": _boolean_in,
    "text": _text_in,
}


# -- places


def _geometry(held: sql.Expression) -> sql.Expression:
    """Of a GeoJSON geometry or feature; what the views keep is not made again."""
    if isinstance(held, sql.Column) and held.name in {"location", "feature"}:
        return sql.column("_geometry", table=held.table)
    inner = _call("jsonb_extract_path", held, sql.Literal.string("geometry"))
    return _call("geometry_of", sql.Coalesce(this=inner, expressions=[held.copy()]))


def _relates(one: sql.Expression, other: sql.Expression, pattern: sql.Expression) -> sql.Expression:
    """False for what is no pattern, which PostGIS would take for a mistake of the whole query."""
    is_pattern = sql.RegexpLike(this=pattern, expression=sql.Literal.string("^[TF012*]{9}$"))
    related = _call("ST_Relate", one, other, pattern.copy())
    return sql.Case(ifs=[sql.If(this=is_pattern, true=related)], default=sql.false())


def _length(line: sql.Expression) -> sql.Expression:
    """Along the line, or around the area, on the mean Earth radius."""
    whole = _cast(line, "geography")
    parts = (_call(function, whole.copy(), sql.false()) for function in ("ST_Length", "ST_Perimeter"))
    return sql.Paren(this=sql.Add(this=next(parts), expression=next(parts)))


def _named(function: str) -> Callable[..., sql.Expression]:
    return lambda *geometries: _call(function, *geometries)


_SPATIAL: Mapping[str, Callable[..., sql.Expression]] = {
    "geo.distance": _named("metres_between"),
    "geo.length": _length,
    "geo.intersects": _named("ST_Intersects"),
    "st_equals": _named("ST_Equals"),
    "st_disjoint": _named("ST_Disjoint"),
    "st_touches": _named("ST_Touches"),
    "st_within": _named("ST_CoveredBy"),
    "st_overlaps": _named("ST_Overlaps"),
    "st_crosses": _named("ST_Crosses"),
    "st_intersects": _named("ST_Intersects"),
    "st_contains": _named("ST_Covers"),
}


# -- the other functions


def _moment(at: sql.Expression) -> sql.Expression:
    """An instant, which is a number of microseconds."""
    return _call("to_timestamp", sql.Paren(this=at) * sql.Literal.number("1e-6"))


def _part(name: str) -> Callable[..., sql.Expression]:
    return lambda at: _call("floor", _call("date_part", sql.Literal.string(name), _moment(at)))


def _formatted(form: str) -> Callable[..., sql.Expression]:
    return lambda at: _plain(_call("to_char", _moment(at), sql.Literal.string(form)))


def _contains(whole: sql.Expression, part: sql.Expression) -> sql.Expression:
    return sql.Paren(this=sql.GT(this=_call("strpos", whole, part), expression=_number(0)))


def _starts(whole: sql.Expression, part: sql.Expression) -> sql.Expression:
    return _call("starts_with", whole, part)


def _ends(whole: sql.Expression, part: sql.Expression) -> sql.Expression:
    tail = _call("right", whole, _call("length", part))
    return sql.Paren(this=sql.EQ(this=tail, expression=part.copy()))


def _substring(text: sql.Expression, start: sql.Expression, *length: sql.Expression) -> sql.Expression:
    from_one = sql.Add(this=sql.Paren(this=start), expression=_number(1))
    return _call("substr", text, _within(from_one, -_LONGEST), *(_within(one, 0) for one in length))


def _within(number: sql.Expression, least: int) -> sql.Expression:
    """A whole number that no text is too short for."""
    bounded = _call("least", _call("greatest", number, literal(least)), literal(_LONGEST))
    return _cast(bounded, "int")


def _rest(at: sql.Expression) -> sql.Expression:
    """The fraction of a second."""
    inside = _call("mod", _cast(sql.Paren(this=at), "numeric"), _number(1_000_000))
    return sql.Paren(this=inside * sql.Literal.number("1e-6"))


def _divisor(number: sql.Expression) -> sql.Expression:
    return sql.Nullif(this=_cast(sql.Paren(this=number), "numeric"), expression=_number(0))


def _quotient(one: sql.Expression, other: sql.Expression) -> sql.Expression:
    whole = sql.Div(this=_cast(sql.Paren(this=one), "numeric"), expression=_divisor(other), typed=True, safe=True)
    return sql.Paren(this=whole)


_FUNCTIONS: Mapping[str, Callable[..., sql.Expression]] = {
    "substringof": lambda part, whole: _contains(whole, part),
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "length": lambda text: _call("length", text),
    "indexof": lambda whole, part: _call("strpos", whole, part),
    "substring": _substring,
    "tolower": lambda text: _call("lower", text),
    "toupper": lambda text: _call("upper", text),
    "trim": lambda text: _call("btrim", text),
    "concat": lambda one, other: sql.Paren(this=sql.DPipe(this=one, expression=other, safe=False)),
    **{name: _part(name) for name in ("year", "month", "day", "hour", "minute", "second")},
    "fractionalseconds": _rest,
    "totaloffsetminutes": lambda at: sql.Paren(this=sql.Mul(this=sql.Paren(this=at), expression=_number(0))),
    "date": _formatted("YYYY-MM-DD"),
    "time": _formatted("HH24:MI:SS.MS"),
    "round": lambda number: _call("round", number),
    "floor": lambda number: _call("floor", number),
    "ceiling": lambda number: _call("ceil", number),
    "div": _quotient,
    "mod": lambda one, other: _call("mod", _cast(sql.Paren(this=one), "numeric"), _divisor(other)),
}
