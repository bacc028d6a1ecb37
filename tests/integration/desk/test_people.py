"""Absences, units, areas and responsibilities are kept at the desk by those whom policies let (N2, W4.1)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_visitors import Visit
from people import Town

from huicheng.access import Subject
from huicheng.accounts.models import Absence, Account, Unit
from huicheng.accounts.subjects import subject_of
from huicheng.cases.models import Responsibility

pytestmark = pytest.mark.usefixtures("town")


def term(days: int = 1) -> dict[str, str]:
    now = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=5)
    return {"start": f"{now:%Y-%m-%dT%H:%M}", "until": f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}"}


def again(subject: Subject) -> Subject:
    return subject_of(Account.objects.get(subject=subject.id))


def test_an_officer_chooses_a_deputy_and_ends_it(town: Town, visit: Visit) -> None:
    absent, deputy = town.account("handler", "eeb", "处置员甲"), town.account("handler", "ucm", "处置员乙")
    browser = visit(absent)
    assert browser.post("/desk/absences/", {**term(), "deputy": deputy.id, "reason": "年休假"}).status_code == 302
    assert [one.id for one in again(deputy).deputises] == [absent.id]
    assert "年休假" in visit(deputy).get("/desk/absences/").content.decode()
    key = Absence.objects.get().pk
    assert visit(deputy).post("/desk/absences/", {"do": "end", "absence": key}).status_code == 403
    assert browser.post("/desk/absences/", {"do": "end", "absence": key}).status_code == 302
    assert again(deputy).deputises == ()


def test_nobody_makes_themselves_somebody_elses_deputy(town: Town, visit: Visit) -> None:
    absent, deputy = town.account("handler", "eeb"), town.account("handler", "ucm")
    sent = {**term(), "account": absent.id, "deputy": deputy.id}
    assert visit(deputy).post("/desk/absences/", sent).status_code == 403
    visit(absent).post("/desk/absences/", {**term(), "deputy": deputy.id})
    # A deputy may do the absent person's work, but not prolong it.
    longer = {**term(300), "account": absent.id, "deputy": deputy.id}
    assert visit(deputy).post("/desk/absences/", longer).status_code == 403
    assert Absence.objects.count() == 1


def test_the_system_administrator_enters_absences_for_others(town: Town, visit: Visit) -> None:
    absent, deputy = town.account("handler", "eeb", "处置员甲"), town.account("handler", "ucm", "处置员乙")
    admin = visit(town.account("system-admin", "dsb"))
    sent = {**term(), "account": absent.id, "deputy": deputy.id}
    assert admin.post("/desk/absences/", sent).status_code == 302
    assert "处置员甲" in admin.get("/desk/absences/").content.decode()
    assert again(deputy).deputises


def test_a_wrong_absence_is_told_with_what_to_do(town: Town, visit: Visit) -> None:
    absent, deputy = town.account("handler", "eeb"), town.account("handler", "ucm")
    for sent, status in (
        ({**term(), "deputy": absent.id}, 422),
        ({**term(-1), "deputy": deputy.id}, 422),
        ({"start": "x", "until": "y", "deputy": deputy.id}, 400),
        ({**term(), "deputy": "nobody"}, 404),
    ):
        assert visit(absent).post("/desk/absences/", sent).status_code == status
    assert not Absence.objects.exists()


def test_the_security_administrator_keeps_units_their_line_and_areas(town: Town, visit: Visit) -> None:
    admin, collector = visit(town.account("security-admin", "dsb")), town.account("collector", "oc")
    new = {"do": "create", "code": "team-1", "name_zh": "一中队", "name_en": "Team One", "parent": "ucm"}
    assert admin.post("/admin/units/", new).status_code == 302
    assert Unit.objects.get(code="team-1").parent_id == "ucm"
    assert admin.post("/admin/units/", {"do": "move", "unit": "ucm", "parent": "team-1"}).status_code == 400
    assert admin.post("/admin/units/", {"do": "move", "unit": "team-1", "parent": ""}).status_code == 302
    assert admin.post("/admin/units/", {**new, "code": "X y"}).status_code == 400
    area = {"do": "area", "account": collector.id, "area": "520602002"}
    assert admin.post("/admin/units/", area).status_code == 302
    assert all(code.startswith("520602002") for code in again(collector).divisions)
    assert admin.post("/admin/units/", {**area, "area": "110000"}).status_code == 400
    page = admin.get("/admin/units/").content.decode()
    assert "Team One" in page
    assert 'class="tag tag-care">nobody' in page
    for role in ("system-admin", "leader", "citizen"):
        assert visit(town.account(role, "dsb")).get("/admin/units/").status_code == 403


def test_policies_are_shown_a_page_at_a_time_and_found_by_words(town: Town, visit: Visit) -> None:
    admin = visit(town.account("security-admin", "dsb"))

    def shown(query: str) -> list[str]:
        page = admin.get(f"/admin/security/{query}").content.decode()
        return re.findall(r'name="policy" value="([^"]+)"><button', page)

    known = sorted(one.id for one in town.platform.authority.policies())
    pages = [shown(f"?policies={number}") for number in range(1, -(-len(known) // 40) + 1)]
    assert {len(one) for one in pages[:-1]} == {40}
    assert sorted(shown_id for one in pages for shown_id in one) == known
    found = shown("?policy=ENVIRONMENT/+role:handler")
    assert found
    assert all(one.startswith("environment/") and one.endswith("role:handler") for one in found)
    assert admin.post("/admin/security/?policy=handler", {"do": "revoke-policy", "policy": found[0]})["Location"] == (
        "/admin/security/?policy=handler"
    )
    assert found[0] not in shown("?policy=environment")


def test_a_steward_keeps_who_answers_and_the_page_says_who_does(town: Town, visit: Visit) -> None:
    steward = visit(town.account("steward", "dsb"))
    ask = "/desk/responsibilities/?about=city/event:category:exposed-waste&division=520602005"
    before = steward.get(ask).content.decode()
    row = {
        "about": "city/event:category:exposed-waste",
        "area": "520602005",
        "unit": "oc",
        "source": "区发〔2013〕1 号",
    }
    assert steward.post("/desk/responsibilities/", row).status_code == 302
    after = steward.get(ask).content.decode()
    assert '<strong id="answer">District City Operations Centre' in after
    assert '<strong id="answer">District City Operations Centre' not in before
    key = Responsibility.objects.get(source="区发〔2013〕1 号").pk
    assert steward.post("/desk/responsibilities/", {"do": "end", "row": key}).status_code == 302
    assert '<strong id="answer">District City Operations Centre' not in steward.get(ask).content.decode()


def test_a_row_that_says_nonsense_is_refused(town: Town, visit: Visit) -> None:
    steward = visit(town.account("steward", "dsb"))
    good = {"about": "city/event", "area": "520602", "unit": "oc", "source": "文件"}
    count = Responsibility.objects.count()
    for wrong in ({"unit": "nobody"}, {"area": "x"}, {"source": ""}, {"about": "city/event:category:no"}):
        assert steward.post("/desk/responsibilities/", {**good, **wrong}).status_code in {400, 404}
    assert Responsibility.objects.count() == count
    dispatcher = visit(town.account("dispatcher", "oc"))
    assert dispatcher.get("/desk/responsibilities/").status_code == 200
    assert dispatcher.post("/desk/responsibilities/", good).status_code == 403
    assert visit(town.account("handler", "eeb")).get("/desk/responsibilities/").status_code == 403
