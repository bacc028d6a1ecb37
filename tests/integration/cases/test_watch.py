"""The clock speaks by itself: yellow, red, overdue, up the reporting line, each once (W4.1)."""

from __future__ import annotations

import pytest
from people import HOUR, MONDAY
from works import Works

from huicheng.accounts.models import Account
from huicheng.cases.history import first_break
from huicheng.cases.models import Case
from huicheng.cases.watch import ClockWatcher

MINUTE = HOUR // 60
DAY = 24 * HOUR
#: Of the stage at which a case lies in ``new``: one working hour from nine o'clock.
SORTING = [("warned-yellow", MONDAY + 30 * MINUTE), ("warned-red", MONDAY + 45 * MINUTE), ("overdue", MONDAY + HOUR)]
#: Of the case: eight working hours; five and a half fit into the Monday before the evening.
WHOLE = [
    ("warned-yellow", MONDAY + 6 * HOUR),
    ("warned-red", MONDAY + 8 * HOUR),
    ("overdue", MONDAY + DAY + HOUR),
    ("escalated", MONDAY + DAY + HOUR),
    ("escalated", MONDAY + DAY + 7 * HOUR),
]


def watch(works: Works, at: int) -> None:
    works.town.set_clock(at)
    ClockWatcher(works.town.platform).step()


def said(case: Case, of: str = "") -> list[tuple[str, int]]:
    rows = case.events.filter(actor="platform").exclude(action="open").order_by("seq")
    return [(row.action, row.at) for row in rows if not of or row.form.get("of", "case") == of]


def now(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_nothing_is_said_before_its_time(works: Works) -> None:
    case = works.open()
    assert case.alarm_at == SORTING[0][1]
    watch(works, MONDAY + 29 * MINUTE)
    assert said(case) == []
    assert now(case).warning == ""


def test_each_alarm_is_an_event_at_its_own_time_and_raises_the_warning(works: Works) -> None:
    case = works.open()
    for n, (expected, warning) in enumerate(zip(SORTING, ["yellow", "red", "overdue"], strict=True), start=1):
        watch(works, expected[1] + MINUTE)
        assert said(case, "stage") == SORTING[:n]
        assert now(case).warning == warning
    assert now(case).alarm_at == WHOLE[0][1]


def test_what_was_missed_while_nobody_watched_is_said_with_its_times(works: Works) -> None:
    case = works.open()
    watch(works, MONDAY + 3 * DAY)
    assert said(case, "stage") == SORTING
    assert said(case, "case") == WHOLE
    assert now(case).alarm_at is None
    assert first_break(now(case)) is None


def test_each_is_said_once_however_often_the_watch_is_asked(works: Works) -> None:
    case = works.open()
    for _ in range(3):
        watch(works, MONDAY + 3 * DAY)
    assert len(said(case)) == len(SORTING) + len(WHOLE)


def test_a_late_case_is_seen_further_and_further_up_the_reporting_line(works: Works) -> None:
    case = works.sent("roads")
    watch(works, WHOLE[3][1])
    assert now(case).escalated_to == "works"
    watch(works, WHOLE[4][1])
    assert now(case).escalated_to == "gov"


def test_where_nobody_is_above_the_history_says_so(works: Works) -> None:
    case = works.act(works.open(), "send", unit="gov")
    watch(works, WHOLE[4][1])
    assert {row.form["to"] for row in case.events.filter(action="escalated")} == {""}
    assert now(case).escalated_to == ""


def test_another_stage_has_a_clock_of_its_own(works: Works) -> None:
    case = works.open()
    watch(works, MONDAY + HOUR)
    case = works.act(case, "send", MONDAY + 2 * HOUR, unit="roads")
    assert (case.warning, case.stage_due_at) == ("", pytest.approx(MONDAY + 8 * HOUR, abs=1_000_000))
    watch(works, MONDAY + 7 * HOUR)
    assert [action for action, at in said(case, "stage") if at > MONDAY + 2 * HOUR] == ["warned-yellow", "warned-red"]
    assert [action for action, _ in said(case, "case")] == ["warned-yellow"]


def test_a_clock_that_stands_says_nothing_and_goes_on_where_it_was(works: Works) -> None:
    case = works.act(works.sent(), "pause", MONDAY + HOUR, ground="待料")
    assert (case.alarm_at, case.stage_due_at) == (None, None)
    watch(works, MONDAY + DAY)
    assert said(case) == []
    case = works.act(case, "resume", MONDAY + DAY)
    assert case.alarm_at == pytest.approx(MONDAY + DAY + HOUR, abs=2_000_000)
    watch(works, MONDAY + DAY + HOUR + MINUTE)
    assert [action for action, _ in said(case)] == ["warned-yellow"]


def test_an_extension_takes_the_warning_back_until_its_time_comes_again(works: Works) -> None:
    case = works.sent()
    watch(works, MONDAY + 6 * HOUR)
    assert now(case).warning == "overdue"  # of the stage: four hours
    case = works.act(case, "extend", more=100, ground="暴雨")
    assert (case.warning, case.alarm_at > MONDAY + 6 * HOUR) == ("", True)


def test_an_act_after_an_alarm_that_nobody_saw_yet_comes_after_it_in_the_history(works: Works) -> None:
    case = works.act(works.open(), "send", MONDAY + 50 * MINUTE, unit="roads")
    actions = list(case.events.order_by("seq").values_list("action", flat=True))
    assert actions == ["open", "warned-yellow", "warned-red", "send"]


def test_a_closed_case_warns_no_more(works: Works) -> None:
    case = works.closed(MONDAY + 7 * HOUR)
    assert (case.warning, case.alarm_at) == ("", None)
    watch(works, MONDAY + 5 * DAY)
    assert case.events.latest("seq").action == "pass"


def test_a_case_whose_pack_was_taken_away_holds_up_nobody(works: Works) -> None:
    orphan, case = works.open(), works.open()
    Case.objects.filter(pk=orphan.pk).update(kind="gone/kind")
    watch(works, MONDAY + 30 * MINUTE)
    assert said(case) == SORTING[:1]
    assert now(orphan).alarm_at > MONDAY + 30 * MINUTE


def test_a_holiday_entered_later_moves_the_alarm_instead_of_ringing_it(works: Works) -> None:
    case = works.act(works.open(), "send", unit="roads")
    Case.objects.filter(pk=case.pk).update(alarm_at=0)
    watch(works, MONDAY + HOUR)
    assert said(case) == []
    assert now(case).alarm_at == pytest.approx(MONDAY + 2 * HOUR, abs=1_000_000)


def test_a_case_in_a_unit_without_officers_stays_in_sight_of_the_one_above(works: Works) -> None:
    Account.objects.filter(unit="roads").update(is_active=False)
    case = works.sent("roads")
    watch(works, MONDAY + 2 * HOUR + MINUTE)
    assert (now(case).escalated_to, now(case).warning) == ("works", "yellow")
