"""What a device says of its order: believed once, in time, and of its own only (Q1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from orders import SECOND, now, ordered, said, valve
from people import MONDAY, alert
from works import Works

from huicheng.cases.acknowledging import AckConsumer
from huicheng.cases.alerts import AlertConsumer
from huicheng.cases.models import Case
from huicheng.cases.visibility import case_id
from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write


def says(works: Works, thing: str, ack: Any) -> None:
    """The device writes its word, and the consumer hears all there is."""
    held = Attribute(type="JsonProperty", json=ack, observed_at=datetime.now(UTC))
    entity = Entity(id=thing, type="Valve", attributes={"commandAck": held})
    works.town.store.commit(Transaction(writes=[Write(entity=entity)]))
    consumer = AckConsumer(works.town.platform)
    while consumer.step():
        pass


def word(case: Case, status: str = "done", **more: Any) -> dict[str, Any]:
    return {"command": case_id(case.number), "status": status, "at": "2013-03-04T01:00:03Z", **more}


@pytest.fixture
def out(works: Works) -> Case:
    """An order that is out."""
    return ordered(valve(works, "v1"), "set", form={"level": 5.0})


def test_the_device_says_that_it_is_done(works: Works, out: Case) -> None:
    says(works, out.entity_ref, word(out))
    assert (now(out).state, out.events.latest("seq").actor) == ("done", out.entity_ref)


def test_what_is_said_twice_is_done_once(works: Works, out: Case) -> None:
    for _ in range(3):
        says(works, out.entity_ref, word(out))
    assert said(out) == ["open", "acknowledge"]


def test_the_device_says_that_it_could_not_and_why(works: Works, out: Case) -> None:
    says(works, out.entity_ref, word(out, "failed", reason="卡住" * 200))
    last = out.events.get(action="fail")
    assert (now(out).state, last.form["reason"]) == ("failed", ("卡住" * 200)[:200])


def test_a_word_after_the_time_is_remarked_once_and_changes_nothing(works: Works, out: Case) -> None:
    works.town.set_clock(MONDAY + 60 * SECOND)
    for _ in range(2):
        says(works, out.entity_ref, word(out))
    assert now(out).state == "expired"
    assert said(out).count("ack-late") == 1


def test_a_word_of_another_thing_is_remarked_once_and_changes_nothing(works: Works, out: Case) -> None:
    other = valve(works, "v2")
    for _ in range(2):
        says(works, other, word(out))
    assert (now(out).state, said(out)) == ("sent", ["open", "ack-foreign"])


@pytest.mark.parametrize(
    "ack",
    [
        "done",
        {"status": "done"},
        {"command": 7, "status": "done"},
        {"command": "urn:ngsi-ld:Case:0000000000", "status": "done"},
        {"command": "'; DROP TABLE cases_case; --", "status": "done"},
    ],
)
def test_words_about_no_order_change_nothing_and_stop_nobody(works: Works, out: Case, ack: Any) -> None:
    says(works, out.entity_ref, ack)
    assert now(out).state == "sent"
    says(works, out.entity_ref, word(out))
    assert now(out).state == "done"


def test_a_word_about_a_case_that_is_no_order_changes_nothing(works: Works, out: Case) -> None:
    case = works.open()
    says(works, out.entity_ref, word(case))
    assert said(case) == ["open"]


def test_an_order_that_is_only_under_way_stays_out(works: Works, out: Case) -> None:
    says(works, out.entity_ref, word(out, "accepted"))
    assert now(out).state == "sent"


def test_a_worker_that_died_goes_on_where_it_was(works: Works, out: Case) -> None:
    """The window is read again by another process; the word that it holds is heard once."""
    says(works, out.entity_ref, word(out))
    assert not AckConsumer(works.town.platform).step()
    assert said(out) == ["open", "acknowledge"]


def fires(works: Works, key: str, basin: str, **changes: Any) -> None:
    """The alert of the rule ``basin-full``, and the consumer that hears of it."""
    names = {"rule": "works/basin-full", "caseKind": "works/order", "caseCategory": "set"}
    entity = alert(key, MONDAY, **{**names, **changes})
    entity.attributes["alertSource"] = Attribute(type="Relationship", object=basin)
    works.town.store.commit(Transaction(writes=[Write(entity=entity)]))
    consumer = AlertConsumer(works.town.platform)
    while consumer.step():
        pass


def basin(works: Works, **facts: str) -> str:
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Relationship", object=value) for name, value in facts.items()
    }
    attributes["level"] = Attribute(type="Property", value=95.0)
    entity = Entity(id="urn:ngsi-ld:Basin:b1", type="Basin", attributes=attributes)
    works.town.store.commit(Transaction(writes=[Write(entity=entity)]))
    return entity.id


def test_a_rule_orders_what_the_judged_thing_leads_to_with_its_answers(works: Works) -> None:
    target = valve(works, "v1")
    fires(works, "a1", basin(works, outlet=target))
    case = Case.objects.get()
    assert (case.entity_ref, case.state, case.command) == (target, "sent", {"attribute": "level", "value": 100})
    assert (case.source, case.alert_id) == ("alert", "urn:ngsi-ld:Alert:a1")


def test_a_rule_whose_thing_leads_nowhere_orders_nothing(works: Works) -> None:
    fires(works, "a1", basin(works))
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"rule": "works/gone"},
        {"rule": "works/gone", "caseCategory": "shut"},
        {"rule": "environment/pm25-hourly", "caseCategory": "shut"},
        {"caseCategory": "shut"},
    ],
)
def test_an_alert_orders_nothing_that_its_rule_does_not_say_in_the_pack(works: Works, said: dict[str, str]) -> None:
    """Neither of another rule, nor of one that is there no more, nor another order than the rule's."""
    target = valve(works, "v1")
    fires(works, "a1", basin(works, outlet=target), **said)
    fires(works, "a2", target, **said)
    assert not Case.objects.exists()
    assert order_is_out(works, target)


def order_is_out(works: Works, target: str) -> bool:
    """The rule itself may, as before."""
    fires(works, "a3", basin(works, outlet=target))
    return Case.objects.get().entity_ref == target


def test_a_second_alert_joins_the_order_that_is_out_and_opens_none_when_it_is_over(works: Works) -> None:
    target = valve(works, "v1")
    place = basin(works, outlet=target)
    for _ in range(2):
        fires(works, "a1", place)
        fires(works, "a2", place)
    case = Case.objects.get()
    assert said(case) == ["open", "alert-joined"]
    says(works, target, word(case))
    fires(works, "a2", place, status="ended")
    assert Case.objects.count() == 1
