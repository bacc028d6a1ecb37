"""Orders from the desk: seen before they are given, approved by another, for a thing and for an incident (Q1)."""

from __future__ import annotations

import re
from typing import Any

from desk_visitors import Visit
from django.test import Client
from people import Town

from huicheng.access import Subject
from huicheng.cases.engine import PLATFORM, Filing, act, note, open_case
from huicheng.cases.models import Case
from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write

PUMP = "urn:ngsi-ld:Pump:p1"
DRAIN = "urn:ngsi-ld:DrainNode:d1"
ADDRESS = f"/desk/things/{PUMP}/"
ASKED = {"order": "infrastructure/command:pump-run", "pump-run-reason": "井内水位过高"}


def put(town: Town, id: str, type: str, name: str, **facts: str) -> None:
    """A thing of the city."""
    attributes: dict[str, Attribute | list[Attribute]] = {
        key: Attribute(type="Relationship", object=value)
        if value.startswith("urn:")
        else Attribute(type="Property", value=value)
        for key, value in facts.items()
    }
    attributes["name"] = Attribute(type="LanguageProperty", language_map={"zh-hans": name, "en": f"Pump {id[-1]}"})
    attributes["location"] = Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [109.2, 27.7]})
    town.store.commit(Transaction(writes=[Write(entity=Entity(id=id, type=type, attributes=attributes))]))


def station(town: Town) -> None:
    """Two pumps of one station, one the fallback of the other, and a drain that the first serves."""
    put(town, PUMP, "Pump", "一号泵", status="off", controlGroup="north", fallback="urn:ngsi-ld:Pump:p2")
    put(town, "urn:ngsi-ld:Pump:p2", "Pump", "二号泵", status="off", controlGroup="north")
    put(town, DRAIN, "DrainNode", "井一", servedBy=PUMP)


def look(client: Client, **more: str) -> Any:
    return client.post(ADDRESS, {**ASKED, "look": "", **more})


def give(client: Client, **more: str) -> Any:
    """Both steps, with what the first one hands on."""
    text = look(client, **more).content.decode()
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text))
    kept.pop("csrfmiddlewaretoken", None)
    return client.post(ADDRESS, {**kept, "give": ""})


def dispatcher(town: Town) -> Subject:
    return town.account("dispatcher", "oc", "甲")


def test_a_thing_shows_its_record_and_the_orders_that_policies_grant(town: Town, visit: Visit) -> None:
    station(town)
    text = visit(dispatcher(town)).get(ADDRESS).content.decode()
    assert "Pump 1" in text
    assert "Start the pump" in text
    assert "Stopped" in text
    assert "Start the pump" not in visit(town.account("steward", "dsb")).get(ADDRESS).content.decode()
    assert visit(town.account("citizen")).get(ADDRESS).status_code == 404


def test_what_will_happen_is_said_before_anything_does(town: Town, visit: Visit) -> None:
    station(town)
    text = look(visit(dispatcher(town))).content.decode()
    assert "Pump 1: Status is to become “Running” (now: Stopped)." in text
    assert "It goes out when somebody else has approved it." in text
    assert "The device has 30 seconds to answer." in text
    assert "Pump 2 is ordered instead" in text
    assert not Case.objects.exists()


def test_an_order_is_asked_for_approved_by_another_and_then_out(town: Town, visit: Visit) -> None:
    station(town)
    asking = visit(dispatcher(town))
    response = give(asking)
    case = Case.objects.get()
    assert response.headers["Location"] == f"/desk/cases/{case.number}/"
    assert (case.state, case.entity_ref, case.longitude) == ("requested", PUMP, 109.2)
    mine = asking.get("/desk/orders/").content.decode()
    assert "asked for by 甲" in mine
    assert "Approve and send" not in mine
    chief = visit(town.account("chief", "oc", "乙"))
    text = chief.get("/desk/orders/").content.decode()
    assert text.count("Approve and send") == 1
    chief.post(f"/desk/cases/{case.number}/approve/", {"version": str(case.version)})
    case.refresh_from_db()
    assert case.state == "sent"
    page = chief.get(f"/desk/cases/{case.number}/").content.decode()
    assert f'data-live-id="urn:ngsi-ld:Case:{case.number}"' in page
    assert "Running" in page


def test_the_course_names_the_device_that_answered_and_leads_to_it(town: Town, visit: Visit) -> None:
    box = "urn:ngsi-ld:Device:box"
    put(town, box, "Device", "一号泵控制器")
    put(town, PUMP, "Pump", "一号泵", status="off", refDevice=box)
    filing = Filing(
        kind="infrastructure/command",
        category="pump-run",
        source="desk",
        title="开泵",
        entity_ref=PUMP,
        state="sent",
        form={"reason": "高"},
    )
    case = open_case(filing, PLATFORM)
    note(case, "ack-foreign", case.opened_at, {"by": PUMP})
    act(case.pk, "acknowledge", Subject(id=box, roles=("device",)), {}, expected_version=case.version)
    page = f"/desk/cases/{case.number}/"
    text = visit(dispatcher(town)).get(page).content.decode()
    assert '<a href="/desk/devices/box/">Pump x</a>' in text
    assert "By: Pump 1" in text
    # Whoever may not see the register is told the device's own name, and led nowhere.
    text = visit(town.account("leader", "oc", "丙")).get(page).content.decode()
    assert ("/desk/devices/box/" in text) == ("Pump x" in text)
    assert box not in text


def test_the_same_form_sent_twice_is_one_order(town: Town, visit: Visit) -> None:
    station(town)
    client = visit(dispatcher(town))
    text = look(client).content.decode()
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text))
    for _ in range(2):
        assert client.post(ADDRESS, {**kept, "give": ""}).status_code == 302
    assert Case.objects.count() == 1


def test_an_order_against_another_is_told_with_its_number(town: Town, visit: Visit) -> None:
    station(town)
    client = visit(dispatcher(town))
    give(client)
    number = Case.objects.get().number
    assert f'href="/desk/cases/{number}/"' in look(client).content.decode()
    other = "/desk/things/urn:ngsi-ld:Pump:p2/"
    response = client.post(other, {**ASKED, "order": "infrastructure/command:pump-run", "give": ""})
    assert response.status_code == 409
    assert number in response.content.decode()
    assert Case.objects.count() == 1


def test_what_is_missing_is_said_at_its_field(town: Town, visit: Visit) -> None:
    station(town)
    response = visit(dispatcher(town)).post(ADDRESS, {"order": "infrastructure/command:pump-run", "look": ""})
    assert response.status_code == 422
    assert "pump-run-reason-error" in response.content.decode()


def test_an_order_that_is_none_and_one_that_is_not_granted_are_not_found(town: Town, visit: Visit) -> None:
    station(town)
    for order in ("infrastructure/command:light-on", "city/event:litter", "x", ""):
        client = visit(town.account("dispatcher", "oc"))
        assert client.post(ADDRESS, {"order": order, "give": ""}).status_code == 404
    leader = visit(town.account("leader", "oc"))
    assert leader.post(ADDRESS, {**ASKED, "give": ""}).status_code == 404
    assert not Case.objects.exists()


def incident() -> Case:
    filing = Filing(
        kind="infrastructure/incident", category="waterlogging", source="alert", title="内涝", entity_ref=DRAIN
    )
    return open_case(filing, PLATFORM)


def test_an_incident_offers_what_its_thing_leads_to_and_the_order_is_a_part_of_it(town: Town, visit: Visit) -> None:
    station(town)
    case = incident()
    client = visit(dispatcher(town))
    text = client.get(f"/desk/cases/{case.number}/").content.decode()
    assert f"/desk/things/{PUMP}/?part-of={case.number}" in text
    give(client, **{"part-of": case.number})
    part = Case.objects.get(kind="infrastructure/command")
    assert part.parent_id == case.pk
    assert list(case.events.order_by("seq").values_list("action", flat=True)) == ["open", "part-opened"]
    [task] = client.get(f"/operations/incident.json?case={case.number}").json()["tasks"]
    assert (task["url"], task["open"]) == (f"/desk/cases/{part.number}/", True)


def test_an_order_is_no_part_of_a_case_that_has_no_such_parts(town: Town, visit: Visit) -> None:
    station(town)
    filing = Filing(kind="environment/event", category="smoke", source="desk", title="冒烟")
    other = open_case(filing, PLATFORM)
    response = give(visit(dispatcher(town)), **{"part-of": other.number})
    assert response.status_code == 422
    assert "cannot have such a part" in response.content.decode()
    assert not Case.objects.filter(kind="infrastructure/command").exists()
