"""The register of devices at the desk: found, entered one by one and by table, given keys, with their health (W1.1)."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import time
from typing import Any

import pytest
from desk_visitors import Visit
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from people import Town

from huicheng.city import Attribute, Entity, from_micros
from huicheng.stores import Authority, DeviceKeys, Rows, Transaction, Write, device_urn, drive

HOUR = 3_600_000_000


def steward(town: Town, visit: Visit) -> Client:
    return visit(town.account("steward", "dsb"))


def enter(client: Client, **cells: str | list[str]) -> Any:
    return client.post("/desk/devices/new/", cells)


def secret(answer: Any) -> str:
    found = re.search(r'id="secret">([^<]+)<', answer.content.decode())
    assert found is not None
    return found[1]


def holds(town: Town, key: str) -> str:
    """The id of the device that the key speaks for; "" when it opens nothing."""
    subject = drive(Authority(town.platform.store).subject_of_key(key))
    return subject.id if subject else ""


def test_a_device_is_entered_found_and_changed(town: Town, visit: Visit) -> None:
    client = steward(town, visit)
    answer = enter(
        client, id="lvl-9", name="示例九", property="waterLevel", owner="eeb", longitude="109.2", latitude="27.7"
    )
    assert (answer.status_code, answer["Location"]) == (302, "/desk/devices/lvl-9/")
    assert "示例九" in client.get("/desk/devices/", {"senses": "waterLevel", "owner": "eeb"}).content.decode()
    assert "示例九" not in client.get("/desk/devices/", {"senses": "noiseLevel"}).content.decode()
    assert client.post("/desk/devices/lvl-9/edit/", {"model": "M7"}).status_code == 302
    page = client.get("/desk/devices/lvl-9/").content.decode()
    assert "M7" in page
    assert "示例九" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "a b"},
        {"id": "a/b"},
        {"id": "urn:ngsi-ld:Case:1"},
        {"id": "ok", "category": "spaceship"},
        {"id": "ok", "longitude": "x", "latitude": "1"},
        {"id": "ok", "longitude": "27.7", "latitude": "109.2"},
        {"id": "here"},
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_entered(town: Town, visit: Visit, wrong: dict[str, str]) -> None:
    client = steward(town, visit)
    assert enter(client, id="here").status_code == 302
    answer = enter(client, **wrong)
    assert answer.status_code in {400, 409}
    assert "message-bad" in answer.content.decode()
    assert client.get("/desk/devices/ok/").status_code == 404


def test_a_key_is_shown_once_opens_for_its_device_and_a_new_one_ends_it(town: Town, visit: Visit) -> None:
    client = steward(town, visit)
    enter(client, id="d1", owner="eeb")
    first = secret(client.post("/desk/devices/d1/key/", {"do": "give"}))
    assert holds(town, first) == device_urn("d1")
    assert first not in client.get("/desk/devices/d1/").content.decode()
    second = secret(client.post("/desk/devices/d1/key/", {"do": "give"}))
    assert (holds(town, first), holds(town, second)) == ("", device_urn("d1"))
    client.post("/desk/devices/d1/key/", {"do": "revoke"})
    assert holds(town, second) == ""
    verbs = [one.act.action for one in drive(Authority(town.platform.store).audit.after(0, 1000))]
    assert verbs.count("provision") == 2


def test_who_only_reads_gives_no_keys_and_enters_nothing(town: Town, visit: Visit) -> None:
    enter(steward(town, visit), id="d1")
    handler = visit(town.account("handler", "eeb"))
    assert handler.get("/desk/devices/d1/").status_code == 200
    assert handler.post("/desk/devices/d1/key/", {"do": "give"}).status_code == 403
    assert enter(handler, id="d2").status_code == 403
    assert drive(DeviceKeys(town.platform.store).of([device_urn("d1")])) == {}


def test_a_device_that_senses_several_things_is_found_by_each_of_them(town: Town, visit: Visit) -> None:
    client = steward(town, visit)
    assert enter(client, id="both", name="两用", property=["waterLevel", "temperature"]).status_code == 302
    for senses in ("waterLevel", "temperature"):
        assert "两用" in client.get("/desk/devices/", {"senses": senses}).content.decode()
    assert "两用" not in client.get("/desk/devices/", {"senses": "waterPollution"}).content.decode()
    page = client.get("/desk/devices/both/").content.decode()
    assert "Water level, Temperature" in page
    form = client.get("/desk/devices/both/edit/").content.decode()
    assert re.findall(r'<option value="(\w+)" selected', form) == ["waterLevel", "temperature"]
    # The table that comes out goes in again.
    listed = b"".join(client.get("/desk/devices/devices.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined] # a stream
    row = next(one for one in csv.DictReader(io.StringIO(listed)) if one["id"].endswith(":both"))
    assert row["property"] == "waterLevel;temperature"
    wrong = SimpleUploadedFile("d.csv", b"id,property\nboth,waterLevel;colour\n")
    client.post("/desk/devices/table/", {"table": wrong})
    assert f"{device_urn('both')}/controlledProperty" in client.get("/desk/devices/").content.decode()


def test_a_table_is_entered_whole_with_keys_that_open(town: Town, visit: Visit) -> None:
    client = steward(town, visit)
    table = "id,name,property,owner\n" + "".join(f"t-{n},示例{n},noiseLevel,eeb\n" for n in range(30))
    answer = client.post("/desk/devices/table/", {"table": SimpleUploadedFile("d.csv", table.encode()), "keys": "1"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined] # a stream
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 30
    assert holds(town, rows[7]["key"]) == rows[7]["id"] == device_urn("t-7")
    listed = b"".join(client.get("/desk/devices/devices.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined] # a stream
    assert listed.count("示例") == 30
    assert not any(row["key"] in listed for row in rows)


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (b"name\nx\n", "1"),
        (b"id,colour\na,red\n", "1"),
        (b"id\na\na\n", "id"),
        (b"id,name\na\n", "2"),
        (b"id\n\xff\n", "d.csv"),
        (b"id\na\na b\n", "3: device"),
        (b"id,longitude,latitude\na,x,1\n", "2: longitude, latitude"),
    ],
)
def test_a_table_with_one_wrong_row_enters_nothing_and_the_row_is_named(
    town: Town, visit: Visit, table: bytes, place: str
) -> None:
    client = steward(town, visit)
    client.post("/desk/devices/table/", {"table": SimpleUploadedFile("d.csv", table)})
    assert client.get("/desk/devices/a/").status_code == 404
    page = client.get("/desk/devices/").content.decode()
    assert re.search(rf"message-bad[^>]*><p>{place}: ", page)


def test_health_counts_the_hours_in_which_a_device_was_heard(town: Town, visit: Visit) -> None:
    client = steward(town, visit)
    now = time.time_ns() // 1000
    whole = now // HOUR * HOUR
    held = {"deviceState": Attribute(type="Property", value="active")}
    writes = [Write(entity=Entity(id=device_urn("h1"), type="Device", attributes=held))]
    _commit(town, Transaction(writes=list(writes), received_at=whole - 10 * HOUR))
    for hours in (1, 2, 3, 3, 7):
        heard = Attribute(type="Property", value=1, unit_code="C62", observed_at=from_micros(whole - hours * HOUR))
        write = Write(entity=Entity(id=device_urn("h1"), type="Device", attributes={"heard": heard}))
        _commit(town, Transaction(writes=[write]))
    row = Rows(statement="heard.put", parameters=[(f'["{device_urn("h1")}"]', now, now)])
    _commit(town, Transaction(rows=[row]))
    page = client.get("/desk/devices/h1/").content.decode()
    assert "40 %" in page
    assert "heard in 4 of 10 hours" in page


def _commit(town: Town, transaction: Transaction) -> None:
    asyncio.run(town.platform.store.commit(transaction))


def test_trouble_is_told_and_can_be_listed(town: Town, visit: Visit) -> None:
    client = steward(town, visit)
    for name, held in (("weak", {"batteryLevel": 0.1}), ("still", {"silence": 7200}), ("well", {"batteryLevel": 0.9})):
        attributes = {key: Attribute(type="Property", value=value) for key, value in held.items()}
        entity = Entity(id=device_urn(name), type="Device", attributes=dict(attributes))
        _commit(town, Transaction(writes=[Write(entity=entity)]))
    for trouble, name in (("weak", "weak"), ("silent", "still")):
        page = client.get("/desk/devices/", {"trouble": trouble}).content.decode()
        assert re.findall(r'class="code">(\w+)</span>', page) == [name]
