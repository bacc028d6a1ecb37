"""What a change of a limit would have done to cases that are closed: counted before it is made.

Each case is reckoned anew from its own opening, pauses and closing, by today's calendar. Extensions that officers
granted under the old limit are not added to the new one: whether they would have been asked for nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from huicheng.access import Guard
from huicheng.calendar import Calendar, Pause, Reckoning
from huicheng.cases.models import Case
from huicheng.cases.times import calendar, case_now
from huicheng.city import Instant
from huicheng.packs import ClockLimit

#: So many of the cases whose verdict changes are listed.
SHOWN = 200
_COLUMNS = ("number", "title", "clock_from", "closed_at", "pauses", "in_time")
_MINUTE = 60_000_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which closed cases, and the limit that they are held against."""

    kind: str
    category: str
    #: "" = whatever the condition.
    condition: str = ""
    limit: ClockLimit
    #: Days of closing, both included.
    first: date
    last: date


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """A case whose verdict changes."""

    number: str
    title: str
    opened_at: Instant
    closed_at: Instant
    #: Counted minutes that it took in the draft's measure.
    minutes: int
    #: It would have been in time; it was not, or the other way round.
    in_time: bool


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The figures: of ``cases``, so many in time as it was and as it would have been."""

    cases: int
    before: int
    after: int
    #: Late ones that would have been in time, and the other way round.
    better: int
    worse: int
    #: The first :data:`SHOWN` of them by number.
    turned: list[Turned]
    #: Counted minutes of the draft.
    total: int
    #: A day whose holidays are not known lies in the period.
    assumed: bool


def last_month(today: date) -> tuple[date, date]:
    """First and last day of the calendar month before."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def preview(asked: Asked, guard: Guard) -> Preview:
    """Hold the closed cases that the guard shows against the draft. ``Invalid`` for a limit that is none."""
    days = calendar()
    total = days.total(asked.limit)
    rows = list(_rows(asked, guard, days))
    reckoning = _reckoning(days, rows)
    verdicts = [(row, _counted(reckoning, row, asked.limit)) for row in rows]
    turned = [(row, took) for row, took in verdicts if (took <= total) != row["in_time"]]
    better = sum(took <= total for _, took in turned)
    return Preview(
        cases=len(rows),
        before=sum(bool(row["in_time"]) for row in rows),
        after=sum(took <= total for _, took in verdicts),
        better=better,
        worse=len(turned) - better,
        turned=[_turned(row, took, total) for row, took in turned[:SHOWN]],
        total=total // _MINUTE,
        assumed=bool(rows) and reckoning.assumed(min(r["clock_from"] for r in rows), max(r["closed_at"] for r in rows)),
    )


def _rows(asked: Asked, guard: Guard, days: Calendar) -> Iterator[dict[str, Any]]:
    """Closed ones of the period that had a verdict."""
    start, end = days.hours.midnight(asked.first), days.hours.midnight(asked.last + timedelta(days=1))
    rows = Case.objects.visible_to(guard).filter(
        kind=asked.kind, category=asked.category, closed_at__gte=start, closed_at__lt=end
    )
    if asked.condition:
        rows = rows.filter(condition=asked.condition)
    yield from rows.exclude(in_time=None).order_by("number").values(*_COLUMNS).iterator(chunk_size=5_000)


def _reckoning(days: Calendar, rows: Sequence[dict[str, Any]]) -> Reckoning:
    now = case_now()
    first = min((row["clock_from"] for row in rows), default=now)
    return Reckoning(days, first, max((row["closed_at"] for row in rows), default=now))


def _counted(reckoning: Reckoning, row: dict[str, Any], limit: ClockLimit) -> Instant:
    pauses = [Pause(start=start, end=end) for start, end in row["pauses"]]
    return reckoning.counted(row["clock_from"], row["closed_at"], limit.type, pauses)


def _turned(row: dict[str, Any], took: Instant, total: Instant) -> Turned:
    return Turned(
        number=row["number"],
        title=row["title"],
        opened_at=row["clock_from"],
        closed_at=row["closed_at"],
        minutes=took // _MINUTE,
        in_time=took <= total,
    )
