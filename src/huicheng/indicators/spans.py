"""Any stretch of days that a table may stand for, and the ones that it is compared with (环比, 同比)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from huicheng.city import Instant, from_micros, micros
from huicheng.errors import Invalid
from huicheng.indicators.periods import Kind, Period, period_of

LAST_DAYS = "last-30-days"
_DAYS = 30
_LABELS: dict[Kind, re.Pattern[str]] = {
    "day": re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "year": re.compile(r"(\d{4})"),
}
#: Longer stretches are refused: a table over them would say nothing.
_LONGEST = timedelta(days=3660)
_MINUTE = 60_000_000


def span(label: str, now: Instant, zone: ZoneInfo) -> Period:
    """The period of a label; ``Invalid`` where it is none. One that still runs ends now, to the minute.

    Labels: ``2026-11``, ``2026-Q4``, ``2026``, ``2026-11-22``, ``last-30-days``, or two days joined by ``/``.
    """
    return until(_whole(label, now, zone), now)


def until(period: Period, now: Instant) -> Period:
    """The same, not longer than up to now."""
    end = min(period.end, max(now - now % _MINUTE, period.start))
    return Period(label=period.label, start=period.start, end=end, first_day=period.first_day)


def _whole(label: str, now: Instant, zone: ZoneInfo) -> Period:
    if label == LAST_DAYS:
        today = from_micros(now).astimezone(zone).date()
        return _days(label, today - timedelta(days=_DAYS - 1), today, zone)
    first, joined, last = label.partition("/")
    if joined:
        return _days(label, _day(first), _day(last), zone)
    for kind, pattern in _LABELS.items():
        found = pattern.fullmatch(label)
        if found:
            return period_of(_within(kind, [int(part) for part in found.groups()], zone), kind, zone)
    raise Invalid(
        place="period", why="“%(label)s” is not a period; write 2026-11, 2026-Q4, 2026 or two days.", label=label
    )


def _within(kind: Kind, parts: list[int], zone: ZoneInfo) -> Instant:
    year, *rest = parts
    month = (rest[0] - 1) * 3 + 1 if kind == "quarter" else (rest[0] if rest else 1)
    try:
        day = date(year, month, rest[1] if len(rest) > 1 else 1)
    except ValueError:
        raise Invalid(place="period", why="There is no such day.") from None
    return _midnight(day, zone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(place="period", why="“%(text)s” is not a day; write it as 2026-11-22.", text=text) from None


def _days(label: str, first: date, last: date, zone: ZoneInfo) -> Period:
    if last < first or last - first > _LONGEST:
        raise Invalid(place="period", why="The last day comes before the first, or more than ten years after it.")
    after = last + timedelta(days=1)
    return Period(label=label, start=_midnight(first, zone), end=_midnight(after, zone), first_day=first)


def before(period: Period, zone: ZoneInfo) -> Period:
    """The stretch just before it (环比): the month before a month, else as many days.

    One that still runs is compared with as much of the earlier one.
    """
    kind = _kind(period)
    if kind is not None:
        return _as_far(period_of(period.start - 1, kind, zone), period, period_of(period.start, kind, zone))
    first, last = _ends(period, zone)
    length = last - first + timedelta(days=1)
    return _as_far(_named(first - length, first - timedelta(days=1), zone), period, _named(first, last, zone))


def year_before(period: Period, zone: ZoneInfo) -> Period:
    """The same stretch of the year before (同比)."""
    kind = _kind(period)
    if kind is not None:
        earlier = period_of(_midnight(_a_year_less(period.first_day), zone), kind, zone)
        return _as_far(earlier, period, period_of(period.start, kind, zone))
    first, last = _ends(period, zone)
    earlier = _named(_a_year_less(first), _a_year_less(last), zone)
    return _as_far(earlier, period, _named(first, last, zone))


def _kind(period: Period) -> Kind | None:
    return next((kind for kind, pattern in _LABELS.items() if pattern.fullmatch(period.label)), None)


def _as_far(earlier: Period, period: Period, whole: Period) -> Period:
    if period.end >= whole.end:
        return earlier
    end = min(earlier.end, earlier.start + period.end - period.start)
    return Period(label=earlier.label, start=earlier.start, end=end, first_day=earlier.first_day)


def month_before(now: Instant, zone: ZoneInfo) -> Period:
    """The last month that is over."""
    return period_of(period_of(now, "month", zone).start - 1, "month", zone)


def _named(first: date, last: date, zone: ZoneInfo) -> Period:
    return _days(f"{first.isoformat()}/{last.isoformat()}", first, last, zone)


def _ends(period: Period, zone: ZoneInfo) -> tuple[date, date]:
    return period.first_day, from_micros(max(period.end - 1, period.start)).astimezone(zone).date()


def _a_year_less(day: date) -> date:
    # 29 February has no day of its own in the year before.
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return micros(datetime.combine(day, time.min, tzinfo=zone))
