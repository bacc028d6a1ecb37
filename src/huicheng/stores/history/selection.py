"""SELECTs over history, built by sqlglot: files and tail as one table ``found``, each observation once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from sqlglot import expressions as sql

from huicheng.stores.history.edits import Over
from huicheng.stores.history.engine import Table
from huicheng.stores.history.tail import Tail

#: Observations that are equal in these are one.
_KEY = ("entity", "attribute", "dataset", "observed_at", "number", "text")
_COLUMNS = (*_KEY, "unit", "kind", "received_at")
_SECOND = 1_000_000
#: Names of a table that is read, and of what is gone, in a SELECT.
_PART, _LOST = "p", "l"
#: What is asked of all that was found, and under which name it stands: a text would be parsed each time.
_FOUND = sql.to_table("found")
_NUMBERS = sql.to_table("numbers")
_NAMED = sql.TableAlias(this=sql.to_identifier("found"))
#: With more entities than this, a join is faster than a list.
_LISTED = 50


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a query reads, cut to what it may concern."""

    #: Paths of Parquet files.
    files: Sequence[str]
    tail: Tail
    #: Whether two of them may hold the same observation.
    overlapping: bool
    #: Rows of the state, or ``None`` for every entity.
    entities: Sequence[int] | None = None
    #: Codes of attributes, or ``None`` for every attribute.
    attributes: Sequence[int] | None = None
    dataset: int | None = None
    start: int | None = None
    end: int | None = None
    #: Edits of its observations; ``None``: they stand as they came.
    over: Over | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing can be found."""
        nothing_asked = self.entities is not None and not len(self.entities)
        return nothing_asked or self.attributes == () or not (self.files or len(self.tail))

    @property
    def parameters(self) -> dict[str, Any]:
        """Values of the placeholders."""
        return {"files": list(self.files)} if self.files else {}

    @property
    def tables(self) -> Mapping[str, Table]:
        """The arrays that the SELECT names."""
        tables: dict[str, Table] = {"numbers": self.tail.numbers}
        if len(self.tail.others["seq"]):
            tables["others"] = self.tail.others
        if self.entities is not None and len(self.entities) > _LISTED:
            tables["wanted"] = {"entity": np.asarray(self.entities, dtype=np.int64)}
        if self.over is not None:
            tables |= {"lost": self.over.lost, "edited": self.over.edited}
        return tables


def found(source: Source, *, numbers_only: bool = False) -> sql.Query:
    """Every observation of the source once, as it came; ``numbers_only`` leaves out texts and other values.

    What is gone as a whole is left out before it is seen what is told twice: it may have come anew since.
    """
    parts = [_part(table, source, numbers_only=numbers_only) for table in _from(source, numbers_only=numbers_only)]
    together: sql.Query = parts[0]
    for part in parts[1:]:
        together = together.union(part, distinct=False, copy=False)
    if not source.overlapping:
        return together
    whole = sql.Subquery(this=together, alias=sql.TableAlias(this=sql.to_identifier("part")))
    once = [sql.func("any_value", sql.column(name)).as_(name) for name in ("unit", "kind")]
    first = sql.func("min", sql.column("received_at")).as_("received_at")
    return _select(_KEY, *once, first).from_(whole, copy=False).group_by(*map(sql.column, _KEY), copy=False)


def _select(names: Sequence[str], *further: sql.Expr) -> sql.Select:
    """Columns by name: as texts each would be parsed, which took most of a short question's time."""
    return sql.select(*map(sql.column, names), *further, copy=False)


def _from(source: Source, *, numbers_only: bool) -> list[sql.Expression]:
    tables: list[sql.Expression] = []
    if source.files:
        tables.append(sql.Anonymous(this="read_parquet", expressions=[sql.Parameter(this=sql.var("files"))]))
    if len(source.tail.numbers["seq"]) or not tables:
        tables.append(_NUMBERS.copy())
    if len(source.tail.others["seq"]) and not numbers_only:
        tables.append(sql.to_table("others"))
    return tables


def _part(table: sql.Expression, source: Source, *, numbers_only: bool) -> sql.Select:
    is_numbers = isinstance(table, sql.Table) and table.name == "numbers"
    is_others = isinstance(table, sql.Table) and table.name == "others"
    received = sql.column("received_at", table=_PART)
    missing: dict[str, Any] = {}
    if is_numbers or is_others:
        missing["received_at"] = _seconds(received, source).as_("received_at")
    if is_numbers:
        missing["text"] = sql.cast(sql.Null(), "VARCHAR").as_("text")
    if is_others:
        missing["number"] = sql.cast(sql.Null(), "DOUBLE").as_("number")
    read = table.this if isinstance(table, sql.Table) else table
    part = sql.Table(this=read, alias=sql.TableAlias(this=sql.to_identifier(_PART)))
    columns = (missing.get(name, sql.column(name, table=_PART)) for name in _COLUMNS)
    select = sql.select(*columns, copy=False).from_(part, copy=False)
    conditions = _conditions(source)
    if source.over is not None:
        conditions.append(sql.Not(this=_lost(received if is_numbers or is_others else received * _SECOND)))
    if numbers_only and not is_numbers:
        conditions.append(sql.Not(this=sql.Is(this=sql.column("number"), expression=sql.Null())))
    return select.where(*conditions, copy=False) if conditions else select


def _seconds(received: sql.Expression, source: Source) -> sql.Expr:
    """When a row of the tail was received. What came anew in the second of its loss is a second younger."""
    seconds = sql.Paren(this=sql.IntDiv(this=received.copy(), expression=sql.Literal.number(_SECOND)))
    if source.over is None:
        return seconds
    until = sql.IntDiv(this=sql.func("max", sql.column("until", table=_LOST)), expression=sql.Literal.number(_SECOND))
    after = _of_lost(sql.select(sql.Add(this=until, expression=sql.Literal.number(1))))
    return sql.func("greatest", seconds, sql.func("coalesce", sql.Subquery(this=after), sql.Literal.number(0)))


def _lost(received: sql.Expression) -> sql.Expression:
    """Whether a row is among what is gone of all that was received until a moment."""
    until = sql.LTE(this=received.copy(), expression=sql.column("until", table=_LOST))
    return sql.Exists(this=_of_lost(sql.select("1")).where(until))


def _of_lost(select: sql.Select) -> sql.Select:
    """From losses of the series that a row of a part is of; -1 is every attribute, -2 every data set."""
    attribute, dataset = sql.column("attribute", table=_LOST), sql.column("dataset", table=_LOST)
    return select.from_(sql.alias_(sql.to_table("lost"), _LOST, table=True)).where(
        sql.column("entity", table=_LOST).eq(sql.column("entity", table=_PART)),
        sql.Paren(this=sql.or_(attribute.eq(-1), attribute.copy().eq(sql.column("attribute", table=_PART)))),
        sql.Paren(this=sql.or_(dataset.eq(-2), dataset.copy().eq(sql.column("dataset", table=_PART)))),
    )


def _conditions(source: Source) -> list[sql.Expression]:
    conditions: list[Any] = [*_within(source)]
    if source.attributes is not None:
        conditions.append(sql.column("attribute").isin(*source.attributes))
    if source.dataset is not None:
        conditions.append(sql.column("dataset").eq(source.dataset))
    if source.entities is not None:
        conditions.append(_of_entities(source.entities))
    return conditions


def _within(source: Source) -> list[sql.Expression]:
    """The period asked for."""
    conditions: list[Any] = []
    if source.start is not None:
        conditions.append(sql.column("observed_at") >= source.start)
    if source.end is not None:
        conditions.append(sql.column("observed_at") < source.end)
    return conditions


def _of_entities(entities: Sequence[int]) -> sql.Expression:
    column = sql.column("entity")
    if len(entities) <= _LISTED:
        return column.isin(*entities)
    return column.isin(query=sql.select("entity").from_("wanted"))


def observations(source: Source, last_n: int | None, first: int | None = None) -> str:
    """Observations with their ordinal ``n``; of each series the newest ``last_n`` when asked.

    Of all of them at most ``first``, the oldest, or with ``last_n`` the newest.
    """
    series = ("entity", "attribute", "dataset")
    if source.over is None:
        select = _select(_COLUMNS, _ordinal()).from_("found", copy=False).with_("found", as_=found(source), copy=False)
    else:
        select = sql.select("*").from_("standing").with_("standing", as_=_standing(source))
    if last_n is not None:
        newest = _window("row_number", series, (), latest="observed_at")
        select = select.qualify(sql.LTE(this=newest, expression=sql.Literal.number(last_n)))
    if first is not None:
        select = select.order_by(sql.Ordered(this=sql.column("observed_at"), desc=last_n is not None)).limit(first)
    return select.sql(dialect="duckdb")


def _ordinal() -> sql.Expr:
    """Which it is of the values that came for one moment."""
    series = ("entity", "attribute", "dataset", "observed_at")
    return _window("row_number", series, ("received_at", "number", "text")).as_("ordinal")


def _standing(source: Source) -> sql.Select:
    """The observations with single edits over them: ``first_at`` is their moment as they came, ``edit`` the edit."""
    came = sql.select(*_COLUMNS, _ordinal()).from_(found(_widened(source)).subquery("came"))
    first = sql.column("observed_at", table="o").as_("first_at")
    edit = sql.func("coalesce", sql.column("edit", table="x"), sql.Literal.number(-1)).as_("edit")
    columns = [*as_edited(_COLUMNS), sql.column("ordinal", table="o"), first, edit]
    select = sql.select(*columns).from_(came.subquery("o"))
    select = select.join(sql.alias_(sql.to_table("edited"), "x", table=True), on=_is_same(), join_type="left")
    select = select.where(is_kept())
    return sql.select("*").from_(select.subquery("edited_ones")).where(*_within(source))


def as_edited(names: Sequence[str]) -> list[sql.Expr]:
    """Columns of an observation ``o`` as an edit ``x``, joined from the left, leaves them."""
    new = {"observed_at": "new_at", "number": "new_number", "text": "new_text"}
    is_edited = sql.Not(this=sql.Is(this=sql.column("entity", table="x"), expression=sql.Null()))
    return [
        sql.Case(
            ifs=[sql.If(this=is_edited.copy(), true=sql.column(new[name], table="x"))],
            default=sql.column(name, table="o"),
        ).as_(name)
        if name in new
        else sql.column(name, table="o")
        for name in names
    ]


def is_kept() -> sql.Condition:
    """Whether no edit ``x`` has taken the observation away."""
    return sql.func("coalesce", sql.column("gone", table="x"), sql.Literal.number(0)).eq(sql.Literal.number(0))


def _is_same() -> sql.Condition:
    """Whether an observation is the one that an edit is about; one that came later is another."""
    names = ("entity", "attribute", "dataset", "observed_at")
    same = [sql.column(name, table="o").eq(sql.column(name, table="x")) for name in names]
    values = [sql.column(name, table="o").eq(sql.column(name, table="x")) for name in ("number", "text")]
    received = sql.column("received_at", table="o") * _SECOND
    return sql.and_(
        *same,
        sql.Paren(this=sql.or_(*values)),
        sql.LTE(this=received, expression=sql.column("until", table="x")),
    )


def _widened(source: Source) -> Source:
    """With everything that an edit may have moved into the period."""
    moments = None if source.over is None else source.over.moments
    if moments is None:
        return source
    start = None if source.start is None else min(source.start, moments[0])
    end = None if source.end is None else max(source.end, moments[1] + 1)
    return msgspec.structs.replace(source, start=start, end=end)


def buckets(source: Source, period: int, offset: int) -> str:
    """Count, sum, mean and extremes of numbers in periods of ``period`` µs."""
    start = _start(period, offset).as_("start")
    number = sql.column("number")
    # fsum (Kahan): the order in which files and threads are read may change the last bit only.
    figures = [_call(name, number.copy()).as_(name) for name in ("count", "fsum", "min", "max")]
    select = _select(("entity", "attribute"), start, *figures).from_(_FOUND.copy(), copy=False)
    if source.over is None:
        select.with_(_NAMED.copy(), as_=found(source, numbers_only=True), copy=False)
    else:
        is_number = sql.Not(this=sql.Is(this=number.copy(), expression=sql.Null()))
        select.with_(_NAMED.copy(), as_=_standing(source), copy=False).where(is_number, copy=False)
    return select.group_by(*map(sql.column, ("entity", "attribute", "start")), copy=False).sql(
        dialect="duckdb", copy=False
    )


def newest(source: Source, period: int, offset: int) -> str:
    """Of each attribute of each entity the newest default instance in each period; one observation twice is no harm."""
    number, text, at = (sql.column(name) for name in ("number", "text", "observed_at"))
    together = _default_instances(source)
    figures = [
        sql.func("arg_max", number, at.copy()).as_("number"),
        sql.func("arg_max", text, at.copy()).as_("text"),
        sql.func("max", at.copy()).as_("observed_at"),
    ]
    start = _start(period, offset).as_("start")
    select = sql.select("entity", "attribute", start, *figures).from_(together.subquery("found"))
    return select.group_by("entity", "attribute", "start").sql(dialect="duckdb")


def spans(source: Source) -> str:
    """Of each series how many observations, the first and the last moment; ``newest`` is not told: 0."""
    at = sql.column("observed_at")
    figures = [
        sql.Count(this=sql.Star()).as_("n"),
        sql.func("min", at).as_("first"),
        sql.func("max", at.copy()).as_("last"),
        sql.Literal.number(0).as_("newest"),
    ]
    held = found(source) if source.over is None else _standing(source)
    select = sql.select("entity", "attribute", *figures).from_("found").with_("found", as_=held)
    return select.group_by("entity", "attribute").sql(dialect="duckdb")


def _default_instances(source: Source) -> Any:
    is_default = sql.column("dataset").eq(-1)
    if source.over is not None:
        return _standing(source).where(is_default)
    tables = _from(source, numbers_only=False)
    together, *more = (_part(table, source, numbers_only=False).where(is_default.copy()) for table in tables)
    for part in more:
        together = together.union(part, distinct=False)  # type: ignore[assignment]  # a union is selected from likewise
    return together


def moments(source: Source, most: int, *, latest: bool) -> str:
    """The first or the last moments of the source's files, as often as there are rows of them."""
    at = sql.column("observed_at")
    files = sql.Anonymous(this="read_parquet", expressions=[sql.Parameter(this=sql.var("files"))])
    select = sql.select(at, copy=False).from_(files, copy=False)
    if conditions := _within(source):
        select.where(*conditions, copy=False)
    return select.order_by(sql.Ordered(this=at.copy(), desc=latest)).limit(most).sql(dialect="duckdb")


def for_file(source: Source) -> str:
    """All observations in the order in which a file keeps them: what is asked for together lies together."""
    select = sql.select(*_COLUMNS).from_("found").with_("found", as_=found(source))
    return select.order_by("attribute", "entity", "observed_at", "received_at").sql(dialect="duckdb")


def _start(period: int, offset: int) -> sql.Expression:
    """The start of the period that holds observed_at; of times before 1970 too."""
    at, length = sql.column("observed_at"), sql.Literal.number(period)
    since = sql.Paren(this=sql.Sub(this=at.copy(), expression=_integer(offset)))
    rest = sql.Paren(this=sql.Mod(this=since, expression=length.copy()))
    positive = sql.Paren(this=sql.Add(this=rest, expression=length.copy()))
    inside = sql.Paren(this=sql.Mod(this=positive, expression=length))
    return sql.Sub(this=at, expression=inside)


def _call(function: str, argument: sql.Expression) -> sql.Anonymous:
    return sql.Anonymous(this=function, expressions=[argument])


def _integer(value: int) -> sql.Expression:
    return sql.Paren(this=sql.convert(value))


def _window(function: str, partition: Sequence[str], order: Sequence[str], *, latest: str | None = None) -> sql.Window:
    ordered = [sql.Ordered(this=sql.column(name)) for name in order]
    if latest is not None:
        ordered.append(sql.Ordered(this=sql.column(latest), desc=True))
    return sql.Window(
        this=sql.Anonymous(this=function),
        partition_by=[sql.column(name) for name in partition],
        order=sql.Order(expressions=ordered),
    )
