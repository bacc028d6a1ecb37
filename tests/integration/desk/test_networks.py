"""Networks, base stations and cameras at the desk: found, counted, and a camera's picture under policy (W1.1)."""

from __future__ import annotations

import pytest
from desk_visitors import Visit
from people import Town

from huicheng.city import Attribute, Entity
from huicheng.stores import Transaction, Write, drive

NET = "urn:ngsi-ld:Network:n1"


@pytest.fixture
def there(town: Town) -> None:
    """A network with a device that speaks and one that is silent, and a camera."""
    text = {"name": "示例网", "technology": "lora", "ownerCode": "dsb"}
    entities = [Entity(id=NET, type="Network", attributes=_attributes(**text))]
    for key, silence in (("d1", 10.0), ("d2", 90_000.0)):
        on = Attribute(type="Relationship", object=NET)
        held = {**_attributes(name=key, silence=silence), "refNetwork": on}
        entities.append(Entity(id=f"urn:ngsi-ld:Device:{key}", type="Device", attributes=held))
    seen = _attributes(name="示例机", status="fault", streamUrl="rtsp://secret.example/1")
    entities.append(Entity(id="urn:ngsi-ld:Camera:c1", type="Camera", attributes=seen))
    drive(town.platform.store.commit(Transaction(writes=[Write(entity=one) for one in entities])))


def _attributes(**values: str | float) -> dict[str, Attribute]:
    return {name: Attribute(type="Property", value=value) for name, value in values.items()}


@pytest.mark.usefixtures("there")
def test_networks_stations_and_cameras_are_listed_and_lead_to_their_devices(town: Town, visit: Visit) -> None:
    client = visit(town.account("steward", "dsb"))
    page = client.get("/desk/networks/").content.decode()
    assert "示例网" in page
    assert "LoRa" in page
    assert 'data-silent="1"' in page
    assert "示例机" in page
    assert "示例机" not in client.get("/desk/networks/", {"kind": "Network"}).content.decode()
    assert "示例网" not in client.get("/desk/networks/", {"q": "示例机"}).content.decode()
    listed = client.get("/desk/devices/", {"network": NET}).content.decode()
    assert "d1" in listed
    assert "d2" in listed
    assert "d1" not in client.get("/desk/devices/", {"network": "urn:ngsi-ld:Network:n2"}).content.decode()


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(("role", "shown"), [("dispatcher", 0), ("leader", 1)])
def test_a_cameras_picture_is_for_those_whom_the_policy_names(town: Town, visit: Visit, role: str, shown: int) -> None:
    client = visit(town.account(role, "oc"))
    assert "示例机" in client.get("/desk/networks/").content.decode()
    page = client.get("/desk/things/urn:ngsi-ld:Camera:c1/").content.decode()
    assert page.count("rtsp://secret.example/1") == shown


def test_who_may_see_none_of_them_is_refused_and_is_shown_no_way_there(town: Town, visit: Visit) -> None:
    collector = visit(town.account("collector", "oc"))
    assert collector.get("/desk/networks/").status_code == 403
    assert "/desk/networks/" not in collector.get("/desk/devices/").content.decode()
