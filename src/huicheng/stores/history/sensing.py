"""Observations by conditions on their values and on their series: SELECTs for DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlglot import expressions as sql

from huicheng.errors import Invalid
from huicheng.stores.history.engine import Table
from huicheng.stores.history.selection import Source, as_edited, found, is_kept
from huicheng.stores.sensing import SETS, Path, Term
from huicheng.stores.sensing.compiling import Compiler
from huicheng.stores.sensing.spans import Span

_KINDS = SETS["Observations"].properties
_KEY = ("entity", "attribute", "dataset", "observed_at", "number", "text")
_TIME = Path(("phenomenonTime",))
#: What holds times alone.
_TIMES = frozenset({"time", "interval"})
#: What JSON never holds.
_NEVER = frozenset({"time", "duration"})
_OF_TIME = frozenset({"time", "duration", "number", "any"})
#: Column of the details where validTime ends.
_END = "validEnd"
#: Name of a column of what first came → the column of history.
_FIRST = {"first_at": "observed_at", "first_number": "number", "first_text": "text"}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of history, in which order."""

    source: Source
    #: ``series``, ``features``, perhaps ``details`` with their ``moments``: columns that are joined.
    tables: Mapping[str, Table]
    where: Term | None
    order: tuple[tuple[Term, bool], ...]
    #: The feature that they are of: its id, and its code among datasets.
    feature: tuple[str, int] | None
    #: Code of the one dataset that is meant; ``None`` for all.
    dataset: int | None
    #: Column of the series → its kind.
    names: Mapping[str, str]
    details: bool
    #: Whether edits lie over them: ``edited`` and ``lost`` are among the tables.
    edits: bool = False

    @property
    def is_latest_first(self) -> bool | None:
        """The direction, where they are in the order of time as they came; ``None`` where they are not."""
        if self.edits or self.source.over is not None:
            return None
        if not self.order:
            return False
        term, descends = self.order[0]
        return descends if term == _TIME else None

    @property
    def parameters(self) -> dict[str, Any]:
        """Values of the placeholders."""
        return self.source.parameters

    @property
    def all_tables(self) -> Mapping[str, Table]:
        """The arrays that the SELECT names."""
        return {**self.source.tables, **self.tables}


def page_of(chosen: Chosen, limit: int, offset: int) -> str:
    """A page of observations with the place of their series."""
    columns: list[sql.Expr] = [sql.column(name, table="o") for name in _KEY]
    columns += [sql.column(name if chosen.edits else of, table="o").as_(name) for name, of in _FIRST.items()]
    select = _rows(chosen).select(*columns, sql.column("place", table="s"), copy=False)
    compiler = Compiler(_Words(chosen))
    # The engine reads every column of whatever it sorts; what decides between equals are those of the key.
    for term, descends in chosen.order:
        wanted = compiler.value(term, "any")
        for one in wanted.expressions if isinstance(wanted, sql.Tuple) else [wanted]:
            select.order_by(sql.Ordered(this=one, desc=descends, nulls_first=not descends), copy=False)
    last = ("observed_at", "entity", "attribute", "dataset", "number", "text")
    select.order_by(*(sql.column(name, table="o") for name in last), copy=False)
    return select.limit(limit, copy=False).offset(offset, copy=False).sql(dialect="duckdb")


def counted(chosen: Chosen) -> str:
    """How many there are."""
    return _rows(chosen).select(sql.Count(this=sql.Star()).as_("n"), copy=False).sql(dialect="duckdb")


def numbered(source: Source) -> str:
    """Observations at some moments that share theirs with another, and which of them each is."""
    return _numbered(source).sql(dialect="duckdb")


def _numbered(source: Source) -> sql.Select:
    series = [sql.column(name) for name in ("entity", "attribute", "dataset", "observed_at")]
    order = [sql.Ordered(this=sql.column(name)) for name in ("received_at", "number", "text")]
    ordinal = sql.Window(
        this=sql.Anonymous(this="row_number"), partition_by=series, order=sql.Order(expressions=order)
    ).as_("ordinal")
    many = sql.Window(this=sql.Count(this=sql.Star()), partition_by=[one.copy() for one in series])
    select = sql.select(*_KEY, ordinal).from_("found").with_("found", as_=found(source), copy=False)
    at = sql.column("observed_at").isin(query=sql.select("observed_at").from_("moments"))
    several = sql.GT(this=many, expression=sql.Literal.number(1))
    return select.where(at, copy=False).qualify(several, copy=False)


def _rows(chosen: Chosen) -> sql.Select:
    select = sql.select().from_(_table("found", "o"), copy=False)
    select.with_("found", as_=_over(chosen.source) if chosen.edits else found(chosen.source), copy=False)
    select.join(_table("series", "s"), on=_same("s", ("entity", "attribute")), copy=False)
    select.join(_table("features", "f"), on=_same("f", ("dataset",)), join_type="left", copy=False)
    if chosen.details:
        _say(select, chosen)
    conditions = [*_fixed(chosen)]
    if chosen.where is not None:
        conditions.append(Compiler(_Words(chosen)).condition(chosen.where))
    return select.where(*conditions, copy=False) if conditions else select


def _say(select: sql.Select, chosen: Chosen) -> None:
    """Join what is said of each observation, which is known by the moment it came with and its ordinal there."""
    select.with_("numbered", as_=_numbered(chosen.source), copy=False)
    first = {of: sql.column(name if chosen.edits else of, table="o") for name, of in _FIRST.items()}
    as_came = {**{name: sql.column(name, table="o") for name in _KEY}, **first}
    is_it = [sql.NullSafeEQ(this=sql.column(name, table="n"), expression=held.copy()) for name, held in as_came.items()]
    select.join(_table("numbered", "n"), on=sql.and_(*is_it), join_type="left", copy=False)
    ordinal = sql.func("coalesce", sql.column("ordinal", table="n"), sql.Literal.number(1))
    about = {
        "place": sql.column("place", table="s"),
        "dataset": sql.column("dataset", table="o"),
        "first_at": first["observed_at"],
        "ordinal": ordinal,
    }
    of_it = [sql.column(name, table="d").eq(held.copy()) for name, held in about.items()]
    select.join(_table("details", "d"), on=sql.and_(*of_it), join_type="left", copy=False)


def _over(source: Source) -> sql.Select:
    """History as it was edited, and each observation as it first came."""
    firsts = [sql.column(of, table="o").as_(name) for name, of in _FIRST.items()]
    same_value = sql.Paren(
        this=sql.or_(*(sql.column(name, table="o").eq(sql.column(name, table="x")) for name in ("number", "text")))
    )
    same = sql.and_(_same("x", ("entity", "attribute", "dataset", "observed_at")), same_value)
    select = sql.select(*as_edited(_KEY), *firsts).from_(
        sql.Subquery(this=found(source), alias=sql.TableAlias(this=sql.to_identifier("o")))
    )
    select.join(_table("edited", "x"), on=same, join_type="left", copy=False)
    return select.where(is_kept(), sql.Not(this=_lost()), copy=False)


def _lost() -> sql.Expression:
    """Whether it is among what is gone that was received until a moment (which history knows to the second)."""
    attribute, dataset = sql.column("attribute", table="l"), sql.column("dataset", table="l")
    conditions = [
        sql.column("entity", table="l").eq(sql.column("entity", table="o")),
        sql.Paren(this=sql.or_(attribute.eq(-1), attribute.copy().eq(sql.column("attribute", table="o")))),
        sql.Paren(this=sql.or_(dataset.eq(-2), dataset.copy().eq(sql.column("dataset", table="o")))),
        sql.column("received_at", table="o") * 1_000_000 <= sql.column("until", table="l"),
    ]
    return sql.Exists(this=sql.select("1").from_(_table("lost", "l")).where(*conditions))


def _fixed(chosen: Chosen) -> list[sql.Expression]:
    conditions: list[sql.Expression] = []
    dataset = sql.column("dataset", table="o")
    if chosen.dataset is not None:
        conditions.append(dataset.copy().eq(chosen.dataset))
    if chosen.feature is not None:
        id_, code = chosen.feature
        own = sql.column("feature", table="s").eq(sql.Literal.string(id_))
        unnamed = sql.Is(this=sql.column("dataset", table="f"), expression=sql.Null())
        conditions.append(sql.Paren(this=sql.or_(dataset.copy().eq(code), sql.and_(own, unnamed))))
    return conditions


def _table(name: str, alias: str) -> sql.Expression:
    return sql.Table(this=sql.to_identifier(name), alias=sql.TableAlias(this=sql.to_identifier(alias)))


def _same(alias: str, names: tuple[str, ...]) -> sql.Expression:
    same = (sql.column(name, table=alias).eq(sql.column(name, table="o")) for name in names)
    return sql.Paren(this=sql.and_(*same))


class _Words:
    """See :class:`huicheng.stores.sensing.compiling.Words`."""

    def __init__(self, chosen: Chosen) -> None:
        self._names = chosen.names
        #: Whether any of the observations may last.
        self._lasts = chosen.details

    def path(self, path: Path, wanted: str) -> sql.Expression:
        first, *rest = path.steps
        if first.startswith("#"):
            return self._column(first.removeprefix("#"), wanted)
        if first in {"@iot.id", "id"}:
            return _id()
        if first not in _KINDS:
            raise _unknown(first)
        if first == "result":
            return _result(rest, wanted)
        if _KINDS[first] in _TIMES and (rest or wanted not in _OF_TIME):
            raise Invalid(place="$filter", why="“%(name)s” is a time, no %(wanted)s.", name=first, wanted=wanted)
        if first == "phenomenonTime":
            return sql.column("observed_at", table="o")
        return _detail(first, rest, wanted)

    def span(self, path: Path) -> Span:
        start = self.path(path, "time")
        if path != _TIME:
            return start, _detail(_END, [], "time")
        if not self._lasts:
            return start, start
        end = _call("coalesce", sql.column("ended_at", table="d"), start.copy())
        return start, _call("greatest", end, start.copy())

    def _column(self, name: str, wanted: str) -> sql.Expression:
        """A column of the series; of conditions, numbers 0 and 1."""
        kind = self._names[name]
        value: sql.Expression = sql.column(name, table="s")
        if kind.startswith("feature:"):
            named = sql.Not(this=sql.Is(this=sql.column("dataset", table="f"), expression=sql.Null()))
            of_feature = sql.column(kind.removeprefix("feature:"), table="f")
            value = sql.Case(ifs=[sql.If(this=named, true=of_feature)], default=value)
        if wanted == "boolean":
            return sql.Paren(this=sql.EQ(this=value, expression=sql.Literal.number(1)))
        return value

    def kind(self, path: Path) -> str:
        first, *rest = path.steps
        if first.startswith("#"):
            kind = self._names[first.removeprefix("#")]
            return "boolean" if kind.startswith("feature:") else kind
        if first in {"@iot.id", "id"}:
            return "text"
        if first not in _KINDS:
            raise _unknown(first)
        return "any" if rest else _KINDS[first]

    def many(self, term: Term) -> tuple[str, ...] | None:
        del term
        return None

    def exists(self, term: Term, links: tuple[str, ...]) -> sql.Expression:
        raise NotImplementedError(term, links)  # nothing is many here

    def geometry(self, value: Any) -> sql.Expression:
        del value
        raise Invalid(place="$filter", why="An Observation has no place; ask FeatureOfInterest/feature.")

    def call(self, name: str, arguments: list[sql.Expression]) -> sql.Expression:
        made = _FUNCTIONS.get(name)
        if made is None:
            raise Invalid(place="$filter", why="%(name)s cannot be asked of Observations.", name=name)
        return made(*arguments)


def _unknown(name: str) -> Invalid:
    return Invalid(place="$filter", why="Observations have no “%(name)s”.", name=name[:80])


def _id() -> sql.Expression:
    """The id of an observation that is alone at its moment; enough to order by."""
    parts = [sql.column("id", table="s"), sql.Literal.string("@"), sql.column("observed_at", table="o")]
    return _call("concat", *parts)


def _result(rest: list[str], wanted: str) -> sql.Expression:
    number, text = sql.column("number", table="o"), sql.column("text", table="o")
    if rest:
        return _json(text, rest, wanted)
    if wanted == "number":
        return number
    if wanted == "text":
        return _json(text, [], "text")
    if wanted == "boolean":
        return sql.TryCast(this=text, to=sql.DataType.build("BOOLEAN"))
    return sql.Null() if wanted in _NEVER else sql.Tuple(expressions=[number, text])


def _detail(name: str, rest: list[str], wanted: str) -> sql.Expression:
    column = sql.column(name, table="d")
    if name == _END or _KINDS[name] in _TIMES:
        return sql.TryCast(this=column, to=sql.DataType.build("DOUBLE"))
    return _json(column, rest, wanted)


def _json(column: sql.Expression, rest: list[str], wanted: str) -> sql.Expression:
    if any('"' in step for step in rest):
        raise Invalid(place="$filter", why="A name holds no quotation marks.")
    path = sql.Literal.string("$" + "".join(f'."{step}"' for step in rest))
    text = _call("json_extract_string", sql.TryCast(this=column, to=sql.DataType.build("TEXT")), path)
    if wanted == "number":
        return sql.TryCast(this=text, to=sql.DataType.build("DOUBLE"))
    if wanted == "boolean":
        return sql.TryCast(this=text, to=sql.DataType.build("BOOLEAN"))
    return sql.Null() if wanted in _NEVER else text


def _call(function: str, *arguments: sql.Expression) -> sql.Expression:
    return sql.Anonymous(this=function, expressions=list(arguments))


def _moment(at: sql.Expression) -> sql.Expression:
    whole = sql.Cast(this=sql.Paren(this=at), to=sql.DataType.build("BIGINT"))
    return _call("make_timestamp", whole)


def _part(function: str) -> Callable[..., sql.Expression]:
    return lambda at: _call(function, _moment(at))


def _formatted(form: str) -> Callable[..., sql.Expression]:
    return lambda at: _call("strftime", _moment(at), sql.Literal.string(form))


def _fraction(at: sql.Expression) -> sql.Expression:
    inside = sql.Paren(this=sql.Mod(this=sql.Paren(this=at), expression=sql.Literal.number(1_000_000)))
    return sql.Paren(this=sql.Div(this=inside, expression=sql.Literal.number("1e6"), typed=True, safe=False))


def _quotient(one: sql.Expression, other: sql.Expression) -> sql.Expression:
    below = sql.Nullif(this=sql.Cast(this=other, to=sql.DataType.build("DOUBLE")), expression=sql.Literal.number(0))
    return sql.Paren(this=sql.Div(this=one, expression=below, typed=False, safe=False))


_FUNCTIONS: Mapping[str, Callable[..., sql.Expression]] = {
    "substringof": lambda part, whole: _call("contains", whole, part),
    "contains": lambda whole, part: _call("contains", whole, part),
    "startswith": lambda whole, part: _call("starts_with", whole, part),
    "endswith": lambda whole, part: _call("ends_with", whole, part),
    "length": lambda text: _call("length", text),
    "indexof": lambda whole, part: _call("instr", whole, part),
    "substring": lambda text, start, *length: _call(
        "substr",
        text,
        sql.Cast(
            this=sql.Add(this=sql.Paren(this=start), expression=sql.Literal.number(1)), to=sql.DataType.build("BIGINT")
        ),
        *length,
    ),
    "tolower": lambda text: _call("lower", text),
    "toupper": lambda text: _call("upper", text),
    "trim": lambda text: _call("trim", text),
    "concat": lambda one, other: _call("concat", one, other),
    **{part: _part(part) for part in ("year", "month", "day", "hour", "minute", "second")},
    "fractionalseconds": _fraction,
    "totaloffsetminutes": lambda at: sql.Paren(this=sql.Mul(this=sql.Paren(this=at), expression=sql.Literal.number(0))),
    "date": _formatted("%Y-%m-%d"),
    "time": _formatted("%H:%M:%S.%g"),
    "round": lambda number: _call("round", number),
    "floor": lambda number: _call("floor", number),
    "ceiling": lambda number: _call("ceil", number),
    "div": _quotient,
    "mod": lambda one, other: sql.Paren(this=sql.Mod(this=one, expression=other)),
}
