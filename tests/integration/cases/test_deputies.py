"""Absence: a deputy does the absent person's work in both names, and is taken for both (W4.1)."""

from __future__ import annotations

import time

import pytest
from people import Town

from huicheng.access import Subject
from huicheng.accounts.models import Absence, Account, Unit
from huicheng.accounts.subjects import subject_of
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.errors import SamePerson
from huicheng.cases.history import first_break
from huicheng.cases.models import Case
from huicheng.cases.reading import actions_for, timeline
from huicheng.errors import Refused

HOUR = 3_600_000_000

pytestmark = pytest.mark.usefixtures("town")


def deputy_for(absent: Subject, deputy: Subject) -> Subject:
    now = time.time_ns() // 1000
    people = {one.subject: one for one in Account.objects.filter(subject__in=[absent.id, deputy.id])}
    Absence.objects.create(
        account=people[absent.id], deputy=people[deputy.id], start=now - 1, until=now + HOUR, made_by="x", made_at=0
    )
    return subject_of(people[deputy.id])


@pytest.fixture
def dispatcher(town: Town) -> Subject:
    return town.account("dispatcher", "oc", "派遣员甲")


@pytest.fixture
def handler(town: Town) -> Subject:
    return town.account("handler", "eeb", "处置员乙")


def dispatched(dispatcher: Subject, unit: str = "eeb") -> Case:
    filing = Filing(kind="environment/event", category="pm25-hourly", source="alert", title="PM2.5 过高")
    case = open_case(filing, PLATFORM)
    return act(case.id, "dispatch", dispatcher, {"unit": unit}, expected_version=case.version)


def handle(case: Case, by: Subject) -> Case:
    return act(case.id, "handle", by, {"result": "停产整改"}, expected_version=case.version)


def test_a_deputy_acts_on_cases_of_the_absent_persons_unit_and_both_are_named(
    town: Town, dispatcher: Subject, handler: Subject
) -> None:
    other, case = town.account("handler", "ucm", "处置员丙"), dispatched(dispatcher)
    with pytest.raises(Refused):
        handle(case, other)
    handle(case, deputy_for(handler, other))
    event = case.events.get(action="handle")
    assert (event.actor, event.actor_unit, event.form["on_behalf_of"]) == (other.id, "ucm", handler.id)
    entry = timeline(case)[-1]
    assert (entry.actor, entry.behalf) == ("处置员丙", "处置员乙")
    case.refresh_from_db()
    assert first_break(case) is None


def test_what_a_deputy_may_do_anyway_is_done_in_their_own_name(
    town: Town, dispatcher: Subject, handler: Subject
) -> None:
    colleague, case = town.account("handler", "eeb"), dispatched(dispatcher)
    handle(case, deputy_for(handler, colleague))
    assert "on_behalf_of" not in case.events.get(action="handle").form


def test_neither_the_deputy_nor_the_absent_person_judges_what_was_done_for_one_of_them(
    town: Town, dispatcher: Subject, handler: Subject
) -> None:
    verifier = town.account("verifier", "oc")
    case = handle(dispatched(dispatcher), deputy_for(handler, verifier))
    # The verifier has handled it for the absent person …
    with pytest.raises(SamePerson):
        act(case.id, "pass", deputy_for(handler, verifier), {}, expected_version=case.version)
    # … and keeps them from judging when they are back, whatever their role is then.
    Account.objects.filter(subject=handler.id).update(roles=["verifier"], unit="oc")
    back = subject_of(Account.objects.get(subject=handler.id))
    with pytest.raises(SamePerson):
        act(case.id, "pass", back, {}, expected_version=case.version)
    assert {offer.apart_from for offer in actions_for(case, back)} == {"handle"}


def test_who_deputises_for_the_handler_does_not_judge_the_handlers_work(
    town: Town, dispatcher: Subject, handler: Subject
) -> None:
    case = handle(dispatched(dispatcher), handler)
    verifier = deputy_for(handler, town.account("verifier", "oc"))
    with pytest.raises(SamePerson):
        act(case.id, "pass", verifier, {}, expected_version=case.version)


def test_a_unit_without_officers_gets_the_case_and_the_unit_above_sees_it(
    town: Town, dispatcher: Subject, handler: Subject
) -> None:
    Unit.objects.filter(code="ucm").update(parent="dsb")
    Unit.objects.filter(code="dsb").update(parent="oc")
    Unit.objects.filter(code="oc").update(parent=None)
    case = dispatched(dispatcher, "ucm")
    assert (case.handling_unit, case.escalated_to, case.marks) == ("ucm", "oc", ["no-officers"])
    assert handler.unit == "eeb"
    town.account("handler", "ucm")
    assert dispatched(dispatcher, "ucm").marks == []
