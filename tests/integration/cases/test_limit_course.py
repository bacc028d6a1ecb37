"""Every reading of a clock is explained: pauses, extensions and restarts included (N4, W4.1)."""

from __future__ import annotations

from people import HOUR, MONDAY
from works import Works

from huicheng.calendar import Reason
from huicheng.cases.limit_course import limit_course
from huicheng.cases.models import Case
from huicheng.cases.reading import clock_of

DAY = 24 * HOUR


def told(case: Case) -> list[tuple[str, float | None]]:
    return [(step.kind, step.amount) for step in limit_course(case)]


def test_limit_and_extensions_add_up_to_what_the_clock_says(works: Works) -> None:
    case = works.act(works.sent(), "extend", more=2, ground="x")
    case = works.act(case, "extend", more=1.5, ground="x")
    assert told(case) == [("set", 8), ("extended", 2), ("extended", 1.5)]
    assert clock_of(case).total == 11.5 * 60


def test_another_category_takes_earlier_extensions_away(works: Works) -> None:
    case = works.act(works.sent(), "extend", more=2, ground="x")
    case = works.act(case, "class", category="lamp")
    case = works.act(case, "extend", more=1, ground="x")
    assert told(case) == [("set", None), ("extended", 2), ("set", 3), ("extended", 1)]


def test_a_restart_is_a_step_and_the_time_before_it_does_not_count(works: Works) -> None:
    case = works.act(works.closed(MONDAY + HOUR), "reopen", MONDAY + DAY)
    works.town.set_clock(MONDAY + DAY + HOUR)
    assert told(case) == [("set", 8), ("restarted", None)]
    clock = clock_of(case)
    assert [span.reason for span in clock.spans] == [Reason.RESTARTED, Reason.COUNTED]
    assert (clock.spans[0].start, clock.spans[0].end, clock.spans[1].start) == (
        case.opened_at,
        case.clock_from,
        case.clock_from,
    )
    assert clock.remaining in {7 * 60, 7 * 60 - 1}
