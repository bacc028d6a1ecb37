"""Before one more is built it is asked what stands there, and where the city is not sensed (G2, W1.4)."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from desk_visitors import Visit
from django.test import Client
from people import Town

from huicheng.city import Attribute, Entity
from huicheng.platform import install
from huicheng.stores import Mode, Transaction, Write

HERE = (109.19, 27.72)


def thing(town: Town, type: str, name: str, place: tuple[float, float], **said: Any) -> None:
    """Put one thing into the register."""
    attributes: dict[str, Any] = {key: Attribute(type="Property", value=value) for key, value in said.items()}
    attributes["name"] = Attribute(type="Property", value=name)
    attributes["location"] = Attribute(type="GeoProperty", value={"type": "Point", "coordinates": list(place)})
    entity = Entity(id=f"urn:ngsi-ld:{type}:{name}", type=type, attributes=attributes)
    asyncio.run(town.platform.store.commit(Transaction(writes=[Write(entity=entity, mode=Mode.CREATE)])))


def steward(town: Town, visit: Visit) -> Client:
    return visit(town.account("steward", "dsb"))


def test_what_senses_the_same_nearby_is_told_with_distance_and_owner(town: Town, visit: Visit) -> None:
    thing(town, "Device", "A", (109.1905, 27.72), controlledProperty=["airPollution", "temperature"], ownerCode="eeb")
    thing(town, "Device", "B", (109.192, 27.72), controlledProperty="airPollution", ownerCode="eeb", silence=90_000)
    thing(town, "Device", "other", HERE, controlledProperty="noiseLevel")
    thing(town, "Device", "far", (109.3, 27.72), controlledProperty="airPollution")
    asked = {"longitude": HERE[0], "latitude": HERE[1], "metres": 500, "senses": "airPollution"}
    found = steward(town, visit).get("/desk/standing.json", asked).json()["standing"]
    assert [(one["name"], one["works"]) for one in found] == [("A", True), ("B", False)]
    assert 45 < found[0]["metres"] < 55
    assert found[0]["owner"] != "eeb"
    page = steward(town, visit).get("/desk/standing/", asked).content.decode()
    assert "2 stand there" in page
    assert found[0]["owner"] in page


def test_a_base_station_and_a_lamp_are_found_by_their_own_types(town: Town, visit: Visit) -> None:
    thing(town, "BaseStation", "S", HERE, range=800, status="working")
    thing(town, "Streetlight", "L", HERE, status="defectiveLamp")
    for senses, name, works in (("network", "S", True), ("light", "L", False)):
        asked = {"longitude": HERE[0], "latitude": HERE[1], "metres": 500, "senses": senses}
        [one] = steward(town, visit).get("/desk/standing.json", asked).json()["standing"]
        assert (one["name"], one["works"]) == (name, works)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"longitude": "x"}, "place"),
        ({"latitude": "91"}, "place"),
        ({"longitude": "nan"}, "place"),
        ({"metres": "0"}, "metres"),
        ({"metres": "inf"}, "metres"),
        ({"metres": "20001"}, "metres"),
        ({"senses": "everything"}, "senses"),
    ],
)
def test_a_question_that_is_not_whole_names_the_field(
    town: Town, visit: Visit, wrong: dict[str, str], field: str
) -> None:
    asked = {"longitude": "109.19", "latitude": "27.72", "metres": "500", "senses": "airPollution", **wrong}
    answer = steward(town, visit).get("/desk/standing.json", asked)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    page = steward(town, visit).get("/desk/standing/", asked)
    assert page.status_code == 422
    assert answer.json()["errors"][field] in page.content.decode()


def test_cells_count_as_sensed_by_what_works_in_them(gridded: Town, visit: Visit) -> None:
    thing(gridded, "Device", "A", (109.105, 27.705), controlledProperty=["noiseLevel"])
    thing(gridded, "Device", "B", (109.135, 27.735), controlledProperty="noiseLevel", deviceState="retired")
    lines = table(steward(gridded, visit), "noiseLevel")
    assert len(lines) > 9
    counts = [(line["Working"], line["Not working"]) for line in lines]
    assert (counts.count(("1", "0")), counts.count(("0", "1"))) == (1, 1)
    page = steward(gridded, visit).get("/desk/coverage/?senses=noiseLevel").content.decode()
    assert f"of {len(lines)} cells" in page
    assert page.count("/desk/standing/?senses=noiseLevel") == len(lines) - 1


def test_a_base_station_covers_what_it_reaches(gridded: Town, visit: Visit) -> None:
    thing(gridded, "BaseStation", "near", (109.12, 27.72), range=1_200, status="working")
    thing(gridded, "BaseStation", "off", (109.12, 27.72), range=100_000, status="off")
    lines = table(steward(gridded, visit), "network")
    reached = [line for line in lines if line["Working"] != "0"]
    assert 1 < len(reached) < len(lines)


def test_who_may_not_read_the_register_is_refused(town: Town, visit: Visit) -> None:
    citizen = visit(town.account("citizen", ""))
    for address in ("/desk/standing/", "/desk/standing.json", "/desk/coverage/", "/desk/coverage/cells.csv"):
        assert citizen.get(address).status_code == 403, address


def table(client: Client, senses: str) -> list[dict[str, str]]:
    answer = client.get(f"/desk/coverage/cells.csv?senses={senses}")
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]  # a streaming answer gives bytes
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def gridded(town: Town) -> Town:
    """A town with an outline of some three kilometres a side, and so a grid of cells of one kilometre."""
    ring = [[109.1, 27.7], [109.14, 27.7], [109.14, 27.74], [109.1, 27.74], [109.1, 27.7]]
    outline = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    boundary = {"type": "FeatureCollection", "features": [outline]}
    town.platform = replace(town.platform, boundary=boundary)
    install(town.platform)
    return town
