"""Working time and the case clock: when something is due, and why.

Values only: the tables behind them are kept by ``stores`` (``calendar.sql``, ``clock.sql``) and
read with :meth:`Calendar.from_rows` and :meth:`CaseClock.from_row`. See docs/reference/calendar.md.
"""

from huicheng.calendar.calendar import Calendar, Due, Elapsed, LimitType, Pause
from huicheng.calendar.clock import CaseClock
from huicheng.calendar.days import Day, DayKind, Days
from huicheng.calendar.hours import WorkingHours
from huicheng.calendar.reckoning import Reckoning
from huicheng.calendar.seed import seed_days, seed_hours, seed_years
from huicheng.calendar.spans import Reason, Span

__all__ = [
    "Calendar",
    "CaseClock",
    "Day",
    "DayKind",
    "Days",
    "Due",
    "Elapsed",
    "LimitType",
    "Pause",
    "Reason",
    "Reckoning",
    "Span",
    "WorkingHours",
    "seed_days",
    "seed_hours",
    "seed_years",
]
