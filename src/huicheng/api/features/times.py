"""Moments and intervals of a filter, and how the time of a property stands to them (21-065r2, 7.11)."""

from __future__ import annotations

from typing import cast

import msgspec
from sqlglot import expressions as sql

from huicheng.api.features.conditions import day, instant, interval, joined
from huicheng.city import Instant, rfc3339
from huicheng.errors import Invalid
from huicheng.expressions import moment

_PLACE = "filter"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when; ``None`` is open. A moment begins and ends at once."""

    starts: Instant | None
    ends: Instant | None

    @property
    def begin(self) -> sql.Expression:
        """Its beginning as a value."""
        if self.starts is None:
            raise Invalid(place=_PLACE, why="An interval is no moment to compare with.")
        return moment(rfc3339(self.starts))

    @property
    def end(self) -> sql.Expression | None:
        """Its end as a value."""
        return None if self.ends is None else moment(rfc3339(self.ends))


def span(first: str, last: str | None = None) -> Span:
    """A moment, or an interval; ``..`` is an open end."""
    starts, ends = (instant(first, _PLACE),) * 2 if last is None else interval(first, last, _PLACE)
    return Span(starts=starts, ends=ends)


def whole_day(text: str) -> Span:
    """A date."""
    starts, ends = day(text, _PLACE)
    return Span(starts=starts, ends=ends)


# -- how the time of a property stands to a span; an open end is never passed


def before(column: sql.Expression, held: Span) -> sql.Expression:
    """T_BEFORE."""
    return _false() if held.starts is None else sql.LT(this=column, expression=held.begin)


def after(column: sql.Expression, held: Span) -> sql.Expression:
    """T_AFTER."""
    return _false() if held.end is None else sql.GT(this=column, expression=held.end)


def equals(column: sql.Expression, held: Span) -> sql.Expression:
    """T_EQUALS: an interval is never equal to a moment."""
    return sql.EQ(this=column, expression=held.begin) if held.starts == held.ends else _false()


def during(column: sql.Expression, held: Span) -> sql.Expression:
    """T_DURING: neither end belongs to it."""
    return _bounded(column, held, sql.GT, sql.LT)


def intersects(column: sql.Expression, held: Span) -> sql.Expression:
    """T_INTERSECTS: both ends belong to it."""
    return _bounded(column, held, sql.GTE, sql.LTE)


def _bounded(column: sql.Expression, held: Span, low: type[sql.Binary], high: type[sql.Binary]) -> sql.Expression:
    parts: list[sql.Expression] = [sql.Not(this=sql.Is(this=column, expression=sql.Null()))]
    if held.starts is not None:
        parts.append(cast("sql.Expression", low(this=column.copy(), expression=held.begin)))
    if held.end is not None:
        parts.append(cast("sql.Expression", high(this=column.copy(), expression=held.end)))
    return joined(sql.And, parts)


def _false() -> sql.Expression:
    return sql.Boolean(this=False)
