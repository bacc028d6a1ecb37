"""Calendar periods that a figure stands for, in local time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from huicheng.city import Instant, from_micros, micros

Kind = Literal["day", "month", "quarter", "year"]


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Half-open ``start <= t < end``."""

    #: ``2026-11-22``, ``2026-11``, ``2026-Q4`` or ``2026``.
    label: str
    start: Instant
    end: Instant
    first_day: date


def period_of(at: Instant, kind: Kind, zone: ZoneInfo) -> Period:
    """The period that holds an instant."""
    day = from_micros(at).astimezone(zone).date()
    label, first, after = _KINDS[kind](day)
    return Period(label=label, start=_midnight(first, zone), end=_midnight(after, zone), first_day=first)


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return micros(datetime.combine(day, time.min, tzinfo=zone))


#: Label, first day, first day of the next.
_Bounds = tuple[str, date, date]


def _day(day: date) -> _Bounds:
    return day.isoformat(), day, day + timedelta(days=1)


def _month(day: date) -> _Bounds:
    return f"{day:%Y-%m}", day.replace(day=1), _months_after(day.year, day.month, 1)


def _quarter(day: date) -> _Bounds:
    first = 3 * ((day.month - 1) // 3) + 1
    return f"{day.year}-Q{first // 3 + 1}", date(day.year, first, 1), _months_after(day.year, first, 3)


def _year(day: date) -> _Bounds:
    return str(day.year), date(day.year, 1, 1), date(day.year + 1, 1, 1)


def _months_after(year: int, month: int, months: int) -> date:
    years, index = divmod(month - 1 + months, 12)
    return date(year + years, index + 1, 1)


_KINDS: dict[Kind, Callable[[date], _Bounds]] = {"day": _day, "month": _month, "quarter": _quarter, "year": _year}
