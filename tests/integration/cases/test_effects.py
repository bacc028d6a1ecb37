"""What an answer does to a case is said by the kind of its field, for every kind of case alike (W4.1, G4)."""

from __future__ import annotations

import pytest
from people import HOUR, MONDAY
from works import Works

from huicheng.cases.engine import act
from huicheng.cases.errors import Conflict, FormInvalid, NoSuchAction, SamePerson, SubcasesOpen, TooLate
from huicheng.cases.history import first_break
from huicheng.cases.models import Case
from huicheng.cases.reading import actions_for

SECOND = 1_000_000
DAY = 24 * HOUR


def wrong(works: Works, acted: Case, action: str, **form: object) -> set[str]:
    with pytest.raises(FormInvalid) as caught:
        works.act(acted, action, **form)
    return set(caught.value.errors)


def test_a_unit_answers_and_has_it_and_an_officer_of_that_unit_is_named_beside(works: Works) -> None:
    officer = works.town.account("handler", "lamps")
    case = works.act(works.open(), "send", unit="lamps", person=officer.id)
    assert (case.owner_unit, case.handling_unit, case.assignee) == ("lamps", "lamps", officer.id)


def test_an_officer_of_another_unit_cannot_be_named(works: Works) -> None:
    stranger = works.town.account("handler", "roads")
    assert wrong(works, works.open(), "send", unit="lamps", person=stranger.id) == {"person"}


def test_a_case_opens_with_the_first_condition_and_its_limit(works: Works) -> None:
    case = works.open()
    assert (case.condition, case.limit["value"]) == ("small", 8)


def test_another_condition_brings_its_own_limit(works: Works) -> None:
    case = works.act(works.open(), "class", condition="large")
    assert (case.condition, case.limit["type"]) == ("large", "urgent_hour")
    assert case.due_at == MONDAY + 2 * HOUR


def test_another_category_brings_limit_and_owner_until_somebody_has_it(works: Works) -> None:
    case = works.act(works.open(), "class", category="lamp")
    assert (case.category, case.condition, case.owner_unit, case.limit["type"]) == ("lamp", "", "lamps", "work_day")
    case = works.act(works.sent("roads"), "class", category="lamp")
    assert case.owner_unit == "roads"


def test_a_condition_belongs_to_the_category_chosen_beside(works: Works) -> None:
    case = works.act(works.open(category="lamp"), "class", category="hole", condition="large")
    assert (case.category, case.condition) == ("hole", "large")
    assert wrong(works, case, "class", category="lamp", condition="large") == {"condition"}


def test_an_extension_is_added_to_case_and_stage_in_the_limits_measure(works: Works) -> None:
    case = works.act(works.sent(), "extend", more=2, ground="暴雨")
    assert case.limit["value"] == 10
    assert case.due_at == MONDAY + DAY + 3 * HOUR  # 6.5 h on Monday, 3.5 h on Tuesday from 08:30
    assert case.stages.get(left_at=None).limit["value"] == 6


@pytest.mark.parametrize("more", [0, -1, "nan", "1e9", "two"])
def test_an_extension_is_longer_than_nothing_and_has_an_end(works: Works, more: object) -> None:
    assert wrong(works, works.sent(), "extend", more=more, ground="x") == {"more"}


def test_days_are_extended_by_whole_days(works: Works) -> None:
    case = works.act(works.open(category="lamp"), "send", unit="lamps")
    assert wrong(works, case, "extend", more=0.5, ground="x") == {"more"}
    assert works.act(case, "extend", more=1, ground="x").limit["value"] == 4


def test_a_case_that_stays_in_its_state_keeps_clock_and_due_time(works: Works) -> None:
    case = works.sent()
    after = works.act(case, "supervise", MONDAY + HOUR)
    assert (after.state, after.due_at, after.marks) == (case.state, case.due_at, ["supervised"])
    assert works.act(after, "supervise").marks == ["supervised"]
    assert works.act(after, "relieve").marks == []


def test_every_open_state_means_no_closed_one(works: Works) -> None:
    with pytest.raises(NoSuchAction):
        works.act(works.closed(), "supervise")


def test_projected_answers_stay_with_the_case(works: Works) -> None:
    case = works.act(works.sent(), "finish", kind="swap", cost="12.5")
    assert case.answers == {"kind": "swap", "cost": 12.5}


def test_a_position_says_how_far_from_the_case_it_was(works: Works) -> None:
    case = works.act(works.open(place=(109.2, 27.7)), "send", unit="roads")
    works.act(case, "finish", kind="mend", place="109.2,27.701,8")
    kept = case.events.latest("seq").form["place"]
    assert kept["distance"] == pytest.approx(111.2, abs=0.5)


def test_a_merged_case_is_closed_by_the_table_and_the_other_one_knows(works: Works) -> None:
    first, second = works.open(), works.open()
    case = works.act(second, "merge", case=first.number)
    assert (case.state, case.merged_into_id, case.closed_at is not None) == ("merged", first.pk, True)
    said = first.events.latest("seq")
    assert (said.action, said.form, said.actor) == ("merged-here", {"case": second.number}, works.chief.id)
    assert first_break(Case.objects.get(pk=first.pk)) is None


def test_undoing_a_merger_leads_back_to_where_the_case_was_with_unit_officer_and_clock(works: Works) -> None:
    officer = works.town.account("handler", "lamps")
    first = works.open()
    second = works.act(works.open(), "send", unit="lamps", person=officer.id)
    stay, due = second.stages.get(left_at=None), second.due_at
    works.act(second, "merge", MONDAY + HOUR, case=first.number)
    case = works.act(second, "split", MONDAY + 2 * HOUR)
    assert (case.state, case.stage, case.merged_into, case.closed_at, case.in_time) == (
        "doing",
        "work",
        None,
        None,
        None,
    )
    assert (case.owner_unit, case.handling_unit, case.assignee) == ("lamps", "lamps", officer.id)
    again = case.stages.get(left_at=None)
    assert (again.counts_from, again.limit) == (stay.entered_at, stay.limit)
    assert case.due_at - due == pytest.approx(HOUR, abs=SECOND)
    assert again.due_at - stay.due_at == pytest.approx(HOUR, abs=SECOND)


def test_a_case_that_nobody_had_is_nobodys_again_after_a_merger(works: Works) -> None:
    first, second = works.open(), works.open()
    works.act(second, "merge", case=first.number)
    case = works.act(second, "split")
    assert (case.state, case.handling_unit) == ("new", "")


def test_what_a_clock_has_said_before_a_merger_is_not_said_again_after_it(works: Works) -> None:
    first, second = works.open(), works.sent()
    works.act(second, "supervise", MONDAY + 2 * HOUR + SECOND)  # half of the stage's four hours have passed
    warned = [one.form for one in second.events.filter(action="warned-yellow")]
    assert [one["of"] for one in warned] == ["stage"]
    works.act(second, "merge", case=first.number)
    case = works.act(second, "split")
    works.act(case, "relieve", MONDAY + 2 * HOUR + 60 * SECOND)
    assert case.events.filter(action="warned-yellow").count() == 1
    assert Case.objects.get(pk=case.pk).warning == "yellow"


def test_a_dispatch_is_recalled_and_the_case_is_whose_it_was(works: Works) -> None:
    case = works.act(works.sent("lamps"), "recall", MONDAY + 60 * SECOND)
    assert (case.state, case.owner_unit, case.handling_unit, case.assignee) == ("new", "roads", "", "")
    stay = case.stages.get(left_at=None)
    assert (stay.stage, stay.counts_from) == ("sort", MONDAY)
    assert first_break(case) is None


def test_a_unit_without_officers_that_lost_a_case_leaves_no_mark(works: Works) -> None:
    case = works.sent("eeb")
    assert ("no-officers" in case.marks, case.escalated_to != "") == (True, True)
    case = works.act(case, "recall")
    assert (case.marks, case.escalated_to) == ([], "")


def test_once_the_unit_has_acted_a_dispatch_is_not_recalled(works: Works) -> None:
    case = works.act(works.sent(), "share", units="lamps")
    assert "recall" not in {offer.action for offer in actions_for(case, works.chief)}
    with pytest.raises(NoSuchAction):
        works.act(case, "recall")
    resumed = works.act(works.act(works.sent(), "pause", ground="x"), "resume")
    with pytest.raises(NoSuchAction):
        works.act(resumed, "recall")


def test_a_case_is_not_merged_into_itself_nor_into_one_that_is_merged_nor_into_none(works: Works) -> None:
    first, second, third = (works.open() for _ in range(3))
    works.act(second, "merge", case=first.number)
    for number in (third.number, second.number, "0000000000"):
        assert wrong(works, third, "merge", case=number) == {"case"}


def test_a_case_that_the_actor_may_not_see_is_no_target(works: Works) -> None:
    hidden, own = works.open(category="lamp"), works.open()
    officer = works.town.account("handler", "roads")
    with pytest.raises(FormInvalid) as caught:
        works.act(own, "merge", by=officer, case=hidden.number)
    assert caught.value.errors == {"case": "There is no such case."}


def test_every_unit_gets_a_sub_case_and_the_case_waits_for_them(works: Works) -> None:
    case = works.act(works.sent(), "share", units="lamps,works,lamps")
    parts = list(case.subcases.order_by("number"))
    assert [(part.kind, part.owner_unit, part.handling_unit, part.source) for part in parts] == [
        ("works/part", "lamps", "lamps", "case"),
        ("works/part", "works", "works", "case"),
    ]
    [offer] = [one for one in actions_for(case, works.chief) if one.action == "finish"]
    assert list(offer.waits_for) == [part.number for part in parts]
    with pytest.raises(SubcasesOpen, match=parts[0].number):
        works.act(case, "finish", kind="mend")
    for part in parts:
        works.act(part, "answer")
    assert works.act(case, "finish", kind="mend").state == "checking"


def test_the_parent_is_told_when_a_part_is_closed_and_opened_again(works: Works) -> None:
    case = works.act(works.sent(), "share", units=["lamps"])
    [part] = case.subcases.all()
    works.act(part, "answer")
    works.act(part, "again")
    told = case.events.filter(action__startswith="part-").order_by("seq")
    assert [(one.action, one.form["case"]) for one in told] == [
        ("part-closed", part.number),
        ("part-reopened", part.number),
    ]


def test_a_remark_makes_no_page_old_but_an_act_does(works: Works) -> None:
    first, second = works.open(), works.open()
    works.act(second, "merge", case=first.number)
    after = act(first.pk, "supervise", works.chief, {}, expected_version=1)
    assert after.version == 3
    with pytest.raises(Conflict, match="甲"):
        act(first.pk, "supervise", works.judge, {}, expected_version=2)
    with pytest.raises(Conflict):
        act(first.pk, "supervise", works.judge, {}, expected_version=9)


def test_a_closed_case_is_reopened_in_time_with_a_new_clock(works: Works) -> None:
    case = works.closed(MONDAY + HOUR)
    case = works.act(case, "reopen", MONDAY + DAY)
    assert (case.state, case.closed_at, case.in_time) == ("new", None, None)
    assert case.clock_from == pytest.approx(MONDAY + DAY, abs=SECOND)
    assert case.due_at > MONDAY + DAY


def test_after_the_time_for_it_a_closed_case_stays_closed(works: Works) -> None:
    case = works.closed(MONDAY + HOUR)
    works.town.set_clock(MONDAY + 3 * DAY)
    assert "reopen" not in {offer.action for offer in actions_for(case, works.chief)}
    with pytest.raises(TooLate):
        works.act(case, "reopen")


def test_a_closed_case_may_be_rated_and_stays_as_it_was(works: Works) -> None:
    case = works.closed(MONDAY + HOUR)
    rated = works.act(case, "rate", MONDAY + 2 * DAY, stars=5)
    assert (rated.state, rated.closed_at, rated.in_time) == ("closed", case.closed_at, True)
    assert rated.answers["stars"] == 5


def test_whoever_finished_does_not_pass(works: Works) -> None:
    case = works.act(works.sent(), "finish", kind="mend")
    with pytest.raises(SamePerson):
        works.act(case, "pass")


def test_answers_of_the_opening_have_their_effects_and_stand_in_the_first_event(works: Works) -> None:
    case = works.open(category="lamp", form={"from": "works", "post": 7})
    assert (case.owner_unit, case.answers) == ("works", {"post": 7})
    assert case.events.get().form == {"from": "works", "post": 7}


def test_what_is_sent_twice_under_one_key_is_filed_once(works: Works) -> None:
    first = works.open(client_key="phone-1/1")
    assert works.open(client_key="phone-1/1").pk == first.pk
    assert works.open(client_key="phone-1/2").pk != first.pk


def test_a_unit_that_helps_is_told_what_it_is_asked_and_the_matter(works: Works) -> None:
    case = works.act(works.open(description="路口有坑"), "send", unit="roads")
    works.act(case, "share", units="lamps", note="请照明")
    [part] = case.subcases.all()
    assert (part.title, part.description) == ("坑", "请照明\n\n路口有坑")


def test_of_a_confidential_case_the_helping_unit_is_told_only_what_it_is_asked(works: Works) -> None:
    case = works.open(description="反映人张三", title="张三反映", category="secret", kind="works/letter")
    works.act(case, "share", units="lamps", note="请照明")
    [part] = case.subcases.all()
    assert (part.title, part.description) == (f"协办 {case.number}", "请照明")
