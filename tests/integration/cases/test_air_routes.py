"""Air routes: applied for, compared with what is approved and forbidden, approved by another, on the map (W1.2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from people import MONDAY, Town

from huicheng.access import Subject
from huicheng.cases.clearance import conflicts
from huicheng.cases.engine import PLATFORM, act
from huicheng.cases.errors import Conflict, FormInvalid, NoSuchAction, NotClear, SamePerson
from huicheng.cases.forms import clean
from huicheng.cases.models import Case
from huicheng.cases.opening import Opening, open_by_officer
from huicheng.cases.projection import Projector
from huicheng.cases.watch import ClockWatcher
from huicheng.city import Attribute, Entity, parse_instant
from huicheng.packs import FormField
from huicheng.stores import Transaction, Write

from .test_races import at_once

KIND = "infrastructure/air-route"
DISPATCHER, CHIEF, LEADER = (
    Subject(id=f"{role}-1", roles=(role,), unit="oc", units=("oc",)) for role in ("dispatcher", "chief", "leader")
)
EAST = "109.19,27.70\n109.21,27.70"
NORTH = "109.20,27.69\n109.20,27.71"


def applied(course: str = EAST, by: Subject = DISPATCHER, **answers: Any) -> Case:
    form = {
        "operator": "示例公司",
        "course": course,
        "floor": "80",
        "ceiling": "120",
        "begins": "2013-03-05T09:00:00+08:00",
        "ends": "2013-03-05T11:00:00+08:00",
        **answers,
    }
    opening = Opening(kind=KIND, category="inspection", text="巡检", form=form)
    return open_by_officer(opening, by).case


def approve(case: Case, by: Subject = CHIEF, action: str = "approve", **form: str) -> Case:
    case.refresh_from_db()
    return act(case.pk, action, by, form, expected_version=case.version)


def project(town: Town) -> None:
    while Projector(town.platform).step():
        pass


def route(town: Town, case: Case) -> dict[str, Any]:
    """The entity that the case makes, as the city has it."""
    project(town)
    stored = town.store.get(f"urn:ngsi-ld:AirRoute:{case.number}")
    held = stored.entity.attributes if stored else {}
    return {name: one.content for name, one in held.items() if isinstance(one, Attribute)}


def zone(town: Town, **facts: Any) -> None:
    ring = [[109.195, 27.695], [109.205, 27.695], [109.205, 27.705], [109.195, 27.705], [109.195, 27.695]]
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Property", value=value) for name, value in {"status": "active", **facts}.items()
    }
    attributes["location"] = Attribute(type="GeoProperty", value={"type": "Polygon", "coordinates": [ring]})
    entity = Entity(id="urn:ngsi-ld:AirZone:z1", type="AirZone", attributes=attributes)
    town.store.commit(Transaction(writes=[Write(entity=entity)]))


def test_an_application_is_a_proposed_route_and_approved_by_another_it_is_an_approved_one(town: Town) -> None:
    case = applied(by=CHIEF)
    proposed = route(town, case)
    assert proposed["status"] == "proposed"
    assert proposed["location"] == {"type": "LineString", "coordinates": [[109.19, 27.7], [109.21, 27.7]]}
    assert (proposed["floor"], proposed["ceiling"]) == (80, 120)
    assert (proposed["validFrom"], proposed["validTo"]) == ("2013-03-05T01:00:00Z", "2013-03-05T03:00:00Z")
    assert proposed["refCase"] == f"urn:ngsi-ld:Case:{case.number}"
    with pytest.raises(SamePerson):
        approve(case, CHIEF)
    assert approve(case, LEADER).state == "approved"
    assert route(town, case)["status"] == "approved"
    assert approve(case, by=LEADER, action="close", ground="任务取消").closed_at is not None
    assert route(town, case)["status"] == "closed"


@pytest.mark.parametrize("projected", [True, False])
def test_of_two_that_cross_the_second_is_told_the_first_and_cannot_be_approved(town: Town, projected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whether or not the first approval has reached the city already."""
    first, second = applied(), applied(NORTH, floor="100", ceiling="150")
    project(town)
    assert conflicts(second) == []
    approve(first)
    if projected:
        project(town)
    [found] = conflicts(second)
    assert (found.short, found.meeting.distance) == (first.number, 0)
    assert (found.meeting.floor, found.meeting.ceiling) == (100, 120)
    with pytest.raises(NotClear) as refused:
        approve(second)
    assert refused.value.details["others"] == first.number
    assert approve(second, action="refuse", ground="冲突").state == "refused"
    approve(first, action="close", ground="取消")
    third = applied(NORTH)
    assert conflicts(third) == []
    assert approve(third).state == "approved"


@pytest.mark.parametrize(
    "answers",
    [
        {"floor": "140", "ceiling": "180"},
        {"begins": "2013-03-05T11:00:00+08:00", "ends": "2013-03-05T12:00:00+08:00"},
        {"course": "109.22,27.69\n109.22,27.71"},
    ],
)
def test_another_height_time_or_place_is_clear(town: Town, answers: dict[str, str]) -> None:
    approve(applied())
    project(town)
    second = applied(**{"course": NORTH, **answers})
    assert conflicts(second) == []
    assert approve(second).state == "approved"


@pytest.mark.usefixtures("town")
def test_near_is_met_by_the_parameters_of_the_pack() -> None:
    """50 m in plan and 20 m in height; 0.0004° of latitude are 44 m."""
    approve(applied())
    beside = "109.19,27.7004\n109.21,27.7004"
    assert len(conflicts(applied(beside))) == 1
    assert len(conflicts(applied(beside, floor="135", ceiling="160"))) == 1
    assert conflicts(applied(beside, floor="141", ceiling="160")) == []


def test_an_area_where_nobody_may_fly_is_met_while_it_is_in_force(town: Town) -> None:
    case = applied()
    zone(town)
    [found] = conflicts(case)
    assert (found.type, found.short, found.meeting.unknown) == (
        "AirZone",
        "z1",
        ("floor", "ceiling", "validFrom", "validTo"),
    )
    with pytest.raises(NotClear):
        approve(case)
    zone(town, ceiling=60)
    assert conflicts(case) == []
    zone(town, ceiling=600, status="ended")
    assert approve(case).state == "approved"


def test_an_approved_route_without_place_height_or_time_keeps_everything_back(town: Town) -> None:
    entity = Entity(
        id="urn:ngsi-ld:AirRoute:old",
        type="AirRoute",
        attributes={"status": Attribute(type="Property", value="approved")},
    )
    town.store.commit(Transaction(writes=[Write(entity=entity)]))
    case = applied()
    [found] = conflicts(case)
    assert (found.short, found.meeting.distance, len(found.meeting.unknown)) == ("old", None, 5)
    with pytest.raises(NotClear):
        approve(case)


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"course": ""}, "course"),
        ({"course": "109.19,27.70"}, "course"),
        ({"course": "27.70,109.19\n27.71,109.19"}, "course"),
        ({"course": "109.19;27.70"}, "course"),
        ({"course": "{}"}, "course"),
        ({"course": '{"type": "Polygon", "coordinates": [[[0,0],[1,1],[0,1],[1,0],[0,0]]]}'}, "course"),
        ({"floor": "120", "ceiling": "80"}, "ceiling"),
        ({"ceiling": "30000"}, "ceiling"),
        ({"ends": "2013-03-05T09:00:00+08:00"}, "ends"),
        ({"begins": ""}, "begins"),
    ],
)
def test_what_is_wrong_with_an_application_is_said_at_its_field(answers: dict[str, str], field: str) -> None:
    with pytest.raises(FormInvalid) as refused:
        applied(**answers)
    assert list(refused.value.errors) == [field]
    assert not Case.objects.exists()


def test_places_one_a_line_or_geojson_are_lines_and_areas() -> None:
    field = {"course": FormField(name={"zh-hans": "线", "en": "line"}, kind="course")}
    ring = "109.1,27.7 109.2,27.7 109.2,27.8 109.1,27.7"
    assert clean(field, {"course": ring})["course"]["type"] == "Polygon"
    assert clean(field, {"course": EAST})["course"]["type"] == "LineString"
    text = '{"type": "LineString", "coordinates": [[109.1, 27.7], [109.2, 27.7]], "crs": "?"}'
    assert set(clean(field, {"course": text})["course"]) == {"type", "coordinates"}


def test_the_clock_of_the_decision_stands_while_the_route_is_in_force(town: Town) -> None:
    case = approve(applied(ends="2013-05-05T11:00:00+08:00"))
    assert (case.clock, case.closed_at) == ("stopped", None)
    town.set_clock(MONDAY + 30 * 86_400_000_000)
    assert approve(case, action="close", ground="任务取消").in_time


def test_what_is_in_force_runs_out_by_itself_at_the_end_that_was_asked_for(town: Town) -> None:
    case = approve(applied())
    end = parse_instant("2013-03-05T11:00:00+08:00")
    assert case.alarm_at == end
    town.set_clock(end - 1)
    ClockWatcher(town.platform).step()
    case.refresh_from_db()
    assert case.state == "approved"
    town.set_clock(end + 3_600_000_000)
    while ClockWatcher(town.platform).step():
        pass
    case.refresh_from_db()
    assert (case.state, case.closed_at, case.in_time, case.alarm_at) == ("lapsed", end, True, None)
    assert case.events.latest("seq").actor == PLATFORM.id
    assert route(town, case)["status"] == "closed"


def test_nobody_approves_what_has_run_out_before_the_watch_came(town: Town) -> None:
    case = applied()
    town.set_clock(parse_instant("2013-03-05T11:00:00+08:00"))
    with pytest.raises((Conflict, NoSuchAction)):
        approve(case)
    case.refresh_from_db()
    assert case.state == "lapsed"


@pytest.mark.usefixtures("database", "town")
def test_of_two_that_cross_and_are_approved_at_the_same_moment_one_is() -> None:
    """Wherever city and people are kept: cases have one writer at a time, and see approvals before the city does."""
    for _ in range(3):
        cases = [applied(), applied(NORTH)]
        answers = at_once([partial(approve, case) for case in cases])
        assert sorted(type(one).__name__ for one in answers) == ["Case", "NotClear"]
        [approved] = [one for one in answers if isinstance(one, Case)]
        approve(approved, LEADER, action="close", ground="取消")
