"""When limits are due, and why (W4.1, N4)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huicheng.calendar import Calendar, Day, Days, Pause, Reason, WorkingHours, seed_days, seed_hours, seed_years
from huicheng.city import Instant, from_micros, micros
from huicheng.errors import Invalid
from huicheng.packs import ClockLimit

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000_000
HOURS = WorkingHours(spans=((time(8, 30), time(12)), (time(14), time(17, 30))))


def seeded() -> Calendar:
    spans, zone, source, verified = seed_hours()
    return Calendar.from_rows(
        {"spans": spans, "zone": zone, "source": source, "verified": verified},
        [dict(zip(("day", "working", "name", "source"), row, strict=True)) for row in seed_days()],
        [dict(zip(("year", "source"), row, strict=True)) for row in seed_years()],
    )


CALENDAR = seeded()


def at(text: str) -> Instant:
    return micros(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def limit(value: float, type: str) -> ClockLimit:
    return ClockLimit(value=value, type=type, source="test")  # type: ignore[arg-type]  # the table gives it as text


def due(opened: str, value: float, type: str, pauses: tuple[Pause, ...] = ()) -> str:
    moment = CALENDAR.due(at(opened), limit(value, type), pauses)
    assert moment.at is not None
    return from_micros(moment.at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("opened", "value", "type", "expected"),
    [
        # Monday 2026-11-23.
        ("2026-11-23 09:00", 2, "work_hour", "2026-11-23 11:00"),
        ("2026-11-23 11:00", 2, "work_hour", "2026-11-23 15:00"),  # over lunch
        ("2026-11-23 17:00", 4, "work_hour", "2026-11-24 12:00"),  # overnight
        ("2026-11-21 10:00", 1, "work_hour", "2026-11-23 09:30"),  # a Saturday
        ("2026-11-23 23:30", 2, "urgent_hour", "2026-11-24 01:30"),
        ("2026-11-23 09:00", 1, "work_day", "2026-11-24 17:30"),
        ("2026-11-23 00:00", 1, "work_day", "2026-11-24 17:30"),
        ("2026-11-20 16:00", 2, "work_day", "2026-11-24 17:30"),  # over a weekend
        ("2026-11-23 09:00", 1, "natural_day", "2026-11-25 00:00"),
        # National Day 2026: 1 to 7 October off, Saturday 10 October worked instead.
        ("2026-09-30 17:00", 1, "work_hour", "2026-10-08 09:00"),
        ("2026-10-09 09:00", 1, "work_day", "2026-10-10 17:30"),
        # Spring Festival 2013, in a replay: 9 to 15 February off, 16 and 17 worked.
        ("2013-02-08 17:00", 1, "work_hour", "2013-02-16 09:00"),
    ],
)
def test_a_limit_is_due_when_the_last_of_it_has_passed(opened: str, value: float, type: str, expected: str) -> None:
    assert due(opened, value, type) == expected


def test_half_an_hour_of_pause_moves_a_due_time_by_half_an_hour() -> None:
    pause = Pause(start=at("2026-11-23 09:30"), end=at("2026-11-23 10:00"))
    assert due("2026-11-23 09:00", 2, "work_hour", (pause,)) == "2026-11-23 11:30"


def test_a_pause_outside_working_hours_moves_nothing() -> None:
    pause = Pause(start=at("2026-11-23 18:00"), end=at("2026-11-24 07:00"))
    assert due("2026-11-23 17:00", 1, "work_hour", (pause,)) == "2026-11-24 09:00"


def test_pauses_that_overlap_count_once() -> None:
    pauses = (
        Pause(start=at("2026-11-23 09:30"), end=at("2026-11-23 10:00")),
        Pause(start=at("2026-11-23 09:45"), end=at("2026-11-23 10:15")),
    )
    assert due("2026-11-23 09:00", 2, "work_hour", pauses) == "2026-11-23 11:45"


def test_nothing_is_due_while_the_clock_is_paused() -> None:
    held = CALENDAR.due(at("2026-11-23 09:00"), limit(2, "work_hour"), [Pause(start=at("2026-11-23 10:00"))])
    assert held.at is None


def test_what_was_due_before_the_pause_began_stays_due() -> None:
    moment = CALENDAR.due(at("2026-11-23 09:00"), limit(1, "work_hour"), [Pause(start=at("2026-11-23 11:00"))])
    assert moment.at == at("2026-11-23 10:00")


def test_days_after_the_end_of_the_table_are_assumed_and_every_result_says_so() -> None:
    known = CALENDAR.due(at("2026-12-30 09:00"), limit(1, "work_day"))
    beyond = CALENDAR.due(at("2026-12-30 09:00"), limit(5, "work_day"))
    assert not known.assumed
    assert beyond.assumed
    assert CALENDAR.elapsed(at("2026-12-30 09:00"), at("2027-01-06 09:00"), limit(5, "work_day")).assumed


def test_round_the_clock_limits_need_no_holidays_so_they_assume_nothing() -> None:
    assert not CALENDAR.due(at("2027-02-01 09:00"), limit(24, "urgent_hour")).assumed
    assert not CALENDAR.due(at("2027-02-01 09:00"), limit(3, "natural_day")).assumed


def test_the_table_warns_a_quarter_before_it_ends() -> None:
    assert CALENDAR.days.known_until(date(2026, 11, 22)) == date(2026, 12, 31)
    assert CALENDAR.days.ends_soon(date(2026, 11, 22))
    assert not CALENDAR.days.ends_soon(date(2026, 6, 1))
    assert CALENDAR.days.ends_soon(date(2027, 3, 1))


def test_a_day_entered_by_hand_counts_at_once() -> None:
    days = Days.of([Day(day=date(2027, 2, 8), working=False, name="春节")], [2027])
    calendar = Calendar(hours=HOURS, days=days)
    moment = calendar.due(at("2027-02-05 09:00"), limit(1, "work_day"))  # a Friday; Monday is off
    assert moment.at == at("2027-02-09 17:30")
    assert not moment.assumed


def test_every_minute_is_explained() -> None:
    spans = CALENDAR.explain(at("2026-09-30 17:00"), at("2026-10-08 09:00"), limit(4, "work_hour"))
    assert [(span.counted, span.reason, span.name) for span in spans] == [
        (True, Reason.COUNTED, ""),
        (False, Reason.OFF_HOURS, ""),
        (False, Reason.HOLIDAY, "国庆节"),
        (False, Reason.OFF_HOURS, ""),
        (True, Reason.COUNTED, ""),
    ]
    assert spans[0].start == at("2026-09-30 17:00")
    assert spans[-1].end == at("2026-10-08 09:00")


def test_a_pause_is_explained_as_a_pause() -> None:
    pause = Pause(start=at("2026-11-23 09:30"), end=at("2026-11-23 10:00"))
    spans = CALENDAR.explain(at("2026-11-23 09:00"), at("2026-11-23 11:00"), limit(4, "work_hour"), [pause])
    assert [span.reason for span in spans] == [Reason.COUNTED, Reason.PAUSED, Reason.COUNTED]


@pytest.mark.parametrize(
    ("value", "type"), [(0, "work_hour"), (-1, "work_day"), (1.5, "work_day"), (0.5, "natural_day")]
)
def test_limits_that_mean_nothing_are_refused(value: float, type: str) -> None:
    with pytest.raises(Invalid):
        CALENDAR.due(at("2026-11-23 09:00"), limit(value, type))


def test_working_hours_that_cross_are_refused() -> None:
    with pytest.raises(Invalid):
        WorkingHours(spans=((time(8), time(12)), (time(11), time(17))))


def test_working_hours_survive_their_table() -> None:
    spans, zone, source, verified = HOURS.row()
    row = {"spans": spans, "zone": zone, "source": source, "verified": verified}
    assert WorkingHours.from_row(row) == HOURS


openings = st.datetimes(datetime(2013, 1, 1), datetime(2027, 6, 1), timezones=st.just(SHANGHAI)).map(micros)  # noqa: DTZ001 - the zone is given beside
limits = st.one_of(
    st.integers(1, 400).map(lambda n: limit(n / 4, "work_hour")),
    st.integers(1, 400).map(lambda n: limit(n / 4, "urgent_hour")),
    st.integers(1, 40).map(lambda n: limit(n, "work_day")),
    st.integers(1, 40).map(lambda n: limit(n, "natural_day")),
)


@st.composite
def pauses_after(draw: st.DrawFn, opened: Instant) -> list[Pause]:
    starts = draw(st.lists(st.integers(0, 30 * 1440), max_size=3))
    lengths = draw(st.lists(st.integers(1, 5 * 1440), min_size=len(starts), max_size=len(starts)))
    pairs = zip(starts, lengths, strict=True)
    return [Pause(start=opened + s * MINUTE, end=opened + (s + n) * MINUTE) for s, n in pairs]


@given(opened=openings, wanted=limits, data=st.data())
def test_what_has_elapsed_at_the_due_time_is_the_limit(
    opened: Instant, wanted: ClockLimit, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_after(opened))
    moment = CALENDAR.due(opened, wanted, pauses).at
    assert moment is not None
    assert CALENDAR.remaining(opened, moment, wanted, pauses) == 0
    assert CALENDAR.remaining(opened, moment - 1, wanted, pauses) == 1


@given(opened=openings, wanted=limits, minutes=st.lists(st.integers(0, 90 * 1440), min_size=2, max_size=2))
def test_time_that_has_elapsed_never_shrinks(opened: Instant, wanted: ClockLimit, minutes: list[int]) -> None:
    early, late = (opened + m * MINUTE for m in sorted(minutes))
    first, then = (CALENDAR.elapsed(opened, until, wanted).counted for until in (early, late))
    assert 0 <= first <= then


@given(opened=openings, wanted=limits, data=st.data())
def test_a_pause_never_brings_the_due_time_forward(opened: Instant, wanted: ClockLimit, data: st.DataObject) -> None:
    pauses = data.draw(pauses_after(opened))
    plain, moved = CALENDAR.due(opened, wanted).at, CALENDAR.due(opened, wanted, pauses).at
    assert plain is not None
    assert moved is not None
    assert moved >= plain


@given(opened=openings, wanted=limits, hours=st.integers(1, 24 * 40))
def test_an_explanation_has_no_gap_and_adds_up(opened: Instant, wanted: ClockLimit, hours: int) -> None:
    until = opened + hours * 60 * MINUTE
    spans = CALENDAR.explain(opened, until, wanted)
    edges = [opened, *(span.end for span in spans)]
    assert [span.start for span in spans] == edges[:-1]
    assert edges[-1] == until
    counted = sum(span.end - span.start for span in spans if span.counted)
    assert counted == CALENDAR.elapsed(opened, until, wanted).counted


@given(opened=openings, n=st.integers(1, 20))
def test_a_working_day_limit_ends_at_closing_time_on_a_working_day(opened: Instant, n: int) -> None:
    moment = CALENDAR.due(opened, limit(n, "work_day")).at
    assert moment is not None
    local = from_micros(moment).astimezone(SHANGHAI)
    assert local.time() == time(17, 30)
    opening_day = from_micros(opened).astimezone(SHANGHAI).date()
    days = (opening_day + timedelta(days=i) for i in range(1, (local.date() - opening_day).days + 1))
    assert sum(CALENDAR.days.works(day) for day in days) == n
