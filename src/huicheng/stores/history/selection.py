"""SELECTs over history, built by sqlglot: files and tail as one table ``found``, each observation once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from sqlglot import expressions as sql

from huicheng.stores.history.engine import Table
from huicheng.stores.history.tail import Tail

#: Observations that are equal in these are one.
_KEY = ("entity", "attribute", "dataset", "observed_at", "number", "text")
_COLUMNS = (*_KEY, "unit", "kind", "received_at")
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
        tables: dict[str, Table] = {"numbers": self.tail.numbers, "others": self.tail.others}
        if self.entities is not None and len(self.entities) > _LISTED:
            tables["wanted"] = {"entity": np.asarray(self.entities, dtype=np.int64)}
        return tables


def found(source: Source, *, numbers_only: bool = False) -> sql.Select:
    """Every observation of the source once; ``numbers_only`` leaves out texts and other values."""
    parts = [_part(table, source, numbers_only=numbers_only) for table in _from(source, numbers_only=numbers_only)]
    together: Any = parts[0]
    for part in parts[1:]:
        together = together.union(part, distinct=False, copy=False)
    if not source.overlapping:
        return sql.select(*_COLUMNS).from_(together.subquery("part"))
    once = [sql.func("any_value", sql.column(name)).as_(name) for name in ("unit", "kind")]
    first = sql.func("min", sql.column("received_at")).as_("received_at")
    return sql.select(*_KEY, *once, first).from_(together.subquery("part")).group_by(*_KEY)


def _from(source: Source, *, numbers_only: bool) -> list[sql.Expression]:
    tables: list[sql.Expression] = []
    if source.files:
        tables.append(sql.Anonymous(this="read_parquet", expressions=[sql.Parameter(this=sql.var("files"))]))
    if len(source.tail.numbers["seq"]) or not tables:
        tables.append(sql.to_table("numbers"))
    if len(source.tail.others["seq"]) and not numbers_only:
        tables.append(sql.to_table("others"))
    return tables


def _part(table: sql.Expression, source: Source, *, numbers_only: bool) -> sql.Select:
    is_numbers = isinstance(table, sql.Table) and table.name == "numbers"
    is_others = isinstance(table, sql.Table) and table.name == "others"
    missing: dict[str, Any] = {}
    if is_numbers:
        missing["text"] = sql.cast(sql.Null(), "VARCHAR").as_("text")
    if is_others:
        missing["number"] = sql.cast(sql.Null(), "DOUBLE").as_("number")
    select = sql.select(*(missing.get(name, sql.column(name)) for name in _COLUMNS)).from_(table)
    conditions = _conditions(source)
    if numbers_only and not is_numbers:
        conditions.append(sql.Not(this=sql.Is(this=sql.column("number"), expression=sql.Null())))
    return select.where(*conditions) if conditions else select


def _conditions(source: Source) -> list[sql.Expression]:
    conditions: list[Any] = []
    if source.start is not None:
        conditions.append(sql.column("observed_at") >= source.start)
    if source.end is not None:
        conditions.append(sql.column("observed_at") < source.end)
    if source.attributes is not None:
        conditions.append(sql.column("attribute").isin(*source.attributes))
    if source.dataset is not None:
        conditions.append(sql.column("dataset").eq(source.dataset))
    if source.entities is not None:
        conditions.append(_of_entities(source.entities))
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
    order = ("received_at", "number", "text")
    ordinal = _window("row_number", (*series, "observed_at"), order).as_("ordinal")
    select = sql.select(*_COLUMNS, ordinal).from_("found").with_("found", as_=found(source))
    if last_n is not None:
        newest = _window("row_number", series, (), latest="observed_at")
        select = select.qualify(sql.LTE(this=newest, expression=sql.Literal.number(last_n)))
    if first is not None:
        select = select.order_by(sql.Ordered(this=sql.column("observed_at"), desc=last_n is not None)).limit(first)
    return select.sql(dialect="duckdb")


def buckets(source: Source, period: int, offset: int) -> str:
    """Count, sum, mean and extremes of numbers in periods of ``period`` µs."""
    start = _start(period, offset).as_("start")
    number = sql.column("number")
    # fsum (Kahan): the order in which files and threads are read may change the last bit only.
    figures = [_call(name, number.copy()).as_(name) for name in ("count", "fsum", "min", "max")]
    select = sql.select("entity", "attribute", start, *figures).from_("found")
    select = select.with_("found", as_=found(source, numbers_only=True))
    return select.group_by("entity", "attribute", "start").sql(dialect="duckdb")


def newest(source: Source, period: int, offset: int) -> str:
    """Of each attribute of each entity the newest default instance in each period; one observation twice is no harm."""
    number, text, at = (sql.column(name) for name in ("number", "text", "observed_at"))
    found_in = [
        _part(table, source, numbers_only=False).where(sql.column("dataset").eq(-1))
        for table in _from(source, numbers_only=False)
    ]
    together: Any = found_in[0]
    for part in found_in[1:]:
        together = together.union(part, distinct=False)
    figures = [
        sql.func("arg_max", number, at.copy()).as_("number"),
        sql.func("arg_max", text, at.copy()).as_("text"),
        sql.func("max", at.copy()).as_("observed_at"),
    ]
    start = _start(period, offset).as_("start")
    select = sql.select("entity", "attribute", start, *figures).from_(together.subquery("found"))
    return select.group_by("entity", "attribute", "start").sql(dialect="duckdb")


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
