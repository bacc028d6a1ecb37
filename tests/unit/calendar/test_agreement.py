"""Due time, elapsed time and explanation say the same, whatever was paused, extended or started anew (W4.1, N4)."""

from __future__ import annotations

from datetime import date, time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from huicheng.calendar import Calendar, Day, Days, Pause, WorkingHours
from huicheng.city import Instant, parse_instant
from huicheng.packs import ClockLimit

HOUR = 3_600_000_000
FIRST = parse_instant("2025-12-20T00:00:00+08:00")
HOURS = WorkingHours(spans=((time(8, 30), time(12)), (time(14), time(17, 30))))
#: A long holiday, a Saturday that is worked, and a year after it that is not known.
CALENDAR = Calendar(
    hours=HOURS,
    days=Days.of(
        [
            *(Day(day=date(2026, 2, day), working=False, name="春节") for day in range(15, 24)),
            Day(day=date(2026, 2, 28), working=True),
        ],
        [2025, 2026],
    ),
)

openings = st.integers(FIRST, FIRST + 400 * 24 * HOUR)
limits = st.one_of(
    st.builds(
        lambda value, kind: ClockLimit(value=value / 4, type=kind, source="t"),
        st.integers(1, 200),
        st.sampled_from(["urgent_hour", "work_hour"]),
    ),
    st.builds(
        lambda value, kind: ClockLimit(value=float(value), type=kind, source="t"),
        st.integers(1, 30),
        st.sampled_from(["work_day", "natural_day"]),
    ),
)
#: How long after the opening it began, and how long it lasted.
stretches = st.lists(st.tuples(st.integers(0, 300 * HOUR), st.integers(1, 200 * HOUR)), max_size=4)
shares = st.lists(st.integers(1, 200), min_size=1, max_size=5, unique=True).map(
    lambda some: [n / 100 for n in sorted(some)]
)


def paused(opened: Instant, after: list[tuple[int, int]]) -> list[Pause]:
    return [Pause(start=opened + start, end=opened + start + length) for start, length in after]


@settings(max_examples=60, deadline=None)
@given(openings, limits, stretches)
def test_nothing_is_left_at_the_due_time_and_something_before_it(
    opened: Instant, limit: ClockLimit, after: list[tuple[int, int]]
) -> None:
    pauses = paused(opened, after)
    due = CALENDAR.due(opened, limit, pauses).at
    assert due is not None
    assert CALENDAR.remaining(opened, due, limit, pauses) == 0
    assert CALENDAR.remaining(opened, due - 1, limit, pauses) == 1


@settings(max_examples=60, deadline=None)
@given(openings, limits, stretches, st.integers(1, 600 * HOUR))
def test_the_explanation_has_no_gap_and_its_sum_is_what_has_passed(
    opened: Instant, limit: ClockLimit, after: list[tuple[int, int]], length: int
) -> None:
    pauses, until = paused(opened, after), opened + length
    spans = CALENDAR.explain(opened, until, limit, pauses)
    assert (spans[0].start, spans[-1].end) == (opened, until)
    assert all(one.end == other.start for one, other in pairwise(spans))
    counted = sum(span.end - span.start for span in spans if span.counted)
    assert counted == CALENDAR.elapsed(opened, until, limit, pauses).counted


@settings(max_examples=60, deadline=None)
@given(openings, limits, stretches, shares)
def test_each_share_is_reached_when_that_much_has_passed(
    opened: Instant, limit: ClockLimit, after: list[tuple[int, int]], wanted: list[float]
) -> None:
    pauses, total = paused(opened, after), CALENDAR.total(limit)
    for share, reached in zip(wanted, CALENDAR.reached(opened, limit, wanted, pauses), strict=True):
        assert reached.at is not None
        assert CALENDAR.elapsed(opened, reached.at, limit, pauses).counted == round(total * share)


@settings(max_examples=60, deadline=None)
@given(openings, limits, stretches, st.integers(1, 20))
def test_an_extension_gives_exactly_its_own_time(
    opened: Instant, limit: ClockLimit, after: list[tuple[int, int]], more: int
) -> None:
    pauses = paused(opened, after)
    longer = ClockLimit(value=limit.value + more, type=limit.type, source="t")
    first, second = (CALENDAR.due(opened, one, pauses).at for one in (limit, longer))
    assert first is not None
    assert second is not None
    gained = CALENDAR.remaining(opened, first, longer, pauses)
    assert gained == CALENDAR.total(longer) - CALENDAR.total(limit)
    assert second > first


@settings(max_examples=60, deadline=None)
@given(openings, limits, st.integers(0, 100 * HOUR), st.integers(1, 100 * HOUR))
def test_a_pause_costs_nothing_and_moves_the_due_time_by_what_would_have_counted(
    opened: Instant, limit: ClockLimit, start: int, length: int
) -> None:
    pause = Pause(start=opened + start, end=opened + start + length)
    until = opened + start + length
    without = CALENDAR.elapsed(opened, until, limit).counted - CALENDAR.elapsed(opened, pause.start, limit).counted
    held = CALENDAR.remaining(opened, until, limit, [pause]) - CALENDAR.remaining(opened, until, limit)
    assert held == without


@settings(max_examples=60, deadline=None)
@given(openings, limits, st.integers(0, 300 * HOUR))
def test_a_clock_started_anew_is_a_clock_that_opened_then(opened: Instant, limit: ClockLimit, later: int) -> None:
    anew = opened + later
    ended = [Pause(start=opened, end=anew)]  # what was before is over
    assert CALENDAR.due(anew, limit, ended) == CALENDAR.due(anew, limit)
    due = CALENDAR.due(anew, limit).at
    assert due is not None
    assert due > anew
