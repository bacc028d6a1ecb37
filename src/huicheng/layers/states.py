"""The states of a layer as one expression: its conditions in order, with the limits of each reading's day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import cast

import sqlglot
from sqlglot import expressions as sql

from huicheng.city import micros, rfc3339
from huicheng.expressions import Expression, Points, Type, from_tree, moment, name
from huicheng.packs import AttributeType, Layer, Limit, Pack
from huicheng.rules import standing

#: State → its number in columns: the worse, the greater.
CODES = {"unknown": 0, "normal": 1, "notice": 2, "warning": 3, "severe": 4, "extreme": 5}
#: Name under which the expression reads when the figure was observed.
OBSERVED = "@observed"
#: Days of limits are local ones; Asia/Shanghai has had no other offset since 1992.
LOCAL = timezone(timedelta(hours=8))

_TYPES: dict[str, Type] = {"number": "number", "text": "text", "boolean": "boolean", "time": "time"}


def type_of(kind: str) -> Type:
    """The type that a declared kind of attribute has in expressions; a reference is a text."""
    return _TYPES.get(kind, "text" if kind == "reference" else "any")


def state_expression(pack: Pack, layer: Layer, declared: Mapping[str, AttributeType], today: date) -> Expression:
    """A number of :data:`CODES` over the names of the entity and :data:`OBSERVED`; first true wins."""
    limits = _limits(pack, layer, today)
    ifs = [
        sql.If(this=_with_limits(text, limits), true=sql.Literal.number(CODES[state]))
        for state, text in layer.states.items()
    ]
    otherwise = sql.Literal.number(CODES["unknown"])
    tree: sql.Expression = sql.Case(ifs=ifs, default=otherwise) if ifs else otherwise
    names: dict[str, Type] = {key: type_of(one.kind) for key, one in declared.items()}
    place = f"{pack.id}/screens.yaml: {layer.entity_type}"
    return from_tree(tree, {**names, OBSERVED: "time"}, place=place, expect="number", tables=tables_of(pack, layer))


def tables_of(pack: Pack, layer: Layer) -> list[str]:
    """Names of the break-point tables that the states may read."""
    return [key for rule in layer.rules for key in pack.rules[rule].tables]


def points_of(pack: Pack, layer: Layer, today: date) -> dict[str, Points]:
    """Those tables as they stand on a day; one that is not known then is left out, and what reads it is unknown."""
    return {
        table.name: table.row.points
        for one in standing([pack], today)
        if one.id.partition("/")[2] in layer.rules
        for table in one.tables
        if table.row is not None
    }


def _limits(pack: Pack, layer: Layer, today: date) -> dict[str, sql.Expression]:
    """Limit → its value on the day of the reading; of things without a reading, today's."""
    rows = {key: rows for rule in layer.rules for key, rows in pack.rules[rule].limits.items()}
    observed = sql.Coalesce(this=name(OBSERVED), expressions=[_begin(today)])
    return {key: _on_the_day(held, observed) for key, held in rows.items()}


def _on_the_day(rows: Sequence[Limit], observed: sql.Expression) -> sql.Expression:
    """Of the rows that have begun the one that began last, if it has not ended: as ``rules.limits`` says."""
    latest = sorted(rows, key=lambda row: row.valid_from, reverse=True)
    ifs = [
        sql.If(this=sql.GTE(this=observed.copy(), expression=_begin(row.valid_from)), true=_value(row, observed))
        for row in latest
    ]
    return sql.Case(ifs=ifs, default=sql.Null())


def _value(row: Limit, observed: sql.Expression) -> sql.Expression:
    value: sql.Expression = sql.Null() if row.value is None else cast("sql.Expression", sql.convert(row.value))
    if row.valid_until is None or row.value is None:
        return value
    holds = sql.LT(this=observed.copy(), expression=_begin(row.valid_until))
    return sql.Case(ifs=[sql.If(this=holds, true=value)], default=sql.Null())


def _begin(day: date) -> sql.Expression:
    return moment(rfc3339(micros(datetime.combine(day, datetime.min.time(), LOCAL))))


def _with_limits(text: str, limits: Mapping[str, sql.Expression]) -> sql.Expression:
    def put(node: sql.Expression) -> sql.Expression:
        known = limits.get(node.name) if isinstance(node, sql.Column) else None
        return node if known is None else known.copy()

    # Parsed, checked and bounded when the pack was read; checked again as a whole by from_tree.
    return cast("sql.Expression", sqlglot.parse_one(text)).transform(put)
