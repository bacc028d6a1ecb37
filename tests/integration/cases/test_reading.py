"""What pages show: the inbox by time left, one case's course and clock, and what may be done (W4.1)."""

from __future__ import annotations

import pytest
from people import HOUR, MONDAY, Town

from huicheng.access import EVERYTHING, Grant, Guard, Subject, allows
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.calendar import Reason
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.inbox import Filters, inbox
from huicheng.cases.models import Case
from huicheng.cases.reading import actions_for, clock_of, find, hidden_columns, timeline
from huicheng.cases.visibility import RESOURCE, values_of
from huicheng.errors import NotFound


def opened(category: str = "smoke", at: int = MONDAY, **facts: object) -> Case:
    known = {"kind": "environment/event", "category": category, "source": "desk", "title": "t", "opened_at": at}
    return open_case(Filing(**{**known, **facts}), PLATFORM)


def numbers(guard: Guard = EVERYTHING, filters: Filters | None = None) -> list[str]:
    return [row.case.number for row in inbox(guard, filters).rows]


@pytest.mark.usefixtures("town")
def test_the_inbox_is_ordered_by_time_left() -> None:
    late, soon, sooner = opened("odour"), opened("dust"), opened("smoke")
    assert numbers() == [sooner.number, soon.number, late.number]
    assert [row.clock.remaining for row in inbox(EVERYTHING).rows] == [240, 480, 960]


@pytest.mark.usefixtures("town")
def test_the_inbox_comes_in_pages() -> None:
    for _ in range(5):
        opened()
    page = inbox(EVERYTHING, page=2, size=2)
    assert (page.total, page.more, page.number, page.follows, len(page.rows)) == (5, False, 2, True, 2)
    assert inbox(EVERYTHING, page=99, size=2).number == 3


def test_filters_narrow_it_down(town: Town) -> None:
    smoke, dust = opened("smoke", description="河边有烟"), opened("dust", address="河滨路12号")
    old = opened("odour", at=MONDAY - 200 * HOUR)
    dispatcher = town.account("dispatcher", "oc")
    refused = opened("noise")
    act(refused.id, "refuse", dispatcher, {"ground": "outside", "note": "x"}, expected_version=1)
    assert set(numbers()) == {smoke.number, dust.number, old.number}
    assert refused.number in numbers(filters=Filters(closed=True))
    assert numbers(filters=Filters(state="refused")) == [refused.number]
    assert numbers(filters=Filters(category="dust")) == [dust.number]
    assert numbers(filters=Filters(units=("ucm",))) == [dust.number]
    assert numbers(filters=Filters(overdue=True)) == [old.number]
    assert set(numbers(filters=Filters(text="河"))) == {smoke.number, dust.number}
    assert numbers(filters=Filters(text=smoke.number)) == [smoke.number]


def test_a_handler_sees_in_full_only_the_cases_of_the_unit(town: Town) -> None:
    own, other = opened("smoke"), opened("dust")
    guard = guard_for(town.account("handler", "eeb"), "read")
    assert hidden_columns(guard, own) == frozenset()
    assert {"description", "title", "reporter", "photographs", "ownerUnit"} <= hidden_columns(guard, other)


@pytest.mark.usefixtures("town")
def test_the_public_sees_that_there_is_a_case_and_cannot_search_what_is_hidden() -> None:
    case = opened("smoke", title="SECRET", description="SECRET")
    guard = guard_for(ANONYMOUS, "read")
    assert numbers(guard) == [case.number]
    assert "title" in hidden_columns(guard, case)
    assert numbers(guard, Filters(text="SECRET")) == []
    assert numbers(EVERYTHING, Filters(text="SECRET")) == [case.number]


@pytest.mark.parametrize(
    "rows",
    [
        "TRUE",
        "FALSE",
        "category = 'smoke'",
        "status <> 'refused' AND ownerUnit = subject_unit",
        "ownerUnit = subject_unit OR handlingUnit = subject_unit",
        "handlingUnit IS NULL",
        "inTime",
        "NOT inTime",
        "closedAt IS NULL AND dueAt < TIMESTAMP '2013-03-04T15:30:00+08:00'",
        "openedAt >= TIMESTAMP '2013-03-04T01:00:00Z'",
        "title LIKE '100%'",
        "number = '1303040001'",
        "id = 'urn:ngsi-ld:Case:1303040002'",
        "refAlert IS NOT NULL",
        "unheard_of = 'x'",
    ],
)
def test_a_policy_means_the_same_as_a_where_and_on_one_case(town: Town, rows: str) -> None:
    opened("smoke", title="100% smoke")
    opened("dust", title="100 dust", alert_id="urn:ngsi-ld:Alert:1")
    case = opened("odour")
    case = act(case.id, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=1)
    case = act(case.id, "handle", town.account("handler", "eeb"), {"result": "x"}, expected_version=2)
    act(case.id, "pass", town.account("verifier", "oc"), {}, expected_version=3)
    guard = Guard(
        subject=Subject(id="s", roles=(), unit="eeb"),
        grants={RESOURCE: (Grant(policy="p", rows=rows, columns=("*",)),)},
    )
    one_by_one = {case.number for case in Case.objects.all() if allows(guard, RESOURCE, values_of(case))}
    assert set(Case.objects.visible_to(guard).values_list("number", flat=True)) == one_by_one


@pytest.mark.usefixtures("town")
def test_a_guard_without_grants_shows_nothing() -> None:
    case = opened()
    nothing = Guard(subject=Subject(id="s", roles=()), grants={})
    assert numbers(nothing) == []
    with pytest.raises(NotFound):
        find(nothing, case.number)


def test_the_clock_says_what_is_left_and_why_it_stands(town: Town) -> None:
    case = opened("smoke")
    town.set_clock(MONDAY + 4 * HOUR)  # 13:00: lunch
    clock = clock_of(case)
    assert (clock.state, clock.remaining, clock.total, clock.overdue) == ("running", 60, 240, False)
    assert clock.standing == Reason.OFF_HOURS
    assert clock.due == MONDAY + 6 * HOUR
    town.set_clock(MONDAY + 7 * HOUR)
    late = clock_of(case)
    assert (late.remaining, late.overdue, late.standing) == (-60, True, None)
    assert [span.counted for span in late.spans] == [True, False, True]


def test_the_clock_of_a_closed_case_stands_as_it_stood(town: Town) -> None:
    case = opened("smoke")
    case = act(case.id, "refuse", town.account("dispatcher"), {"ground": "outside", "note": "x"}, expected_version=1)
    town.set_clock(MONDAY + 100 * HOUR)
    clock = clock_of(case)
    assert (clock.state, clock.remaining, clock.overdue) == ("stopped", 240, False)


def test_the_course_of_a_case_is_told_in_words(town: Town) -> None:
    case = opened("smoke")
    dispatcher = town.account("dispatcher", "oc", "派遣员甲")
    act(case.id, "dispatch", dispatcher, {"unit": "ucm", "note": "请处理"}, expected_version=1)
    first, second = timeline(case)
    assert (first.name["en"], first.actor) == ("Opened", "platform")
    assert (second.name["en"], second.actor, second.unit) == ("Dispatch", "派遣员甲", "区城市运营中心")
    assert [(label["en"], value) for label, value in second.form] == [
        ("Responsible unit", "区综合行政执法局"),
        ("Instruction", "请处理"),
    ]
    assert (second.from_state["en"], second.to_state["en"]) == ("To be dispatched", "Being handled")


def test_only_what_may_be_done_is_offered_and_the_primary_action_first(town: Town) -> None:
    case = opened("smoke")
    dispatcher, handler = town.account("dispatcher", "oc"), town.account("handler", "eeb")
    assert [(offer.action, offer.primary) for offer in actions_for(case, dispatcher)] == [
        ("dispatch", True),
        ("refuse", False),
    ]
    assert actions_for(case, handler) == []
    assert actions_for(case, ANONYMOUS) == []
    case = act(case.id, "dispatch", dispatcher, {"unit": "eeb"}, expected_version=1)
    assert [offer.action for offer in actions_for(case, handler)] == ["handle", "return"]


def test_who_handled_it_is_told_why_they_may_not_judge_it(town: Town) -> None:
    case = opened("smoke")
    case = act(case.id, "dispatch", town.account("dispatcher", "oc"), {"unit": "eeb"}, expected_version=1)
    handler = town.account("handler", "eeb")
    case = act(case.id, "handle", handler, {"result": "x"}, expected_version=2)
    both = Subject(id=handler.id, roles=("handler", "verifier"), unit="eeb")
    assert [(offer.action, offer.apart_from) for offer in actions_for(case, both)] == [
        ("pass", "handle"),
        ("rework", "handle"),
    ]
    assert [offer.apart_from for offer in actions_for(case, town.account("verifier", "oc"))] == ["", ""]
