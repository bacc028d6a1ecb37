"""Pages where cases are opened: the general form, the hotline's seat, call-backs, petitions (W4.1)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from counter import CALL, COUNTER, PETITION
from desk_visitors import Visit
from django.test import Client
from people import Town

from huicheng.access import Subject
from huicheng.accounts.contacts import Reachable
from huicheng.cases.engine import act
from huicheng.cases.models import Case
from huicheng.cases.opening import Opening, open_by_officer

PACKS = COUNTER
TAKEN_DOWN = {
    "kind": CALL,
    "category": "water",
    "text": "No water since six",
    "f-type": "help",
    "name": "Wang",
    "telephone": "138 0000 1234",
    "address": "Bridge Street 1",
}


def taken(client: Client, **changes: str) -> Any:
    return client.post("/desk/hotline/", {**TAKEN_DOWN, **changes})


def answered(town: Town, operator: Subject) -> Case:
    """A call that a unit has answered."""
    sent = Opening(
        kind=CALL, category="water", text="No water", form={"type": "help"}, contact=Reachable(phone="13800001234")
    )
    case = open_by_officer(sent, operator).case
    act(case.pk, "dispatch", operator, {"unit": "ucm"}, expected_version=1)
    return act(case.pk, "handle", town.account("handler", "ucm"), {"result": "Mended"}, expected_version=2)


def test_a_call_is_taken_down_and_number_and_code_are_shown_once(town: Town, visit: Visit) -> None:
    operator = visit(town.account("operator", "oc"))
    assert taken(operator)["Location"] == "/desk/opened/"
    page = operator.get("/desk/opened/").content.decode()
    case = Case.objects.get()
    assert case.number in page
    assert re.search(r'id="code">[0-9A-Z]{5}-[0-9A-Z]{5}<', page)
    assert "138" not in page.replace(case.number, "")


def test_the_receipt_of_one_officer_is_not_shown_to_another(town: Town, visit: Visit) -> None:
    operator, other = visit(town.account("operator", "oc")), visit(town.account("operator", "oc"))
    taken(operator)
    other.cookies["huicheng_opened"] = operator.cookies["huicheng_opened"].value
    assert other.get("/desk/opened/")["Location"] == "/desk/open/"


def test_what_was_written_is_kept_when_something_is_wrong(town: Town, visit: Visit) -> None:
    operator = visit(town.account("operator", "oc"))
    answer = taken(operator, category="", then="refuse")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "No water since six" in page
    assert 'value="138 0000 1234"' in page
    assert page.count('class="error"') == 1
    answer = taken(operator, then="refuse")
    assert 'id="t-refuse-ground-error"' in answer.content.decode()
    assert not Case.objects.exists()


def test_a_call_that_is_answered_at_the_seat_is_closed(town: Town, visit: Visit) -> None:
    operator = visit(town.account("operator", "oc"))
    taken(operator, **{"then": "answer", "t-answer-answer": "It is back at noon"})
    assert Case.objects.get().state == "closed"


def test_the_caller_s_history_is_shown_beside_what_is_written(town: Town, visit: Visit) -> None:
    operator = visit(town.account("operator", "oc"))
    taken(operator)
    again = {**TAKEN_DOWN, "telephone": "+8613800001234", "text": "Still no water"}
    page = operator.post("/desk/hotline/caller/", again).content.decode()
    assert Case.objects.get().number in page
    assert "Still no water" in page
    nobody = operator.post("/desk/hotline/caller/", {**again, "telephone": "13900000000"}).content.decode()
    assert Case.objects.get().number not in nobody


@pytest.mark.parametrize(
    "address",
    ["/desk/hotline/", "/desk/callbacks/", "/desk/petitions/", f"/desk/open/{CALL}/", f"/desk/open/{PETITION}/"],
)
def test_pages_are_shut_to_whom_no_policy_grants_them(town: Town, visit: Visit, address: str) -> None:
    for role in ("citizen", "collector", "leader", "verifier", "security-admin"):
        assert visit(town.account(role, "oc")).get(address).status_code == 403, role
    assert visit().get(address).status_code == 302


def test_each_is_offered_the_kinds_that_policies_let_them_open(town: Town, visit: Visit) -> None:
    """Of the pack of these tests; the kinds of other packs stand beside them."""
    cards = re.compile(r'class="card" href="(/desk/hotline/|/desk/open/counter/[^"]+)"')
    pages = {
        role: visit(town.account(role, "oc")).get("/desk/open/").content.decode()
        for role in ("operator", "petition-officer", "dispatcher", "collector")
    }
    # Calls of both packs are taken at one seat.
    offered = {role: list(dict.fromkeys(cards.findall(page))) for role, page in pages.items()}
    assert offered == {
        "operator": ["/desk/hotline/"],
        "petition-officer": ["/desk/open/counter/petition/"],
        "dispatcher": ["/desk/open/counter/spot/"],
        "collector": [],
    }


def test_a_petition_is_taken_in_and_listed_with_its_legal_clock_for_its_officers_only(town: Town, visit: Visit) -> None:
    officer = visit(town.account("petition-officer", "oc"))
    sent = {"category": "land", "text": "Words of the petitioner", "f-way": "visit", "name": "Zhao"}
    assert officer.post("/desk/open/counter/petition/", sent).status_code == 302
    page = officer.get("/desk/petitions/").content.decode()
    assert "Words of the petitioner" in page
    assert "60 days" in page
    assert "Zhao" not in page
    number = Case.objects.get().number
    for role in ("operator", "dispatcher", "leader", "collector", "steward", "handler"):
        stranger = visit(town.account(role, "eeb"))
        assert stranger.get(f"/desk/cases/{number}/").status_code == 404, role
        assert number not in stranger.get("/desk/").content.decode(), role


def test_a_call_back_is_answered_on_the_list_and_leaves_it(town: Town, visit: Visit) -> None:
    account = town.account("operator", "oc")
    operator, case = visit(account), answered(town, account)
    page = operator.get("/desk/callbacks/").content.decode()
    assert case.number in page
    assert "13800001234" not in page
    tried = {"version": 3, "back": "callbacks"}
    assert operator.post(f"/desk/cases/{case.number}/no-answer/", tried)["Location"] == "/desk/callbacks/"
    assert "tried once" in operator.get("/desk/callbacks/").content.decode()
    said = {"version": 4, "back": "callbacks", "solved": "yes", "satisfied": "no"}
    operator.post(f"/desk/cases/{case.number}/call-back/", said)
    case.refresh_from_db()
    assert (case.state, case.answers["solved"], case.answers["satisfied"]) == ("closed", "yes", "no")
    assert case.number not in operator.get("/desk/callbacks/").content.decode()


def test_a_caller_who_is_not_content_has_it_handled_again(town: Town, visit: Visit) -> None:
    account = town.account("operator", "oc")
    case = answered(town, account)
    visit(account).post(f"/desk/cases/{case.number}/redo/", {"version": 3, "ground": "Still dry"})
    case.refresh_from_db()
    assert (case.state, case.owner_unit) == ("handling", "ucm")


def test_the_general_form_files_a_condition_and_an_answer_of_the_category(town: Town, visit: Visit) -> None:
    officer = visit(town.account("dispatcher", "oc"))
    sent = {
        "category": "litter",
        "text": "Litter",
        "address": "Bridge",
        "condition-litter": "alley",
        "q-litter-amount": "3",
    }
    assert officer.post("/desk/open/counter/spot/", sent).status_code == 302
    case = Case.objects.get()
    assert (case.condition, case.limit["value"], case.source) == ("alley", 4, "desk")
    assert case.events.get().form == {"amount": 3.0}
