"""Officers open cases of any kind: at the desk, at the hotline's seat, on a telephone (W4.1)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from counter import CALL, COUNTER, PETITION, SPOT
from engines import written
from people import Town
from PIL import Image

from huicheng.access import Subject
from huicheng.accounts.contacts import Reachable
from huicheng.accounts.guards import guard_for
from huicheng.accounts.models import Contact
from huicheng.accounts.roles import LENT, PROGRAMS, ROLES
from huicheng.cases.callers import cases_of_caller
from huicheng.cases.contacts import contact_of
from huicheng.cases.engine import act
from huicheng.cases.errors import FormInvalid
from huicheng.cases.following import follow
from huicheng.cases.models import Case, Outbox, Source
from huicheng.cases.opening import Opened, Opening, Then, at_once, open_by_officer, openable
from huicheng.cases.projection import Projector
from huicheng.cases.tasks import waiting_for
from huicheng.errors import NotFound, Refused
from huicheng.stores import Act
from huicheng.stores.blocking import drive

PACKS = COUNTER
PHONE = "+86 138-0000-1234"


def call(actor: Subject, **changes: Any) -> Opened:
    known: dict[str, Any] = {
        "kind": CALL,
        "category": "water",
        "text": "No water since six\nThe whole house",
        "address": "Bridge Street 1",
        "form": {"type": "help"},
        "contact": Reachable(name="Wang", phone=PHONE),
    }
    return open_by_officer(Opening(**{**known, **changes}), actor)


def spot(actor: Subject, **changes: Any) -> Opened:
    known: dict[str, Any] = {"kind": SPOT, "category": "litter", "text": "Litter", "place": (109.2, 27.72)}
    return open_by_officer(Opening(**{**known, **changes}), actor)


def acts(town: Town) -> list[Act]:
    return [row.act for row in drive(town.platform.authority.authority.audit.after(0, 1000))]


def test_a_call_is_filed_with_what_was_asked_and_its_caller_can_follow_it(town: Town) -> None:
    operator = town.account("operator", "oc")
    opened = call(operator)
    case = Case.objects.get(number=opened.case.number)
    assert (case.source, case.state, case.owner_unit) == (Source.HOTLINE, "taken", "ucm")
    assert (case.title, case.answers) == ("No water since six", {"type": "help"})
    first = case.events.get()
    assert (first.action, first.actor, first.form) == ("open", operator.id, {"type": "help"})
    assert follow(case.number, opened.secret, address="127.0.0.1").number == case.number


def test_a_leaders_word_and_a_petition_come_from_where_their_kind_says(town: Town) -> None:
    petition = Opening(kind=PETITION, category="land", text="Too little paid", form={"way": "letter"})
    opened = open_by_officer(petition, town.account("petition-officer", "oc"))
    assert opened.case.source == Source.PETITION


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_kept(town: Town) -> None:
    operator = town.account("operator", "oc")
    with pytest.raises(FormInvalid) as told:
        call(operator, text=" ", division="1", form={"type": "song"}, client_key="x")
    assert set(told.value.errors) == {"text", "division", "type", "client_key"}
    with pytest.raises(FormInvalid) as told:
        spot(town.account("dispatcher", "oc"), place=None, condition="nowhere")
    assert set(told.value.errors) == {"place", "condition"}
    assert not Case.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("role", ["citizen", "handler", "collector", "leader", "system-admin"])
def test_whom_no_policy_lets_open_a_call_opens_none(town: Town, role: str) -> None:
    stranger = town.account(role, "oc")
    assert CALL not in openable(stranger)
    with pytest.raises(Refused):
        call(stranger)
    assert not Case.objects.exists()


def test_a_policy_may_tell_the_telephone_from_the_desk(town: Town) -> None:
    collector = town.account("collector", "oc")
    assert SPOT not in openable(collector)
    assert SPOT in openable(collector, Source.COLLECTOR)
    with pytest.raises(Refused):
        spot(collector)
    assert spot(collector, source=Source.COLLECTOR).case.collector == collector.id


def test_what_a_device_sends_twice_is_filed_once(town: Town) -> None:
    collector = town.account("collector", "oc")
    first = spot(collector, source=Source.COLLECTOR, client_key="0f0e-1234-abcd")
    again = spot(collector, source=Source.COLLECTOR, client_key="0f0e-1234-abcd", text="Something else")
    assert (first.again, again.again) == (False, True)
    assert again.case.pk == first.case.pk
    assert Case.objects.count() == 1


def test_nobody_finds_a_case_by_anothers_key(town: Town) -> None:
    first = spot(town.account("collector", "oc"), source=Source.COLLECTOR, client_key="0f0e-1234-abcd")
    other = spot(town.account("collector", "oc"), source=Source.COLLECTOR, client_key="0f0e-1234-abcd")
    assert other.case.pk != first.case.pk


def test_a_call_that_is_refused_at_the_seat_counts_as_a_case_refused(town: Town) -> None:
    operator = town.account("operator", "oc")
    case = call(operator, then=Then(action="refuse", form={"ground": "court"})).case
    assert (case.state, case.closed_at is not None) == ("refused", True)
    assert [one.action for one in case.events.order_by("seq")] == ["open", "refuse"]


def test_what_cannot_be_done_at_once_leaves_no_case_behind(town: Town) -> None:
    operator = town.account("operator", "oc")
    assert list(at_once(CALL, operator)) == ["dispatch", "answer", "refuse"]
    with pytest.raises(FormInvalid) as told:
        call(operator, then=Then(action="refuse", form={"ground": "mood"}))
    assert set(told.value.errors) == {"then-ground"}
    assert not Case.objects.exists()
    assert not Contact.objects.exists()


def test_a_caller_is_found_again_however_the_number_is_written_and_each_look_is_audited(town: Town) -> None:
    operator = town.account("operator", "oc")
    first, second = call(operator).case, call(operator, contact=Reachable(phone="13800001234")).case
    call(operator, contact=Reachable(phone="13900000000"))
    found = cases_of_caller("００８６ １３８ ０００ ０１２３４", operator)
    assert [case.number for case in found] == [second.number, first.number]
    looked = acts(town)[-1]
    assert (looked.action, looked.subject) == ("case.caller", operator.id)
    assert looked.facts["cases"] == [second.number, first.number]
    assert "1380000" not in str(acts(town))


def test_the_number_itself_is_nowhere_in_the_database(town: Town) -> None:
    call(town.account("operator", "oc"))
    held = written(town.data)
    assert b"13800001234" not in held
    assert b"138-0000-1234" not in held


def test_a_petition_of_the_same_caller_is_not_shown_at_the_hotline(town: Town) -> None:
    operator, officer = town.account("operator", "oc"), town.account("petition-officer", "oc")
    contact = Reachable(phone=PHONE)
    petition = Opening(kind=PETITION, category="land", text="Secret", form={"way": "visit"}, contact=contact)
    opened = open_by_officer(petition, officer).case
    assert cases_of_caller(PHONE, operator) == []
    assert [case.pk for case in cases_of_caller(PHONE, officer)] == [opened.pk]


@pytest.mark.parametrize("role", ["handler", "collector", "leader", "citizen", "operator"])
def test_a_petition_does_not_exist_for_whoever_does_not_handle_it(town: Town, role: str) -> None:
    officer = town.account("petition-officer", "oc")
    petition = Opening(
        kind=PETITION, category="land", text="Secret", form={"way": "visit"}, contact=Reachable(name="Li")
    )
    opened = open_by_officer(petition, officer).case
    stranger = town.account(role, "eeb")
    with pytest.raises(NotFound):
        act(opened.pk, "reply", stranger, {"reply": "x"}, expected_version=1)
    with pytest.raises(NotFound):
        contact_of(opened.pk, stranger, "to know")
    act(opened.pk, "transfer", officer, {"unit": "ucm"}, expected_version=1)
    done = act(opened.pk, "reply", town.account("handler", "ucm"), {"reply": "It is so"}, expected_version=2)
    assert done.state == "closed"


def test_the_entity_of_a_petition_says_nothing_of_its_matter(town: Town) -> None:
    officer = town.account("petition-officer", "oc")
    petition = Opening(kind=PETITION, category="land", text="Secret", form={"way": "visit"})
    case = open_by_officer(petition, officer).case
    assert "Secret" not in str([row.body for row in Outbox.objects.filter(case=case)])


def test_the_proof_of_having_been_there_holds_the_distance_from_the_case(town: Town) -> None:
    collector = town.account("collector", "oc")
    case = spot(collector, source=Source.COLLECTOR).case
    held = BytesIO()
    Image.new("RGB", (30, 20)).save(held, "JPEG")
    sent = {"result": "exist", "position": "109.201,27.72,8.4"}
    photographs = {"photo": [held.getvalue()]}
    with pytest.raises(FormInvalid):
        act(case.pk, "verify", collector, {**sent, "position": "here"}, expected_version=1, photographs=photographs)
    act(case.pk, "verify", collector, sent, expected_version=1, photographs=photographs)
    proof = case.events.get(action="verify").form["position"]
    assert (proof["accuracy"], proof["distance"]) == (8.4, pytest.approx(98.4, abs=1))


def test_tasks_are_what_a_person_may_move_on_and_nothing_else(town: Town) -> None:
    collector, operator = town.account("collector", "oc"), town.account("operator", "oc")
    mine = spot(collector, source=Source.COLLECTOR).case
    at_the_desk = spot(town.account("dispatcher", "oc")).case
    called = call(operator).case
    assert {case.pk for case in waiting_for(collector)} == {mine.pk}
    assert {case.pk for case in waiting_for(operator)} == {called.pk}
    assert at_the_desk.pk not in {case.pk for case in waiting_for(operator)}
    act(called.pk, "dispatch", operator, {"unit": "ucm"}, expected_version=1)
    assert not waiting_for(operator).exists()
    act(called.pk, "handle", town.account("handler", "ucm"), {"result": "Mended"}, expected_version=2)
    assert waiting_for(operator, stage="visit").count() == 1


#: Whose work it is, and who keeps entities of every type (docs/decisions/0004); what is lent has no account.
_MAY = {"petition-officer", "broker"} | LENT


@pytest.mark.parametrize("role", sorted(set(ROLES) - _MAY))
def test_a_petition_of_the_city_is_in_nobody_s_reach_but_its_officers(town: Town, role: str) -> None:
    """Neither as a row of the desk nor as an entity at the data doors, for people and for programs."""
    sent = Opening(
        kind="city/petition", category="demand", text="Words of the petitioner", form={"way": "visit", "people": "1"}
    )
    case = open_by_officer(sent, town.account("petition-officer", "pb")).case
    Projector(town.platform).step()
    stranger = town.account(role, "eeb") if role not in PROGRAMS else Subject(id="program", roles=(role,), unit="dsb")
    guard = guard_for(stranger, "read")
    assert not Case.objects.visible_to(guard).filter(pk=case.pk).exists()
    assert town.store.get(f"urn:ngsi-ld:Case:{case.number}", guard) is None
    assert "Words" not in str(town.case(case.number))
