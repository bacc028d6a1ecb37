"""A scheme as SQL: one SELECT for the table, one for the rows behind a figure. Built by sqlglot, never by text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec
from sqlglot import expressions as sql

from huicheng.expressions import Dialect, Type, parse, to_sql
from huicheng.indicators.declared import Declared
from huicheng.indicators.periods import Period
from huicheng.packs import FAMILIES, Measure, Subject, fact_names

_CASES, _PAST, _ACTS, _ADJUSTED = (
    "indicators_casefact",
    "indicators_pastcasefact",
    "indicators_actfact",
    "indicators_adjustment",
)

#: Name in formulas → column of a case.
COLUMNS = {
    "number": "number",
    "kind": "kind",
    "category": "category",
    "group": "group",
    "condition": "condition",
    "source": "source",
    "status": "status",
    "town": "town",
    "community": "community",
    "grid": "grid",
    "unit": "unit",
    "ownerUnit": "owner_unit",
    "collector": "collector",
    "openedAt": "opened_at",
    "dueAt": "due_at",
    "closedAt": "closed_at",
    "inTime": "in_time",
    "subcase": "subcase",
}
_KNOWN = {"openedAt", "dueAt", "closedAt", "inTime", "subcase", "kind", "number"}
#: The same of an act.
_ACT_COLUMNS = {
    "action": "action",
    "actor": "actor",
    "actorUnit": "actor_unit",
    "at": "at",
    "took": "took",
    "punctual": "punctual",
    "number": "number",
    "kind": "kind",
}
_FAMILY_COLUMNS = {"acts": "acts", "answers": "answers", "last": "lasts", "seconds": "stages"}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which table is asked for."""

    declared: Declared
    period: Period
    #: What a row of it is.
    by: Subject
    #: Fact → value: only cases of which this is so. Keys are of ``packs.BREAKDOWNS``.
    filters: Mapping[str, str] = {}
    #: Facts as they were at this position of the feed; ``None``: as they are.
    seq: int | None = None
    #: Adjustments up to this one; 0 = none.
    adjusted: int = 0
    #: Measures from which an adjustment up to ``adjusted`` takes something.
    contested: frozenset[str] = frozenset()


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the table."""

    measure: str
    #: The row's subject; ``None``: of all together.
    key: str | None


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns of the answer hold the counts of a measure: positions."""

    n: int
    of: int | None = None
    sum: int | None = None


def table(question: Question, dialect: Dialect) -> tuple[str, dict[str, Columns]]:
    """SQL whose rows are: subject, rows looked at, sum of positions, then the columns of the measures."""
    builder = _Builder(question, dialect)
    places = {name: builder.columns(name, one) for name, one in question.declared.scheme.measures.items()}
    return builder.select([builder.key, *builder.footprint, *builder.counts], group=True).sql(dialect=dialect), places


def members(question: Question, figure: Figure, dialect: Dialect, *, limit: int, offset: int) -> str:
    """SQL whose rows are the cases behind one figure: number, whether it counts, and the act (``over: act``)."""
    builder, over = _Builder(question, dialect), question.declared.scheme.over
    counts, among = builder.conditions(figure.measure, question.declared.scheme.measures[figure.measure])
    shown = [builder.column("number"), sql.Coalesce(this=counts, expressions=[sql.false()])]
    if over == "act":
        shown += [builder.column(name) for name in ("action", "actor", "at")]
    select = builder.select(shown, group=False).where(among, copy=False)
    if figure.key is not None:
        select = select.where(sql.EQ(this=builder.key, expression=sql.Literal.string(figure.key)))
    order = [builder.column("at")] if over == "act" else []
    return select.order_by(*order, builder.column("number")).limit(limit).offset(offset).sql(dialect=dialect)


class _Builder:
    """The parts of both statements."""

    def __init__(self, question: Question, dialect: Dialect) -> None:
        self.question, self.dialect = question, dialect
        self.scheme = question.declared.scheme
        self.names = fact_names(self.scheme)
        self.counts: list[sql.Expression] = []
        self._at: dict[str, int] = {}

    # -- names

    def column(self, name: str) -> sql.Expression:
        """A fact's column: of the act where the act has it, else of its case."""
        if self.scheme.over == "act" and name in _ACT_COLUMNS:
            return _column("a", _ACT_COLUMNS[name])
        return _column("f", COLUMNS[name])

    @property
    def key(self) -> sql.Expression:
        """What the rows of the table are."""
        if self.scheme.over == "act" and self.question.by in {"unit", "person"}:
            return self.column("actorUnit" if self.question.by == "unit" else "actor")
        return self.column(self.question.by)

    @property
    def footprint(self) -> list[sql.Expression]:
        source = "a" if self.scheme.over == "act" else "f"
        return [sql.Count(this=sql.Star()), sql.Sum(this=_column(source, "since"))]

    def _resolve(self, name: str) -> sql.Expression:
        if name == "period_start":
            return sql.Literal.number(self.question.period.start)
        if name == "period_end":
            return sql.Literal.number(self.question.period.end)
        if "." in name:
            return self._member(*name.split(".", 1))
        column = self.column(name)
        plain = name in _KNOWN or self.names[name] != "text"
        return column if plain else sql.Nullif(this=column, expression=sql.Literal.string(""))

    def _member(self, family: str, member: str) -> sql.Expression:
        if family == "marks":
            found = sql.StrPosition(this=_column("f", "marks"), substr=sql.Literal.string(f",{member},"))
            return sql.Paren(this=sql.GT(this=found, expression=sql.Literal.number(0)))
        held = self._json(_column("f", _FAMILY_COLUMNS[family]), member, FAMILIES[family])
        return sql.Coalesce(this=held, expressions=[sql.Literal.number("0e0")]) if family == "acts" else held

    def _json(self, column: sql.Expression, member: str, kind: Type) -> sql.Expression:
        if self.dialect == "sqlite":
            path = '$."' + member.replace('"', "") + '"'
            return sql.Anonymous(this="json_extract", expressions=[column, sql.Literal.string(path)])
        if kind == "any":
            return sql.Anonymous(this="jsonb_extract_path", expressions=[column, sql.Literal.string(member)])
        text = sql.Anonymous(this="jsonb_extract_path_text", expressions=[column, sql.Literal.string(member)])
        held = {"number": "DOUBLE", "time": "BIGINT"}.get(kind)
        return sql.Cast(this=text, to=sql.DataType.build(held)) if held else text

    def _compiled(self, text: str, measure: str, *, number: bool = False) -> sql.Expression:
        place = f"{self.question.declared.key} {measure}"
        expression = parse(text, self.names, place=place, expect="number" if number else "boolean")
        return to_sql(expression, self.dialect, self._resolve)

    # -- measures

    def conditions(self, name: str, measure: Measure) -> tuple[sql.Expression, sql.Expression]:
        """Which rows count, and among which."""
        counts = self._compiled(measure.count, name)
        among = self._compiled(measure.of, name) if measure.of else counts.copy()
        if name in self.question.contested:
            among = _and(among, self._uncontested(name))
        return counts, among

    def columns(self, name: str, measure: Measure) -> Columns:
        """Add what the measure counts to the answer; equal counts are counted once."""
        counts, among = self.conditions(name, measure)
        if measure.of:
            both = _and(among.copy(), counts)
            return Columns(n=self._place(sql.Count(this=sql.Star()), both), of=self._count(among))
        if not measure.mean:
            return Columns(n=self._count(among))
        value = self._compiled(measure.mean, name, number=True)
        n = self._place(sql.Count(this=value), among)
        return Columns(n=n, sum=self._place(sql.Sum(this=value.copy()), among))

    def _count(self, condition: sql.Expression) -> int:
        return self._place(sql.Count(this=sql.Star()), condition)

    def _place(self, aggregate: sql.Expression, condition: sql.Expression) -> int:
        column = sql.Filter(this=aggregate, expression=sql.Where(this=condition.copy()))
        text = column.sql(dialect=self.dialect)
        if text not in self._at:
            self._at[text] = 3 + len(self.counts)
            self.counts.append(column)
        return self._at[text]

    def _uncontested(self, name: str) -> sql.Expression:
        adjusted = (
            sql.select(_column("j", "number"))
            .from_(_named(sql.table_(_ADJUSTED), "j"))
            .where(
                sql.EQ(this=_column("j", "scheme"), expression=sql.Literal.string(self.question.declared.key)),
                sql.EQ(this=_column("j", "measure"), expression=sql.Literal.string(name)),
                sql.LTE(this=_column("j", "id"), expression=sql.Literal.number(self.question.adjusted)),
            )
        )
        return sql.Not(this=sql.In(this=self.column("number"), query=sql.Subquery(this=adjusted)))

    # -- rows

    def select(self, shown: list[sql.Expression], *, group: bool) -> sql.Select:
        """``shown`` over the rows of the question."""
        conditions = self._rows()
        found = sql.select(*shown).where(*conditions)
        if group:
            found = found.group_by(self.key)
        if self.scheme.over == "case":
            return found.from_(self._cases())
        found = found.from_(_named(sql.table_(_ACTS), "a"))
        # Most schemes over acts read nothing of the case, and are spared a million look-ups.
        if not any(one.table == "f" for one in found.find_all(sql.Column)):
            return found
        return found.join(self._cases(), on=sql.EQ(this=_column("f", "number"), expression=_column("a", "number")))

    def _cases(self) -> sql.Expression:
        """The cases as they are, or as they were."""
        if self.question.seq is None:
            return _named(sql.table_(_CASES), "f")
        seq = sql.Literal.number(self.question.seq)
        columns = [*COLUMNS.values(), "acts", "answers", "lasts", "marks", "stages", "since"]
        some = [sql.column(sql.to_identifier(name, quoted=True)) for name in columns]
        known = sql.LTE(this=sql.column("since"), expression=seq)
        now = sql.select(*some).from_(_CASES).where(known)
        past = sql.select(*[one.copy() for one in some]).from_(_PAST)
        past = past.where(known.copy(), sql.GT(this=sql.column("until"), expression=seq.copy()))
        return _named(sql.Subquery(this=sql.union(now, past, distinct=False)), "f")

    def _rows(self) -> list[sql.Expression]:
        found = [_in(self.column("kind"), list(self.question.declared.kinds)), *self._bounds()]
        for name, value in self.question.filters.items():
            found.append(sql.EQ(this=_column("f", COLUMNS[name]), expression=sql.Literal.string(value)))
        if self.scheme.actions:
            found.append(_in(self.column("action"), self.scheme.actions))
        if self.scheme.over == "act" and self.question.seq is not None:
            seq = sql.Literal.number(self.question.seq)
            found.append(sql.LTE(this=_column("a", "since"), expression=seq))
        if self.scheme.rows:
            found.append(self._compiled(self.scheme.rows, "rows"))
        return found

    def _bounds(self) -> list[sql.Expression]:
        """Acts of the period; cases that were opened before its end and not over before its beginning."""
        start = sql.Literal.number(self.question.period.start)
        end = sql.Literal.number(self.question.period.end)
        if self.scheme.over == "act":
            at = self.column("at")
            return [sql.GTE(this=at, expression=start), sql.LT(this=at.copy(), expression=end)]
        opened, closed, due = self.column("openedAt"), self.column("closedAt"), self.column("dueAt")
        lasted = sql.or_(
            sql.Is(this=closed, expression=sql.Null()),
            sql.GTE(this=closed.copy(), expression=start),
            sql.GTE(this=due, expression=start.copy()),
        )
        return [sql.LT(this=opened, expression=end), sql.Paren(this=lasted)]


def _column(table: str, name: str) -> sql.Expression:
    """A column of one of the three tables."""
    return sql.column(sql.to_identifier(name, quoted=True), table=table)


def _named(source: sql.Expression, name: str) -> sql.Expression:
    return cast("sql.Expression", sql.alias_(source, name, table=True))


def _in(column: sql.Expression, some: list[str]) -> sql.Expression:
    return sql.In(this=column, expressions=[sql.Literal.string(one) for one in some])


def _and(one: sql.Expression, other: sql.Expression) -> sql.Expression:
    return cast("sql.Expression", sql.and_(one, other))
