"""The page of an application for an air route: what it would meet, for whoever decides (W1.2)."""

from __future__ import annotations

from typing import Any

from desk_visitors import Visit
from people import Town

from huicheng.cases.models import Case
from huicheng.cases.projection import Projector
from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write

ADDRESS = "/desk/open/infrastructure/air-route/"
ASKED = {
    "category": "inspection",
    "text": "河道巡检",
    "f-operator": "示例公司",
    "f-course": "109.19,27.70\n109.21,27.70",
    "f-floor": "80",
    "f-ceiling": "120",
    "f-begins": "2013-03-05T09:00",
    "f-ends": "2013-03-05T11:00",
}


def approved_route(town: Town, **facts: Any) -> None:
    """One that is in the city already."""
    attributes: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(type="Property", value=value) for name, value in {"status": "approved", **facts}.items()
    }
    line = {"type": "LineString", "coordinates": [[109.20, 27.69], [109.20, 27.71]]}
    attributes["location"] = Attribute(type="GeoProperty", value=line)
    attributes["name"] = Attribute(type="LanguageProperty", language_map={"zh-hans": "一号线", "en": "Route one"})
    entity = Entity(id="urn:ngsi-ld:AirRoute:one", type="AirRoute", attributes=attributes)
    town.store.commit(Transaction(writes=[Write(entity=entity)]))


def test_an_application_is_filed_at_the_desk_and_shows_heights_time_and_its_drawing(town: Town, visit: Visit) -> None:
    client = visit(town.account("dispatcher", "oc", "甲"))
    assert 'name="f-course"' in client.get(ADDRESS).content.decode()
    response = client.post(ADDRESS, ASKED)
    case = Case.objects.get()
    assert response.status_code == 302
    while Projector(town.platform).step():
        pass
    text = client.get(f"/desk/cases/{case.number}/").content.decode()
    assert "80 m" in text
    assert '<path class="own"' in text
    assert "meets no approved route" in text
    assert f'href="/desk/things/urn:ngsi-ld:AirRoute:{case.number}/"' in text
    assert "a line of 2 places" in text
    assert "2013-03-05T09:00" not in text
    assert "Floor (metres above the ground): 80<" in text


def test_whoever_decides_is_shown_the_very_conflicts_and_cannot_approve(town: Town, visit: Visit) -> None:
    visit(town.account("dispatcher", "oc", "甲")).post(ADDRESS, ASKED)
    case = Case.objects.get()
    approved_route(town, floor=100, ceiling=150)
    chief = visit(town.account("chief", "oc", "乙"))
    page = f"/desk/cases/{case.number}/"
    text = chief.get(page).content.decode()
    assert '<a href="/desk/things/urn:ngsi-ld:AirRoute:one/">Route one</a>' in text
    assert "They cross in plan. Heights that both have: 100 to 120 m." in text
    assert "Its record does not say: Valid from, Valid to" in text
    assert '<path class="met"' in text
    assert 'id="act-approve"' not in text
    assert "it would meet what is named under Airspace" in text
    assert "not verified" in text
    refused = chief.post(f"{page}approve/", {"version": "1"})
    assert refused.status_code == 409
    assert "it would meet one" in refused.content.decode()
    case.refresh_from_db()
    assert case.state == "requested"
    approved_route(town, floor=300, ceiling=400)
    assert chief.post(f"{page}approve/", {"version": "1"}).status_code == 302


def test_what_is_wrong_is_said_beside_its_field_and_what_was_written_is_kept(town: Town, visit: Visit) -> None:
    client = visit(town.account("dispatcher", "oc", "甲"))
    response = client.post(ADDRESS, {**ASKED, "f-course": "109.19 27.70", "f-operator": "示例<公司>"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "places as longitude,latitude" in text
    assert "109.19 27.70" in text
    assert "示例&lt;公司&gt;" in text
    assert not Case.objects.exists()
