"""First content of the editable tables, so that a new installation counts working days rightly."""

from __future__ import annotations

from datetime import date, time

from chinese_calendar.constants import Holiday, holidays, workdays

from huicheng.calendar.hours import WorkingHours

_SOURCE = "chinesecalendar，据国务院办公厅每年的放假通知 · chinesecalendar, after the State Council's yearly notices"


def seed_days() -> list[tuple[str, int, str, str]]:
    """Parameters of ``calendar.seed_day``: day, working, name, source."""
    off = [(day, 0, _named(name)) for day, name in holidays.items()]
    on = [(day, 1, _named(name)) for day, name in workdays.items()]
    return [(day.isoformat(), working, name, _SOURCE) for day, working, name in sorted(off + on)]


def seed_years() -> list[tuple[int, str]]:
    """Parameters of ``calendar.seed_year``: year, source. Only years whose arrangement is published."""
    years: set[int] = {day.year for day in holidays if isinstance(day, date)}
    return [(year, _SOURCE) for year in sorted(years)]


def seed_hours() -> tuple[str, str, str, int]:
    """Parameters of ``calendar.seed_hours``: a usual day, to be confirmed on the spot."""
    usual = ((time(8, 30), time(12)), (time(14), time(17, 30)))
    return WorkingHours(
        spans=usual, source="区本地参数，待确认 · local parameter, to be confirmed", verified=False
    ).row()


def _named(english: str) -> str:
    """The Chinese name of a holiday that chinesecalendar lists by its English one."""
    return str(Holiday(english).chinese)
