"""Stewards change standards at the desk, after they have tried them; others read them (W4.1)."""

from __future__ import annotations

import re

import pytest
from desk_visitors import Visit
from people import HOUR, MONDAY, Town
from works import Works

from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Standard

ONE = "/desk/standards/environment/event/smoke/"
CHANGE = {
    "condition": "",
    "after": "0",
    "value": "2",
    "type": "work_hour",
    "source": "区政府文件",
    "files_zh": "见烟",
    "files_en": "Smoke",
    "closes_zh": "已灭",
    "closes_en": "Out",
    "valid_from": "2013-03-05",
    "why": "试行后收紧",
}

pytestmark = pytest.mark.usefixtures("town")


def test_officers_read_the_standards_and_citizens_do_not(town: Town, visit: Visit) -> None:
    page = visit(town.account("dispatcher", "oc")).get("/desk/standards/?kind=environment/event")
    assert page.status_code == 200
    assert "Smoke or open burning" in page.content.decode()
    assert visit(town.account("citizen")).get("/desk/standards/").status_code == 403


def test_only_a_steward_changes_one(town: Town, visit: Visit) -> None:
    dispatcher = visit(town.account("dispatcher", "oc"))
    assert dispatcher.get(ONE).status_code == 200
    assert "Put in force" not in dispatcher.get(ONE).content.decode()
    assert dispatcher.post(ONE, CHANGE).status_code == 403
    assert dispatcher.get(f"{ONE}preview/?value=2&type=work_hour").status_code == 403
    assert not Standard.objects.exists()


def test_a_change_shows_in_the_history_with_author_reason_and_difference(town: Town, visit: Visit) -> None:
    steward = visit(town.account("steward", "dsb", "标准管理员"))
    assert steward.post(ONE, CHANGE).status_code == 302
    page = re.sub(r"\s+", " ", steward.get(ONE).content.decode())
    assert "标准管理员" in page
    assert "试行后收紧" in page
    assert "<del>4 working hours</del> <ins>2 working hours</ins>" in page
    listed = steward.get("/desk/standards/?kind=environment/event&q=smoke").content.decode()
    assert "changes on 2013-03-05" in listed


def test_a_wrong_form_is_told_field_by_field_and_keeps_what_was_written(town: Town, visit: Visit) -> None:
    wrong = {**CHANGE, "value": "-1", "why": "", "valid_from": "2013-03-01"}
    page = visit(town.account("steward", "dsb")).post(ONE, wrong)
    assert page.status_code == 422
    text = page.content.decode()
    for said in ("a number above zero", "fill this in", "not from a day that is over", 'value="区政府文件"'):
        assert said in text
    assert not Standard.objects.exists()


def test_a_page_that_is_old_changes_nothing_and_says_so(town: Town, visit: Visit) -> None:
    steward = visit(town.account("steward", "dsb"))
    steward.post(ONE, CHANGE)
    second = steward.post(ONE, {**CHANGE, "value": "3"})
    assert second.status_code == 409
    assert Standard.objects.count() == 1


def test_a_limit_is_tried_on_closed_cases_before_it_is_changed(town: Town, visit: Visit) -> None:
    handler, dispatcher = town.account("handler", "eeb"), town.account("dispatcher", "oc")
    case = open_case(Filing(kind="environment/event", category="smoke", source="portal", title="烟"), PLATFORM)
    case = act(case.id, "dispatch", dispatcher, {"unit": "eeb"}, expected_version=case.version)
    town.set_clock(MONDAY + 3 * HOUR)
    case = act(case.id, "handle", handler, {"result": "已灭"}, expected_version=case.version)
    case = act(case.id, "pass", town.account("verifier", "oc"), {}, expected_version=case.version)
    query = "value=2&type=work_hour&first=2013-03-01&last=2013-03-31"
    page = re.sub(r"\s+", " ", visit(town.account("steward", "dsb")).get(f"{ONE}preview/?{query}").content.decode())
    assert "1 that were in time would have been late; 0 that were late would have been in time." in page
    assert case.number in page
    assert not Standard.objects.exists()


@pytest.mark.parametrize("query", ["", "value=x&type=work_hour", "value=1&type=week", "value=1.5&type=work_day"])
def test_a_preview_of_nothing_sensible_is_told_so_or_tries_what_holds(town: Town, visit: Visit, query: str) -> None:
    page = visit(town.account("steward", "dsb")).get(f"{ONE}preview/?{query}")
    assert page.status_code == (422 if query else 200)


def test_the_clock_of_a_case_names_the_version_under_which_it_was_filed(town: Town, visit: Visit) -> None:
    steward = visit(town.account("steward", "dsb"))
    steward.post(ONE, {**CHANGE, "valid_from": "2013-03-04"})
    case = open_case(Filing(kind="environment/event", category="smoke", source="portal", title="烟"), PLATFORM)
    page = steward.get(f"/desk/cases/{case.number}/clock/").content.decode()
    assert f'<a href="{ONE}">Version 1</a>' in page


def test_what_is_not_declared_is_not_found(town: Town, visit: Visit) -> None:
    steward = visit(town.account("steward", "dsb"))
    assert steward.get("/desk/standards/environment/event/nothing/").status_code == 404
    assert steward.get(f"{ONE}?condition=nothing").status_code == 404


STAGE = "/desk/standards/works/repair/stage:work/"
SHORTER = {**CHANGE, "value": "3", "valid_from": "2013-03-05", "why": "提速"}


def test_a_stages_limit_is_changed_for_cases_filed_from_its_day_on(works: Works, visit: Visit) -> None:
    steward = visit(works.town.account("steward", "dsb"))
    works.town.set_clock(MONDAY)
    before = works.open()
    assert steward.post(STAGE, {key: value for key, value in SHORTER.items() if "_zh" not in key}).status_code == 302
    works.town.set_clock(MONDAY + 24 * HOUR)
    after = works.open(opened_at=MONDAY + 24 * HOUR)
    stays = [works.act(case, "send", unit="roads").stages.get(left_at=None) for case in (before, after)]
    assert [(stay.limit["value"], stay.standard) for stay in stays] == [(4, 0), (3, 1)]
    page = re.sub(r"\s+", " ", steward.get(STAGE).content.decode())
    assert "<del>4 working hours</del> <ins>3 working hours</ins>" in page
    assert "Try it on last month" not in page
    assert "3 working hours" in steward.get("/desk/standards/?kind=works/repair").content.decode()
    shown = visit(works.chief).get(f"/desk/cases/{after.number}/").content.decode()
    assert "Version 1" in shown


def test_a_stage_may_lose_its_limit_and_one_that_is_not_there_is_not_found(works: Works, visit: Visit) -> None:
    steward = visit(works.town.account("steward", "dsb"))
    works.town.set_clock(MONDAY)
    assert steward.post(STAGE, {**SHORTER, "valid_from": "2013-03-04", "withdraw": "1"}).status_code == 302
    case = works.sent()
    assert (case.stage_due_at, case.stages.get(left_at=None).limit) == (None, None)
    assert "no limit of its own" in steward.get(STAGE).content.decode()
    assert steward.get("/desk/standards/works/repair/stage:nap/").status_code == 404
    assert steward.get(f"{STAGE}preview/?value=2&type=work_hour").status_code == 404


def test_a_limit_of_another_citys_manual_is_not_shown_as_verified_here(town: Town, visit: Visit) -> None:
    officer = visit(town.account("dispatcher", "oc"))
    shown = "not a rule of this district, taken from a city&#x27;s manual"
    for address in ("/desk/standards/?kind=city/event", "/desk/standards/city/event/exposed-waste/?condition=litter"):
        assert shown in officer.get(address).content.decode()
    filing = Filing(kind="city/event", category="exposed-waste", source="desk", title="t", place=(109.19, 27.72))
    case = open_case(filing, PLATFORM)
    for address in (f"/desk/cases/{case.number}/", f"/desk/cases/{case.number}/clock/"):
        assert shown in officer.get(address).content.decode()
