"""Days and hours are those of the local calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from huicheng.city import micros
from huicheng.errors import Invalid
from huicheng.rules.duration import DAY, HOUR, duration
from huicheng.rules.periods import Period, local_days, period_at, period_starts
from huicheng.rules.schedule import GRACE, Waiting

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(*moment: int) -> int:
    return micros(datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type, misc]  # year to second


def test_a_day_in_shanghai_begins_at_sixteen_hours_utc() -> None:
    assert period_at(at(2013, 3, 1, 15, 59), "day", SHANGHAI) == Period(at(2013, 2, 28, 16), at(2013, 3, 1, 16))
    assert period_at(at(2013, 3, 1, 16), "day", SHANGHAI).start == at(2013, 3, 1, 16)


def test_an_hour_follows_a_zone_with_an_offset_of_half_an_hour() -> None:
    start = period_at(at(2013, 3, 1, 0, 10), "hour", ZoneInfo("Asia/Kolkata")).start
    assert start == at(2013, 2, 28, 23, 30)


def test_a_day_on_which_clocks_change_has_its_own_length() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    short = period_at(at(2013, 3, 31, 12), "day", berlin)
    assert short.end - short.start == 23 * HOUR
    found = period_starts(np.array([at(2013, 3, 30, 23, 30), at(2013, 3, 31, 21, 59)]), "day", berlin)
    assert found.tolist() == [short.start, short.start]


def test_many_instants_find_the_same_periods_as_each_alone() -> None:
    instants = np.arange(at(2013, 3, 1), at(2013, 3, 9), 7 * HOUR)
    alone = [period_at(int(one), "day", SHANGHAI).start for one in instants]
    assert period_starts(instants, "day", SHANGHAI).tolist() == alone
    assert local_days(np.array([at(1970, 1, 1, 16)]), SHANGHAI).tolist() == [1]


@pytest.mark.parametrize(("text", "expected"), [("PT3H", 3 * HOUR), ("P2D", 2 * DAY), ("P1DT30M", DAY + HOUR // 2)])
def test_durations_have_a_fixed_length(text: str, expected: int) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["P1M", "PT", "P", "3H", "P1Y", ""])
def test_a_duration_without_fixed_length_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        duration(text)


def waiting(*instants: int, received: int | None = None) -> Waiting:
    heard = list(instants) if received is None else [received] * len(instants)
    return Waiting().with_observations(instants, starts(*instants), heard)[0]


def starts(*instants: int) -> list[int]:
    return [period_at(instant, "day", SHANGHAI).start for instant in instants]


def test_a_day_is_due_when_its_entity_has_reported_from_beyond_it() -> None:
    first = period_at(at(2013, 3, 1), "day", SHANGHAI)
    assert waiting(first.start, first.end).due("day", SHANGHAI) == []
    assert waiting(first.start, first.end + GRACE).due("day", SHANGHAI) == [first]


def test_a_day_of_a_silent_entity_is_due_by_the_clock() -> None:
    first = period_at(at(2013, 3, 1), "day", SHANGHAI)
    one = waiting(first.start + 23 * HOUR, received=first.start + 23 * HOUR + 1)
    due_at = one.due_at("day", SHANGHAI)
    assert due_at is not None
    assert one.due("day", SHANGHAI, due_at - 1) == []
    assert one.due("day", SHANGHAI, due_at) == [first]


def test_a_missing_day_may_wait_again_and_a_judged_one_may_not() -> None:
    first = period_at(at(2013, 3, 1), "day", SHANGHAI)
    one = waiting(first.start, first.end + GRACE)
    late = [first.start + HOUR]
    again, dropped = one.without([first], 0).with_observations(late, starts(*late), late)
    assert (again.due("day", SHANGHAI), dropped) == ([first], [])
    again, dropped = one.without([first], first.end).with_observations(late, starts(*late), late)
    assert (again.due("day", SHANGHAI), dropped) == ([], [first.start + HOUR])
