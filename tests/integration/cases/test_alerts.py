"""Each alert opens exactly one case, and its case reaches the city (N1, W4.7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from people import HOUR, MONDAY, STATION, Town

from huicheng.cases.alerts import AlertConsumer
from huicheng.cases.engine import act
from huicheng.cases.models import Case, CaseEvent, ConsumerPosition, Outbox
from huicheng.cases.projection import Projector
from huicheng.city import Entity, rfc3339
from huicheng.stores import HistoryQuery, Transaction, Write


def follow(town: Town) -> None:
    """Let the workers do all there is to do."""
    consumer, projector = AlertConsumer(town.platform), Projector(town.platform)
    while consumer.step() or projector.step():
        continue


def test_an_alert_opens_a_case_with_what_it_knows(town: Town) -> None:
    alert = town.put_alert("a1", MONDAY - HOUR)
    follow(town)
    case = Case.objects.get()
    assert (case.alert_id, case.entity_ref, case.source) == (alert, STATION, "alert")
    assert (case.kind, case.category, case.owner_unit) == ("environment/event", "pm25-hourly", "eeb")
    assert (case.longitude, case.latitude) == (109.33, 27.74)
    assert case.title == "万柳站 PM2.5 过高"


def test_in_a_replay_it_opens_at_the_time_of_the_alert(town: Town) -> None:
    town.put_alert("a1", MONDAY - 3 * HOUR)
    follow(town)
    assert Case.objects.get().opened_at == MONDAY - 3 * HOUR


def test_an_alert_that_changes_opens_no_second_case(town: Town) -> None:
    town.put_alert("a1")
    follow(town)
    town.put_alert("a1", severity="severe")
    follow(town)
    assert Case.objects.count() == 1
    assert CaseEvent.objects.count() == 1


def test_the_end_of_an_alert_is_noted_once_and_closes_nothing(town: Town) -> None:
    town.put_alert("a1")
    follow(town)
    for _ in range(2):
        town.put_alert("a1", status="ended", validTo=rfc3339(MONDAY + HOUR))
        follow(town)
    case = Case.objects.get()
    assert case.state == "pending"
    assert list(case.events.values_list("action", "at")) == [("open", MONDAY), ("alert-ended", MONDAY + HOUR)]


def test_an_alert_that_began_and_ended_in_one_window_has_its_case(town: Town) -> None:
    town.put_alert("a1")
    town.put_alert("a1", status="no-data", validTo=rfc3339(MONDAY + HOUR))
    follow(town)
    assert list(Case.objects.get().events.values_list("action", flat=True)) == ["open", "alert-no-data"]


def test_an_alert_without_a_kind_of_case_opens_none(town: Town) -> None:
    town.put_alert("a1", caseKind="")
    town.put_alert("a2", caseKind="water/flood")  # its pack is not here
    town.put_alert("a3")
    follow(town)
    assert [case.alert_id for case in Case.objects.all()] == ["urn:ngsi-ld:Alert:a3"]


def test_a_second_consumer_finds_the_work_done(town: Town) -> None:
    town.put_alert("a1")
    assert AlertConsumer(town.platform).step()
    assert not AlertConsumer(town.platform).step()
    assert ConsumerPosition.objects.get().seq == town.store.head()


def test_windows_without_an_alert_are_passed_without_a_commit_each(town: Town) -> None:
    consumer = AlertConsumer(town.platform)
    written = []
    for number in range(3):
        other = Entity(id=f"urn:test:{number}", type="Test", attributes={})
        town.store.commit(Transaction(writes=[Write(entity=other)]))
        assert consumer.step()
        assert not consumer.step()
        written.append(consumer.position())
    assert written == [written[0]] * 3
    assert written[0] < town.store.head()
    town.put_alert("a1")
    assert consumer.step()
    assert consumer.position() == town.store.head()
    assert Case.objects.count() == 1


def test_the_case_is_an_entity_without_anything_personal(town: Town) -> None:
    alert = town.put_alert("a1")
    follow(town)
    stored = town.case(Case.objects.get().number)
    values = {name: held.content for name, held in stored.entity.attributes.items() if not isinstance(held, list)}
    assert values == {
        "kind": "environment/event",
        "category": "pm25-hourly",
        "status": "pending",
        "stage": "dispatch",
        "refAlert": alert,
        "refEntity": STATION,
        "ownerUnit": "eeb",
        "openedAt": rfc3339(MONDAY),
        "dueAt": rfc3339(MONDAY + 6 * HOUR),
        "source": "alert",
        "location": {"type": "Point", "coordinates": [109.33, 27.74]},
    }
    assert stored.version == 1
    assert "PM2.5" not in stored.entity.document().decode()


def test_every_state_of_the_case_stays_in_history_with_its_time(town: Town) -> None:
    town.put_alert("a1")
    follow(town)
    case = Case.objects.get()
    dispatcher, handler, verifier = (
        town.account("dispatcher", "oc"),
        town.account("handler", "ucm"),
        town.account("verifier", "oc"),
    )
    # Three transitions before the projector comes by: none of them is lost.
    town.set_clock(MONDAY + HOUR)
    case = act(case.id, "dispatch", dispatcher, {"unit": "ucm"}, expected_version=case.version)
    town.set_clock(MONDAY + 2 * HOUR)
    case = act(case.id, "handle", handler, {"result": "SECRET-TEXT"}, expected_version=case.version)
    town.set_clock(MONDAY + 3 * HOUR)
    act(case.id, "pass", verifier, {}, expected_version=case.version)
    follow(town)
    urn = f"urn:ngsi-ld:Case:{case.number}"
    seen = town.store.history(HistoryQuery(entities=[urn], attributes=["status", "ownerUnit"]))
    course = [(one.attribute, one.value, round((one.observed_at - MONDAY) / HOUR)) for one in seen]
    assert course == [
        ("ownerUnit", "eeb", 0),
        ("ownerUnit", "ucm", 1),
        ("status", "pending", 0),
        ("status", "handling", 1),
        ("status", "checking", 2),
        ("status", "closed", 3),
    ]
    stored = town.case(case.number)
    in_time = stored.entity.attributes["inTime"]
    assert not isinstance(in_time, list)
    assert in_time.content is True
    assert "SECRET-TEXT" not in stored.entity.document().decode()


def test_what_was_projected_already_is_projected_again_without_harm(town: Town) -> None:
    town.put_alert("a1")
    follow(town)
    before = town.case(Case.objects.get().number)
    Outbox.objects.update(done=False)  # as after a death between the two commits
    assert Projector(town.platform).step()
    assert town.case(Case.objects.get().number).entity == before.entity


def test_what_went_and_came_back_is_still_there_however_often_a_step_is_done_again(town: Town) -> None:
    """As of a case whose due time goes and comes; a step that died is done again before the next one."""
    town.put_alert("a1")
    follow(town)
    case = Case.objects.get()
    due = town.case(case.number).entity.attributes["dueAt"]
    put = {"dueAt": {"type": "Property", "value": "2013-03-05T09:00:00Z", "observedAt": "2013-03-04T03:00:00Z"}}
    Outbox.objects.create(case=case, version=case.version + 1, body={"put": {}, "remove": ["dueAt"]})
    Outbox.objects.create(case=case, version=case.version + 2, body={"put": put, "remove": []})
    projector = Projector(town.platform)
    for row in Outbox.objects.filter(done=False).order_by("id"):
        assert projector.step()
        Outbox.objects.filter(pk=row.pk).update(done=False)  # as after a death between the two commits
        assert projector.step()
    assert not projector.step()
    assert town.case(case.number).entity.attributes["dueAt"] != due


@pytest.mark.engines("sqlite")  # the files are what is tested
def test_city_and_people_are_two_files(town: Town) -> None:
    names = {path.name for path in Path(town.data).iterdir()}
    assert {"city.db", "people.db"} <= names
