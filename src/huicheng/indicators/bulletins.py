"""The month's tables for a bulletin, and the bulletins that were issued: content is fixed when it is issued."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from huicheng.city import Instant
from huicheng.errors import Invalid, NotFound
from huicheng.indicators.declared import schemes
from huicheng.indicators.evaluation import Counted, count, formulas_digest, keep, newest, opened, question_of
from huicheng.indicators.models import Bulletin, EvaluationRun
from huicheng.indicators.periods import Period, period_of
from huicheng.indicators.spans import before, span, year_before

#: Rows about one person each are for leaders and that person, and stand in no bulletin.
_PERSONS = frozenset({"person", "collector"})


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One table of a month with those that it is compared with; ``None``: nothing was counted then."""

    now: Counted
    before: Counted | None
    year: Counted | None


def month_of(label: str, now: Instant, zone: ZoneInfo) -> Period:
    """A month that is over; ``Invalid`` for any other label."""
    month = span(label, now, zone)
    if month != period_of(month.start, "month", zone):
        raise Invalid(place="month", why="A bulletin is about a month that is over, such as 2026-10.")
    return month


def tables_of(month: Period, now: Instant, zone: ZoneInfo) -> list[Compared]:
    """The table of every scheme that stands in bulletins and has rows in that month, kept as runs."""
    found = []
    for key, declared in schemes().items():
        scheme = declared.scheme
        if not scheme.bulletin or scheme.subject in _PERSONS or scheme.valid_from > month.first_day:
            continue
        table = _kept(key, month, now)
        if table is not None:
            earlier, year = _kept(key, before(month, zone), now), _kept(key, year_before(month, zone), now)
            found.append(Compared(now=table, before=earlier, year=year))
    return found


def _kept(key: str, period: Period, now: Instant) -> Counted | None:
    """The newest run by today's formulas, counted now where there is none; ``None`` where nothing happened."""
    run = newest(key, period)
    question = question_of(key, period)
    if run is not None and run.formulas_id == formulas_digest(question.declared.scheme):
        return opened(run)
    counted = count(question, now)
    return opened(keep(counted, "bulletin")) if counted.table.rows else None


def issue(
    month: str, tables: Sequence[Compared], content: Callable[[int], Mapping[str, Any]], *, by: str, at: Instant
) -> Bulletin:
    """The next issue for the month, with its number in ``content``; the last one where nothing in it has changed."""
    runs = [one.now.id for one in tables]
    earlier = {one.now.id: [one.before.id if one.before else "", one.year.id if one.year else ""] for one in tables}
    with transaction.atomic():
        last = Bulletin.objects.filter(month=month).first()
        if last is not None and (last.runs, last.earlier) == (runs, earlier):
            return last
        number = last.issue + 1 if last else 1
        return Bulletin.objects.create(
            month=month, issue=number, runs=runs, earlier=earlier, content=content(number), made_at=at, made_by=by
        )


def bulletin(month: str, number: int | None = None) -> Bulletin:
    """One issue, or the newest of the month; ``NotFound``."""
    held = Bulletin.objects.filter(month=month)
    found = held.filter(issue=number).first() if number else held.first()
    if found is None:
        raise NotFound(what="bulletin", key=month if number is None else f"{month}-{number}")
    return found


def bulletins() -> list[Bulletin]:
    """All of them, newest first."""
    return list(Bulletin.objects.all())


def runs_of(found: Bulletin) -> list[EvaluationRun]:
    """The runs that it is made of, in its order."""
    held = EvaluationRun.objects.in_bulk(found.runs)
    return [held[one] for one in found.runs if one in held]
