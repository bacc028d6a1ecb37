"""One version of an indicator's formula, checked, and bound to a period."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import msgspec
from sqlglot import expressions as sql

from huicheng.expressions import Expression, OpenNames, Type, parse
from huicheng.indicators.periods import Period
from huicheng.packs import Indicator, IndicatorVersion

#: Names that a formula may read beside the attributes of its rows.
PERIOD_NAMES: dict[str, Type] = {"period_start": "time", "period_end": "time"}

_CENT = Decimal("0.01")


class Formula(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows belong to the period, and which of them count."""

    version: int
    denominator: Expression
    numerator: Expression


def version_on(indicator: Indicator, day: date) -> IndicatorVersion | None:
    """The newest version that held on a day; ``None`` before the first."""
    held = [version for version in indicator.versions if version.valid_from <= day]
    return max(held, key=lambda version: (version.valid_from, version.version), default=None)


def formula(version: IndicatorVersion, period: Period, *, place: str = "") -> Formula:
    """The version's formula for one period. ``ExpressionError`` with its place."""
    names = OpenNames(PERIOD_NAMES)
    denominator = parse(version.denominator, names, place=place, expect="boolean")
    numerator = parse(version.numerator, names, place=place, expect="boolean")
    return Formula(
        version=version.version, denominator=_bound(denominator, period), numerator=_bound(numerator, period)
    )


def _bound(expression: Expression, period: Period) -> Expression:
    """The same with the period's instants in place of their names."""
    instants = {"period_start": period.start, "period_end": period.end}

    def put(node: sql.Expression) -> sql.Expression:
        if isinstance(node, sql.Column) and node.name in instants:
            return sql.Cast(this=sql.Literal.number(instants[node.name]), to=sql.DataType.build("BIGINT"))
        return node

    return Expression(
        text=expression.text,
        tree=expression.tree.transform(put),
        names=expression.names - set(instants),
        type=expression.type,
    )


def rate(numerator: int, denominator: int) -> Decimal | None:
    """Per cent with two decimals, half away from zero; of nothing there is no rate."""
    if not denominator:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(_CENT, rounding=ROUND_HALF_UP)
