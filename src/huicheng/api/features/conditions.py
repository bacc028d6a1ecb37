"""Conditions of parameters: properties that equal a value, and the time of ``datetime``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import cast

from sqlglot import expressions as sql

from huicheng.api.features.layer import Layer, Property
from huicheng.city import Instant, micros, parse_instant, rfc3339
from huicheng.errors import Invalid
from huicheng.expressions import moment, name, step

#: From when to when, both included; ``None`` is open.
Interval = tuple[Instant | None, Instant | None]
_OPEN = frozenset({"", ".."})
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
#: A day is Asia/Shanghai's, which has had no other offset since 1992.
_LOCAL = timezone(timedelta(hours=8))
_DAY = 86_400_000_000


def joined(kind: type[sql.Connector], parts: Sequence[sql.Expression]) -> sql.Expression:
    """All with AND or OR between them, balanced: a chain would be as deep as it is long."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = joined(kind, parts[:middle]), joined(kind, parts[middle:])
    return cast("sql.Expression", kind(this=left, expression=right))


def number_tree(value: float) -> sql.Expression:
    """A literal; a negative one is the minus of it."""
    plain = sql.Literal.number(repr(abs(value)))
    return sql.Neg(this=plain) if value < 0 else plain


def equal(held: Property, path: str, text: str) -> sql.Expression:
    """``property=value`` of a query string."""
    if held.kind in {"geometry", "json"}:
        raise Invalid(place=held.name, why="%(name)s has no single value to compare; use filter.", name=held.name)
    column = name(path)
    if held.kind == "boolean":
        if text not in {"true", "false"}:
            raise Invalid(place=held.name, why="%(name)s is true or false.", name=held.name)
        return sql.EQ(this=column, expression=sql.Boolean(this=text == "true"))
    if held.kind == "time":
        return sql.EQ(this=column, expression=moment(rfc3339(instant(text, held.name))))
    as_text = sql.EQ(this=column.copy(), expression=sql.Literal.string(_clean(text, held.name)))
    number = _number(text)
    if held.kind == "number":
        if number is None:
            raise Invalid(place=held.name, why="%(name)s is a number.", name=held.name)
        return sql.EQ(this=column, expression=number_tree(number))
    if held.kind == "any" and number is not None:
        return joined(sql.Or, [as_text, sql.EQ(this=column, expression=number_tree(number))])
    return as_text


def _clean(text: str, place: str) -> str:
    if "\0" in text:
        raise Invalid(place=place, why="A text holds the character NUL.")
    return text


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def instant(text: str, place: str) -> Instant:
    """RFC 3339 with a zone."""
    try:
        # In an unescaped query string the plus of a zone has become a blank.
        found = parse_instant(text.replace(" ", "+"), place=place)
        rfc3339(found)  # a zone may carry it out of the years 1 to 9999
    except OverflowError:
        raise Invalid(place=place, why="The time is out of range.") from None
    return found


def day(text: str, place: str) -> tuple[Instant, Instant]:
    """A whole day, to its last millisecond."""
    try:
        begins = micros(datetime.combine(date.fromisoformat(text), datetime.min.time(), _LOCAL))
    except (ValueError, OverflowError):
        raise Invalid(place=place, why="“%(text)s” is no date.", text=text[:40]) from None
    return begins, begins + _DAY - 1000


def moment_or_day(text: str, place: str) -> tuple[Instant, Instant]:
    """When it begins and when it ends."""
    return day(text, place) if _DATE.fullmatch(text) else (instant(text, place),) * 2


def interval(first: str, last: str, place: str) -> Interval:
    """From the beginning of the one to the end of the other; either may be open."""
    starts = None if first in _OPEN else moment_or_day(first, place)[0]
    ends = None if last in _OPEN else moment_or_day(last, place)[1]
    if starts is not None and ends is not None and starts > ends:
        raise Invalid(place=place, why="The interval ends before it begins.")
    return starts, ends


def interval_of(text: str) -> Interval:
    """``datetime``: a moment, a day, or ``start/end`` of which one may be open (17-069r4, 7.15.4)."""
    start, divided, end = text.partition("/")
    return interval(start, end, "datetime") if divided else moment_or_day(text, "datetime")


def held_in(layer: Layer, interval: Interval) -> sql.Expression:
    """Features that hold at some moment of an interval; without a time of their own they never do."""
    start, end = interval
    if layer.span is not None:
        return _spanned(layer.span, start, end)
    if not layer.observed:
        return sql.Boolean(this=False)
    return joined(sql.Or, [_within(f"{step(one)}.observedAt", start, end) for one in layer.observed])


def _spanned(span: tuple[str, str], start: Instant | None, end: Instant | None) -> sql.Expression:
    begins, ends = map(name, map(step, span))
    parts: list[sql.Expression] = [_known(begins)]
    if end is not None:
        parts.append(sql.LTE(this=begins.copy(), expression=_moment(end)))
    if start is not None:
        open_end = sql.Is(this=ends, expression=sql.Null())
        later = sql.GTE(this=ends.copy(), expression=_moment(start))
        parts.append(joined(sql.Or, [open_end, later]))
    return joined(sql.And, parts)


def _within(path: str, start: Instant | None, end: Instant | None) -> sql.Expression:
    column = name(path)
    parts: list[sql.Expression] = [_known(column)]
    if start is not None:
        parts.append(sql.GTE(this=column.copy(), expression=_moment(start)))
    if end is not None:
        parts.append(sql.LTE(this=column.copy(), expression=_moment(end)))
    return joined(sql.And, parts)


def _known(column: sql.Expression) -> sql.Expression:
    return sql.Not(this=sql.Is(this=column.copy(), expression=sql.Null()))


def _moment(at: Instant) -> sql.Expression:
    return moment(rfc3339(at))
