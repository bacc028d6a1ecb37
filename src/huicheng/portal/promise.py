"""The promised date in plain words: by when, counted how, and what the clock does now."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from huicheng.cases.following import PublicCase
from huicheng.packs import ClockLimit
from huicheng.web.figures import figure


def promise_words(case: PublicCase) -> list[str]:
    """Sentences for somebody who has never heard of working hours."""
    return list(_sentences(case))


def _sentences(case: PublicCase) -> Iterator[str]:
    if case.closed_at is not None:
        if case.in_time is not None:
            yield _("It was settled within the promised time.") if case.in_time else _("It took longer than promised.")
        return
    yield _("It is promised within %(limit)s.") % {"limit": _limit(case.limit)}
    yield _COUNTED[case.limit.type]()
    if case.clock == "paused":
        yield _("The clock stands still at the moment; the date moves on until it runs again.")
    if case.assumed:
        yield _("The holidays of that time are not published yet, so the date may still move.")


def _limit(limit: ClockLimit) -> str:
    unit = {
        "urgent_hour": _("hours"),
        "work_hour": _("working hours"),
        "work_day": _("working days"),
        "natural_day": _("days"),
        "second": _("seconds"),
    }[limit.type]
    return f"{figure(limit.value)} {unit}"


_COUNTED = {
    "urgent_hour": lambda: _("It is urgent: nights, weekends and holidays count too."),
    "work_hour": lambda: _("Only working time counts: no nights, weekends or public holidays."),
    "work_day": lambda: _("The day of the report, weekends and public holidays do not count."),
    "second": lambda: _("It is urgent: nights, weekends and holidays count too."),
    "natural_day": lambda: _("Every day after that of the report counts, also weekends and holidays."),
}
