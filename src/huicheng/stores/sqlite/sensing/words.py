"""Terms in SQLite's words, over a view of an entity set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.stores.sensing import SETS, Path, Term, paths_of
from huicheng.stores.sensing.compiling import Compiler
from huicheng.stores.sqlite.sensing.links import related
from huicheng.stores.sqlite.sensing.spatial import FUNCTION
from huicheng.stores.sqlite.sensing.views import VIEWS

IDS = ("@iot.id", "id")
#: To-one link of a Datastream or HistoricalLocation → the column that holds the id it leads to.
_ID_OF = {"Thing": "_thing", "Sensor": "_sensor", "ObservedProperty": "_property"}
#: Bound links → the entity set behind them and the alias of its view.
Bound = Mapping[tuple[str, ...], tuple[str, str]]


class SqliteWords:
    """``at`` says which set and alias paths start from; the empty links are the row itself."""

    def __init__(self, at: Bound) -> None:
        self._at = at

    def path(self, path: Path, wanted: str) -> sql.Expression:
        """See :class:`huicheng.stores.sensing.compiling.Words`."""
        name, alias, rest = self._nearest(path.steps)
        return _value(name, alias, rest, wanted, len(self._at))

    def kind(self, path: Path) -> str:
        """See above."""
        name, _, rest = self._nearest(path.steps)
        return kind_of(name, rest)

    def many(self, term: Term) -> tuple[str, ...] | None:
        """See above."""
        for path in paths_of(term):
            name, _, rest = self._nearest(path.steps)
            done = len(path.steps) - len(rest)
            for step in rest:
                link = SETS[name].links.get(step)
                if link is None:
                    break
                done += 1
                name = link.target
                if link.many:
                    return path.steps[:done]
        return None

    def exists(self, term: Term, links: tuple[str, ...]) -> sql.Expression:
        """See above. Links to one on the way are rows of their own, so that the last one can start from them."""
        name, alias, rest = self._nearest(links)
        done = links[: len(links) - len(rest)]
        bound, sources, conditions = dict(self._at), [], []
        for step in rest:
            target = SETS[name].links[step].target
            if target not in VIEWS:
                raise Invalid(place="$filter", why="Filter Observations by their own address.")
            child = f"x{len(bound)}"
            sources.append(_view(target, child))
            conditions.append(related(name, step, _column_of(alias), child))
            done = (*done, step)
            bound[done] = (target, child)
            name, alias = target, child
        conditions.append(Compiler(SqliteWords(bound)).condition(term))
        select = sql.select("1").from_(sources[0])
        for source in sources[1:]:
            select = select.join(source, join_type="cross")
        return sql.Exists(this=select.where(*conditions))

    def geometry(self, value: dict[str, Any]) -> sql.Expression:
        """See above."""
        return sql.Literal.string(msgspec.json.encode(value).decode())

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        """See above."""
        if name.startswith(("st_", "geo.")):
            return _call(FUNCTION, sql.Literal.string(name), *arguments)
        return _FUNCTIONS[name](*arguments)

    def _nearest(self, steps: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
        """The longest part of a path that is bound: its set, its alias, and what follows."""
        for length in range(len(steps), -1, -1):
            found = self._at.get(steps[:length])
            if found is not None:
                return (*found, steps[length:])
        raise Invalid(place="$filter", why="A path is empty.")


def kind_of(name: str, steps: tuple[str, ...]) -> str:
    """What a path from an entity set holds."""
    for place, step in enumerate(steps):
        if step in IDS:
            return "text"
        link = SETS[name].links.get(step)
        if link is None:
            kind = SETS[name].properties.get(step)
            if kind is None:
                raise Invalid(place="$filter", why=f"{name} have no “{step[:80]}”.")
            return "any" if len(steps) > place + 1 else kind
        name = link.target
    raise Invalid(place="$filter", why="A path ends at a link; name a property of what is there.")


def _value(name: str, alias: str, steps: tuple[str, ...], wanted: str, depth: int) -> sql.Expression:
    first, *rest = steps
    link = SETS[name].links.get(first)
    if link is None:
        return _property(name, alias, first, rest, wanted)
    if len(rest) == 1 and rest[0] in IDS and first in _ID_OF:
        return sql.column(_ID_OF[first], table=alias)
    if link.many:
        raise Invalid(place="$orderby", why=f"“{first}” are several; order by something of the entity itself.")
    child = f"y{depth}"
    select = sql.select(_value(link.target, child, tuple(rest), wanted, depth + 1)).from_(_view(link.target, child))
    return select.where(related(name, first, _column_of(alias), child)).limit(1).subquery()


def _property(name: str, alias: str, first: str, rest: list[str], wanted: str) -> sql.Expression:
    if first in IDS:
        return sql.column("id", table=alias)
    kind = SETS[name].properties.get(first)
    if kind is None:
        raise Invalid(place="$filter", why=f"{name} have no “{first[:80]}”.")
    column: sql.Expression = sql.column(first, table=alias)
    if kind in {"json", "any"} or rest:
        column = _call("json_extract", column, sql.Literal.string(_pointer(rest)))
        return _held(column, wanted)
    if wanted not in {"any", kind} and not {wanted, kind} <= {"geometry", "json"}:
        raise Invalid(place="$filter", why=f"“{first}” is no {wanted}.")
    return column


def _pointer(steps: list[str]) -> str:
    for step in steps:
        if '"' in step or "\\" in step:
            raise Invalid(place="$filter", why="A name holds neither quotation marks nor backslashes.")
    return "$" + "".join(f'."{step}"' for step in steps)


_TYPES = {"number": ("integer", "real"), "text": ("text",), "boolean": ("integer",)}


def _held(value: sql.Expression, wanted: str) -> sql.Expression:
    """A value out of JSON where it has the type wanted, else unknown."""
    if wanted == "any" or wanted not in _TYPES:
        return value
    types = [sql.Literal.string(one) for one in _TYPES[wanted]]
    is_held = sql.In(this=sql.Typeof(this=value.copy()), expressions=types)
    return sql.Case(ifs=[sql.If(this=is_held, true=value)])


def _view(name: str, alias: str) -> sql.Expression:
    return sql.Table(this=sql.to_identifier(VIEWS[name]), alias=sql.TableAlias(this=sql.to_identifier(alias)))


def _column_of(alias: str) -> Callable[[str], sql.Expression]:
    return lambda name: sql.column(name, table=alias)


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
