"""A case from opening to closing: table, policy, clock, history and outbox in one step (W4.1, N4)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from people import HOUR, MONDAY, Town

from huicheng.access import Subject
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.errors import Conflict, FormInvalid, NoSuchAction, SamePerson
from huicheng.cases.history import first_break
from huicheng.cases.models import Case, CaseEvent, DayCounter, Outbox
from huicheng.errors import NotFound, Refused

pytestmark = pytest.mark.usefixtures("town")


def filed(**facts: object) -> Case:
    known = {"kind": "environment/event", "category": "pm25-hourly", "source": "alert", "title": "PM2.5 过高"}
    return open_case(Filing(**{**known, **facts}), PLATFORM)  # type: ignore[arg-type]  # facts are named by each test


@pytest.fixture
def dispatcher(town: Town) -> Subject:
    return town.account("dispatcher", "oc", "派遣员甲")


@pytest.fixture
def handler(town: Town) -> Subject:
    return town.account("handler", "eeb", "处置员乙")


@pytest.fixture
def verifier(town: Town) -> Subject:
    return town.account("verifier", "oc", "核查员丙")


def dispatched(dispatcher: Subject, unit: str = "eeb") -> Case:
    case = filed()
    return act(case.id, "dispatch", dispatcher, {"unit": unit}, expected_version=case.version)


def handled(dispatcher: Subject, handler: Subject) -> Case:
    case = dispatched(dispatcher)
    return act(case.id, "handle", handler, {"result": "停产整改"}, expected_version=case.version)


def test_a_case_opens_with_number_owner_and_due_time() -> None:
    case = filed()
    assert case.number == "1303040001"
    assert (case.state, case.owner_unit, case.handling_unit) == ("pending", "eeb", "")
    assert case.opened_at == pytest.approx(MONDAY, abs=1_000_000)
    assert case.due_at == case.opened_at + 6 * HOUR + 0  # 3 h until 12:00, the fourth from 14:00
    assert case.limit["type"] == "work_hour"
    assert [event.action for event in case.events.all()] == ["open"]


def test_a_case_goes_from_dispatch_to_closing(
    town: Town, dispatcher: Subject, handler: Subject, verifier: Subject
) -> None:
    case = handled(dispatcher, handler)
    assert (case.state, case.stage, case.handling_unit) == ("checking", "check", "eeb")
    town.set_clock(MONDAY + HOUR)
    case = act(case.id, "pass", verifier, {}, expected_version=case.version)
    assert (case.state, case.clock, case.in_time) == ("closed", "stopped", True)
    assert case.closed_at == pytest.approx(MONDAY + HOUR, abs=1_000_000)
    events = list(case.events.values_list("seq", "action", "from_state", "to_state", "actor"))
    assert events == [
        (1, "open", "", "pending", "platform"),
        (2, "dispatch", "pending", "handling", dispatcher.id),
        (3, "handle", "handling", "checking", handler.id),
        (4, "pass", "checking", "closed", verifier.id),
    ]
    assert [row.version for row in Outbox.objects.order_by("id")] == [1, 2, 3, 4]
    assert first_break(case) is None


def test_a_case_closed_after_its_due_time_is_not_in_time(
    town: Town, dispatcher: Subject, handler: Subject, verifier: Subject
) -> None:
    case = handled(dispatcher, handler)
    town.set_clock(MONDAY + 7 * HOUR)
    assert act(case.id, "pass", verifier, {}, expected_version=case.version).in_time is False


def test_the_unit_that_it_is_dispatched_to_answers_for_it(dispatcher: Subject) -> None:
    case = dispatched(dispatcher, "ucm")
    assert (case.owner_unit, case.handling_unit) == ("ucm", "ucm")


def test_handlers_of_another_unit_do_not_even_see_it(town: Town, dispatcher: Subject) -> None:
    case = dispatched(dispatcher, "eeb")
    stranger = town.account("handler", "ucm")
    # What is public of it they may see, as anybody; to act is refused.
    with pytest.raises(Refused):
        act(case.id, "handle", stranger, {"result": "x"}, expected_version=case.version)


def test_a_role_without_the_verb_is_refused(handler: Subject) -> None:
    case = filed()
    with pytest.raises(Refused):
        act(case.id, "dispatch", handler, {"unit": "eeb"}, expected_version=case.version)
    with pytest.raises(Refused):
        act(case.id, "dispatch", PLATFORM, {"unit": "eeb"}, expected_version=case.version)
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_an_action_that_the_state_does_not_allow_is_refused(dispatcher: Subject) -> None:
    case = dispatched(dispatcher)
    with pytest.raises(NoSuchAction):
        act(case.id, "dispatch", dispatcher, {"unit": "eeb"}, expected_version=case.version)


@pytest.mark.parametrize(("action", "form"), [("pass", {}), ("rework", {"ground": "未达标"})])
def test_whoever_handled_it_does_not_judge_it(
    town: Town, dispatcher: Subject, action: str, form: dict[str, str]
) -> None:
    both = town.account("handler", "eeb")
    both = Subject(id=both.id, roles=("handler", "verifier"), unit=both.unit)
    case = handled(dispatcher, both)
    with pytest.raises(SamePerson):
        act(case.id, action, both, form, expected_version=case.version)


def test_rework_goes_back_to_the_handler_and_the_clock_runs_on(
    dispatcher: Subject, handler: Subject, verifier: Subject
) -> None:
    case = handled(dispatcher, handler)
    due = case.due_at
    case = act(case.id, "rework", verifier, {"ground": "仍有异味"}, expected_version=case.version)
    assert (case.state, case.clock, case.due_at) == ("handling", "runs", due)


def test_wrong_fields_are_all_named_at_once_and_nothing_is_written(dispatcher: Subject) -> None:
    case = filed()
    with pytest.raises(FormInvalid) as caught:
        act(case.id, "refuse", dispatcher, {"ground": "because", "colour": "red"}, expected_version=case.version)
    assert set(caught.value.errors) == {"ground", "note", "colour"}
    with pytest.raises(FormInvalid) as caught:
        act(case.id, "dispatch", dispatcher, {"unit": "nowhere"}, expected_version=case.version)
    assert set(caught.value.errors) == {"unit"}
    assert Case.objects.get().version == 1


def test_a_page_that_is_old_is_told_who_did_what(dispatcher: Subject, handler: Subject) -> None:
    case = dispatched(dispatcher)
    act(case.id, "handle", handler, {"result": "已停产"}, expected_version=case.version)
    with pytest.raises(Conflict) as caught:
        act(case.id, "return", handler, {"ground": "非本单位"}, expected_version=case.version)
    assert "处置员乙" in str(caught.value)
    assert "handle" in str(caught.value)


def test_one_alert_opens_one_case() -> None:
    filed(alert_id="urn:ngsi-ld:Alert:1")
    with pytest.raises(IntegrityError):
        filed(alert_id="urn:ngsi-ld:Alert:1")
    assert Case.objects.count() == 1
    assert CaseEvent.objects.count() == 1


def test_what_does_not_exist_is_not_found(dispatcher: Subject) -> None:
    with pytest.raises(NotFound):
        act(4711, "dispatch", dispatcher, {}, expected_version=1)


def test_numbers_go_on_past_four_digits() -> None:

    DayCounter.objects.create(day="130304", last=9_998)
    assert [filed().number for _ in range(3)] == ["1303049999", "13030410000", "13030410001"]


def test_history_does_not_run_back_when_the_clock_is_set_back(town: Town, dispatcher: Subject) -> None:
    case = filed()
    town.set_clock(MONDAY - 10 * HOUR)
    act(case.id, "dispatch", dispatcher, {"unit": "eeb"}, expected_version=case.version)
    first, second = case.events.values_list("at", flat=True)
    assert second >= first
