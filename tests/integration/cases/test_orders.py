"""Orders to things: what they say, who answers, what happens when nobody does, and never two that contradict (Q1)."""

from __future__ import annotations

import pytest
from orders import SECOND, device, does, now, ordered, said, valve, watch
from people import MONDAY
from works import Works

from huicheng.cases.entity import projected
from huicheng.cases.errors import AlreadyOpen, Conflict, FormInvalid, SamePerson
from huicheng.cases.models import Case
from huicheng.city import rfc3339
from huicheng.errors import NotFound, Refused


def order_of(case: Case) -> dict[str, object] | None:
    held = projected(now(case), ["command"])
    return held["command"]["json"] if held else None


def test_an_order_waits_for_a_second_person_and_goes_out_then(works: Works) -> None:
    case = ordered(valve(works, "v1"), by=works.chief)
    assert (case.state, order_of(case)) == ("asked", None)
    with pytest.raises(SamePerson):
        does(case, "approve", works.chief)
    works.town.set_clock(MONDAY + 5 * SECOND)
    assert does(case, "approve", works.judge).state == "sent"
    out = order_of(case)
    assert out is not None
    assert out["id"] == f"urn:ngsi-ld:Case:{case.number}"
    assert (out["target"], out["attribute"], out["value"]) == (case.entity_ref, "state", "shut")
    assert does(case, "acknowledge", device(case.entity_ref)).state == "done"
    assert order_of(case) is None
    assert said(case) == ["open", "approve", "acknowledge"]


def test_until_is_wall_time_whatever_the_case_clock_shows(works: Works) -> None:
    case = ordered(valve(works, "v1"), "set", form={"level": 40.0})
    works.town.set_clock(MONDAY + 10 * SECOND, speed=2.0)
    clock = works.town.store.rows("clock.get")[0]
    out = order_of(case)
    assert out is not None
    assert out["until"] == rfc3339(clock["anchor_wall"] + 10 * SECOND)
    assert out["value"] == 40.0


def test_an_order_without_approval_is_out_at_once(works: Works) -> None:
    case = ordered(valve(works, "v1"), "set", form={"level": 40.0})
    assert (case.state, case.stage) == ("sent", "send")


def test_an_order_that_its_thing_cannot_carry_out_is_not_opened(works: Works) -> None:
    target = valve(works, "v1")
    for filing in ({"form": {"level": 140.0}}, {"form": {}}, {"form": {"level": "open"}}):
        with pytest.raises(FormInvalid):
            ordered(target, "set", **filing)
    with pytest.raises(FormInvalid):
        ordered("urn:ngsi-ld:Valve:nowhere")
    assert not Case.objects.exists()


def test_a_second_order_to_a_thing_names_the_one_that_is_open(works: Works) -> None:
    target = valve(works, "v1")
    first = ordered(target)
    with pytest.raises(AlreadyOpen) as refused:
        ordered(target, "set", form={"level": 5.0})
    assert refused.value.details == {"number": first.number}
    does(first, "drop", works.chief)
    assert ordered(target).state == "asked"


def test_things_of_one_control_group_are_never_ordered_about_at_once(works: Works) -> None:
    ordered(valve(works, "v1", controlGroup="north"))
    other = valve(works, "v2", controlGroup="north")
    with pytest.raises(AlreadyOpen):
        ordered(other)
    assert ordered(valve(works, "v3", controlGroup="south")).state == "asked"


def test_who_answers_must_be_the_thing_or_its_device(works: Works) -> None:
    box = "urn:ngsi-ld:Device:box"
    case = ordered(valve(works, "v1", refDevice=box), "set", form={"level": 5.0})
    with pytest.raises(NotFound):
        does(case, "acknowledge", device("urn:ngsi-ld:Valve:v2"))
    with pytest.raises((NotFound, Refused)):
        does(case, "acknowledge", works.chief)
    assert does(case, "acknowledge", device(box)).state == "done"


def test_an_order_that_nobody_answers_expires_at_its_own_time_and_its_fallback_is_ordered(works: Works) -> None:
    other = valve(works, "v2")
    case = ordered(valve(works, "v1", fallback=other), "set", form={"level": 5.0})
    watch(works, MONDAY + 29 * SECOND)
    assert now(case).state == "sent"
    watch(works, MONDAY + 45 * SECOND)
    assert now(case).state == "expired"
    assert said(case) == ["open", "overdue", "expire"]
    ended = case.events.get(action="expire")
    assert (ended.actor, ended.at) == ("platform", MONDAY + 30 * SECOND)
    [part] = case.subcases.all()
    assert (part.entity_ref, part.category, part.state, part.command["value"]) == (other, "set", "sent", 5.0)
    assert part.opened_at >= MONDAY + 45 * SECOND
    assert [one.says["en"] for one in case.notices.filter(to="superior")] == [f"{case.number} was not answered"]


def test_a_device_that_cannot_says_so_and_its_fallback_is_ordered(works: Works) -> None:
    other = valve(works, "v2")
    case = ordered(valve(works, "v1", fallback=other), "set", form={"level": 5.0})
    does(case, "fail", device(case.entity_ref), reason="卡住")
    assert now(case).state == "failed"
    assert case.subcases.get().entity_ref == other


def test_fallbacks_that_lead_back_end(works: Works) -> None:
    first = valve(works, "v1", fallback="urn:ngsi-ld:Valve:v2")
    valve(works, "v2", fallback=first)
    case = ordered(first, "set", form={"level": 5.0})
    watch(works, MONDAY + 31 * SECOND)
    watch(works, MONDAY + 90 * SECOND)
    part = case.subcases.get()
    assert (part.state, said(part)[-1]) == ("expired", "nothing-else")
    assert Case.objects.count() == 2
    assert "part-closed" in said(case)


def test_a_fallback_that_is_ordered_about_already_is_said_not_forced(works: Works) -> None:
    other = valve(works, "v2")
    case = ordered(valve(works, "v1", fallback=other), "set", form={"level": 5.0})
    ordered(other)
    watch(works, MONDAY + 31 * SECOND)
    remark = case.events.latest("seq")
    assert (remark.action, remark.form) == ("not-opened", {"why": "already-open"})
    assert not case.subcases.exists()


def test_an_order_that_nobody_approves_lapses(works: Works) -> None:
    case = ordered(valve(works, "v1"), by=works.chief)
    watch(works, MONDAY + 601 * SECOND)
    assert (now(case).state, now(case).exclusive_key) == ("dropped", None)


def test_an_answer_after_the_time_finds_the_order_expired_whether_or_not_the_watch_looked(works: Works) -> None:
    case = ordered(valve(works, "v1"), "set", form={"level": 5.0})
    works.town.set_clock(MONDAY + 31 * SECOND)
    with pytest.raises(Conflict) as told:
        does(case, "acknowledge", device(case.entity_ref))
    assert told.value.details == {"who": "platform", "action": "expire"}
    assert now(case).state == "expired"
    assert said(case)[:3] == ["open", "overdue", "expire"]


def test_a_case_waits_for_the_parts_of_its_parts(works: Works) -> None:
    parent = works.sent()
    other = valve(works, "v2")
    ordered(valve(works, "v1", fallback=other), "set", form={"level": 5.0}, parent=parent)
    watch(works, MONDAY + 31 * SECOND)
    with pytest.raises(Exception, match="waits for sub-cases") as refused:
        works.act(parent, "finish", kind="mend")
    fallback = Case.objects.get(entity_ref=other)
    assert fallback.number in str(refused.value.details)
    does(fallback, "acknowledge", device(other))
    assert works.act(parent, "finish", kind="mend").state == "checking"
