"""How stretches of time lie to one another (18-088, 9.3.3.5: comparisons, and the temporal functions of table 23).

A stretch holds its start and not its end; an instant is one that ends where it starts, and holds itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import expressions as sql

#: Start and end.
Span = tuple[sql.Expression, sql.Expression]


def _is(kind: type[sql.Binary], one: sql.Expression, other: sql.Expression) -> sql.Expression:
    return sql.Paren(this=kind(this=one.copy(), expression=other.copy()))


def _all(*conditions: sql.Expression) -> sql.Expression:
    return sql.Paren(this=sql.and_(*conditions))


def _any(*conditions: sql.Expression) -> sql.Expression:
    return sql.Paren(this=sql.or_(*conditions))


def _earlier(one: Span, other: Span) -> sql.Expression:
    """It has ended when the other starts."""
    return _all(_is(sql.LT, one[0], other[0]), _is(sql.LTE, one[1], other[0]))


def _both(kind: type[sql.Binary]) -> Callable[[Span, Span], sql.Expression]:
    return lambda one, other: _all(_is(kind, one[0], other[0]), _is(kind, one[1], other[1]))


def _differ(one: Span, other: Span) -> sql.Expression:
    return _any(_is(sql.NEQ, one[0], other[0]), _is(sql.NEQ, one[1], other[1]))


def _touch(one: Span, other: Span) -> sql.Expression:
    return _any(_is(sql.EQ, one[1], other[0]), _is(sql.EQ, one[0], other[1]))


def _inside(one: Span, other: Span) -> sql.Expression:
    ends = (_is(sql.GTE, one[0], other[0]), _is(sql.LTE, one[1], other[1]))
    return _all(*ends, _is(sql.LT, one[0], other[1]))


def _share(one: Span, other: Span) -> sql.Expression:
    """Some moment lies in both."""
    meet = _all(_is(sql.LT, one[0], other[1]), _is(sql.LT, other[0], one[1]))
    return _any(_is(sql.EQ, one[0], other[0]), meet)


#: Word → what it says of one stretch and another.
RELATIONS: Mapping[str, Callable[[Span, Span], sql.Expression]] = {
    "lt": _earlier,
    "before": _earlier,
    "gt": lambda one, other: _earlier(other, one),
    "after": lambda one, other: _earlier(other, one),
    "le": _both(sql.LTE),
    "ge": _both(sql.GTE),
    "eq": _both(sql.EQ),
    "ne": _differ,
    "meets": _touch,
    "during": _inside,
    "overlaps": _share,
    "starts": lambda one, other: _is(sql.EQ, one[0], other[0]),
    "finishes": lambda one, other: _is(sql.EQ, one[1], other[1]),
}
