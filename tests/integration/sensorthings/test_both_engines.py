"""What SQLite answers, PostgreSQL answers: every function and kind of value, over one city. Serves Q2, N2."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from doors import open_city, station
from postgres import Server

from huicheng.stores.opening import SETTING

S = "/sta/v1.1"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
ONE = station(1)["id"]
BOX = "POLYGON((109.2 27.6, 109.2035 27.6, 109.2035 27.8, 109.2 27.8, 109.2 27.6))"
LINE = "LINESTRING(109 27.7, 110 27.7)"


def _property(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def _json(value: Any) -> dict[str, Any]:
    return {"type": "JsonProperty", "json": value}


def _refers(*ids: str) -> dict[str, Any]:
    return {"type": "Relationship", "object": ids[0] if len(ids) == 1 else list(ids)}


def _described(number: int, properties: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Bench:{number}", "type": "Bench", "properties": _json(properties)}


def _entities() -> list[dict[str, Any]]:
    stations = [station(one, one * 7.5, district="north" if one % 2 else "south") for one in range(6)]
    readings = [station(1, 3.25 * hour, hour=hour) for hour in range(1, 5)]
    for one in stations + readings:
        one["location"]["observedAt"] = "2026-01-01T00:00:00Z"
    unlike = [
        {"n": 10, "s": "b", "t": True},
        {"n": 9.5, "s": "B"},
        {"n": "10", "s": 4, "t": False, "o": [1]},
        {"n": None},
        {},
    ]
    benches = [_described(number, properties) for number, properties in enumerate(unlike)]
    return [*stations, *readings, *benches, *_auxiliary(), *_placed()]


def _auxiliary() -> list[dict[str, Any]]:
    """What describes: a Datastream with and one without observations, a Sensor, what it observes, a place that was."""
    lamp = "urn:ngsi-ld:Lamp:1"
    told = {
        "refSensor": _refers("urn:ngsi-ld:Sensor:eye"),
        "refObservedProperty": _refers("urn:ngsi-ld:ObservedProperty:light"),
        "name": _property("Light"),
        "unitOfMeasurement": _json({"name": "lux", "symbol": "lx", "definition": "urn:lx"}),
    }
    place = {"type": "Point", "coordinates": [109.3, 27.8]}
    return [
        {"id": lamp, "type": "Lamp", "light": _property(5, observedAt="2026-01-01T00:00:00Z")},
        *(
            {"id": f"urn:ngsi-ld:Datastream:{lamp}!{one}", "type": "Datastream", "attribute": _property(one), **told}
            for one in ("light", "heat")
        ),
        {"id": "urn:ngsi-ld:Sensor:eye", "type": "Sensor", "name": _property("Eye"), "metadata": _json("see there")},
        {"id": "urn:ngsi-ld:ObservedProperty:light", "type": "ObservedProperty", "name": _property("Light")},
        {"id": "urn:ngsi-ld:Location:yard", "type": "Location", "location": {"type": "GeoProperty", "value": place}},
        {
            "id": "urn:ngsi-ld:HistoricalLocation:1",
            "type": "HistoricalLocation",
            "time": _property("2026-01-01T00:00:01.500Z"),
            "refThing": _refers(lamp),
            "refLocation": _refers("urn:ngsi-ld:Location:yard"),
        },
        {
            "id": f"urn:ngsi-ld:Observation:{lamp}!light@1767225600000000",
            "type": "Observation",
            "phenomenonTime": _json("2026-01-01T00:00:00Z/2026-01-01T08:30:00.000001+08:00"),
            "resultTime": _property("2026-01-01T00:00:02Z"),
            "validTime": _property("2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"),
            "parameters": _json({"a": 1}),
        },
    ]


def _placed() -> list[dict[str, Any]]:
    """Things in one place, and in two."""
    yard, gate = "urn:ngsi-ld:Location:yard", "urn:ngsi-ld:Location:gate"
    return [
        {"id": "urn:ngsi-ld:Gate:1", "type": "Gate", "refLocation": _refers(yard)},
        {"id": "urn:ngsi-ld:Gate:2", "type": "Gate", "refLocation": _refers(yard, gate)},
        {
            "id": gate,
            "type": "Location",
            "name": _property("Gate"),
            "location": _json({"type": "Feature", "geometry": {}}),
        },
    ]


#: Entity set → conditions on it.
CONDITIONS = {
    "Things": [
        "name eq 'Station 1'",
        "name gt 'Station 3' or name lt 'S'",
        "not startswith(name, 'Station')",
        "endswith(name, '3') or substringof('ion 4', name)",
        "contains(name, 'tation 2') and length(name) eq 9",
        "indexof(name, 'ation') gt 0",
        "substring(name, 8) eq '1'",
        "substring(name, 0, 7) eq 'Station'",
        "substring(name, 99999999999) eq ''",
        "toupper(name) eq 'STATION 1' or tolower(name) eq 'station 2'",
        "trim(concat(concat(' ', name), ' ')) eq 'Station 5'",
        "properties/n gt 9.6",
        "properties/n eq '10'",
        "properties/n eq null",
        "properties/t eq true",
        "properties/t",
        "properties/t eq 1 or properties/n",
        "properties/s gt duration'P1D'",
        "properties/o eq '[1]' or properties/s eq 'b'",
        "properties/s ne 'b'",
        "properties/s ge 'B'",
        "properties/n eq properties/s",
        "properties/n add 1 eq 11",
        "properties/n mul 2 sub 1 gt 18",
        "properties/n div 0 eq 1",
        "properties/n div 4 eq 2.5",
        "properties/n mod 4 eq 2",
        "properties/n mod 0 eq 2",
        "round(properties/n) eq 10 and floor(properties/n) eq 9 and ceiling(properties/n) eq 10",
        "-9.5 eq properties/n sub 19",
        "description in ('Bench', 'Gate')",
        "id eq 'urn:ngsi-ld:Gate:1'",
        "Datastreams/name eq 'Light'",
        "Datastreams/ObservedProperty/name eq 'pm25' and Locations/name ne 'Station 2'",
        "Locations/id eq 'urn:ngsi-ld:Location:yard'",
        "Datastreams/Sensor/name eq 'Eye' and Datastreams/unitOfMeasurement/symbol eq 'lx'",
        f"st_within(Locations/location, geography'{BOX}')",
        f"st_within(Locations/location, geography'{BOX}') and name ne 'Station 0'",
        "geo.distance(geography'POINT(109.3 27.8)', Locations/location) le 20",
    ],
    "Locations": [
        f"st_within(location, geography'{BOX}')",
        f"st_disjoint(location, geography'{BOX}')",
        f"not st_within(location, geography'{BOX}')",
        f"st_intersects(location, geography'{BOX}') and geo.distance(location, geography'POINT(109.2 27.7)') lt 250",
        "geo.distance(location, geography'POINT(179.99 27.7)') lt 9000000",
        f"geo.intersects(location, geography'{LINE}')",
        f"st_touches(location, geography'{BOX}') or st_crosses(location, geography'{LINE}')",
        f"st_overlaps(location, geography'{BOX}') or st_contains(location, geography'POINT(109.2 27.7)')",
        "st_equals(location, geography'POINT(109.2 27.7)')",
        f"st_relate(location, geography'{BOX}', 'T*F**F***')",
        f"st_relate(location, geography'{BOX}', 'nonsense')",
        "geo.distance(location, geography'POINT(109.2 27.7)') lt 250.5",
        f"geo.length(geography'{LINE}') gt 98000 and geo.length(geography'{LINE}') lt 98600",
        "location/type eq 'Feature'",
        "Things/name eq 'Station 1'",
        "HistoricalLocations/time gt 2026-01-01T00:00:01Z",
    ],
    "HistoricalLocations": [
        "time eq 2026-01-01T00:00:01.500Z",
        "year(time) eq 2026 and month(time) eq 1 and day(time) eq 1 and hour(time) eq 0 and second(time) eq 1",
        "fractionalseconds(time) eq 0.5 and totaloffsetminutes(time) eq 0",
        "date(time) eq 2026-01-01",
        "time(time) eq '00:00:01.500'",
        "time(time) eq 00:00:01.5 and time(time) lt 00:01",
        "during(time, 2026-01-01T00:00:00Z/2026-01-01T00:00:02Z)",
        "before(time, 2026-01-01T00:00:02Z) and after(time, 2026-01-01T00:00:00Z)",
        "Thing/description eq 'Lamp'",
        "Locations/name eq 'urn:ngsi-ld:Location:yard'",
    ],
    "Datastreams": [
        "unitOfMeasurement/symbol eq 'lx'",
        "Thing/name eq 'Station 1'",
        "Thing/properties/district eq 'north'",
        "startswith(observationType, 'http')",
        "Sensor/id eq 'urn:ngsi-ld:Sensor:eye'",
        "ObservedProperty/definition eq 'urn:ngsi-ld:ObservedProperty:light'",
    ],
    "Sensors": ["metadata eq 'see there'", "Datastreams/Thing/description eq 'Lamp'", "encodingType eq 'text/plain'"],
    "ObservedProperties": ["name eq 'pm25'", "Datastreams/Thing/description eq 'Lamp'"],
    "FeaturesOfInterest": [f"st_within(feature, geography'{BOX}')", "name eq 'Station 2'"],
    "Observations": [
        "result gt 5",
        "Datastream/Thing/name eq 'Station 1' and result lt 10",
        "Datastream/name eq 'Light' or result eq 37.5",
        "Datastream/Thing/properties/district eq 'south' or resultTime gt 2026-01-01T00:00:01Z",
        "parameters/a eq 1",
        "hour(phenomenonTime) eq 2",
        "phenomenonTime eq 2026-01-01T00:00:00Z/2026-01-01T00:30:00.000001Z",
        "overlaps(phenomenonTime,2026-01-01T00:30:00Z) and Datastream/name eq 'Light'",
        "Datastream/Thing/description eq 'Lamp' and phenomenonTime gt 2025-12-31T23:59:59Z",
        "during(2026-01-01T00:00:00Z/2026-01-01T01:00:00Z,validTime) or phenomenonTime ge 2026-01-01T04:00:00Z",
        f"st_within(FeatureOfInterest/feature, geography'{BOX}')",
        "FeatureOfInterest/name eq 'Station 4' or result eq 5",
    ],
}
#: What is asked beside; equals are told apart, because each engine may keep them as it likes.
ORDERS = [
    "Things?$orderby=name desc,id",
    "Things?$orderby=properties/n,id",
    "Things?$orderby=properties/s desc,id",
    "Things?$orderby=description,name desc&$top=5&$skip=3",
    "Things?$count=true&$top=2&$expand=Locations($expand=Things),Datastreams($orderby=id;$expand=Sensor)",
    "Things('urn:ngsi-ld:Gate:2')?$expand=Locations,HistoricalLocations",
    "Things('urn:ngsi-ld:Lamp:1')/Datastreams?$expand=Observations,Thing&$orderby=id",
    f"Things('{ONE}')/Datastreams('{ONE}!pm25')/Observations?$orderby=result desc&$expand=FeatureOfInterest",
    f"Datastreams('{ONE}!pm25')/Observations?$count=true&$top=2",
    f"Datastreams('{ONE}!pm25')/Observations?$top=1&$orderby=phenomenonTime desc",
    "Datastreams?$expand=Observations($top=1;$orderby=phenomenonTime desc)&$orderby=id&$count=true",
    "Observations?$count=true&$top=0",
    "Observations?$count=true&$top=1&$filter=Datastream/Thing/name eq 'Station 1'&$orderby=id",
    "HistoricalLocations?$orderby=time desc,id&$expand=Thing,Locations",
    "Datastreams?$orderby=Thing/name desc,id",
    "Observations?$orderby=Datastream/Thing/name,id desc",
    "Observations?$orderby=Datastream/unitOfMeasurement/symbol desc,id",
    "FeaturesOfInterest?$expand=Observations($orderby=id)",
    "ObservedProperties?$expand=Datastreams($orderby=id)",
    "Sensors?$expand=Datastreams($orderby=id)",
]
#: Sets, and what is expanded of each of their entities: read at once for all of a page.
EXPANDED = [
    ("Things", "Datastreams($top=1;$skip=1;$orderby=id desc;$count=true)"),
    ("Things", "Datastreams($top=0;$count=true),HistoricalLocations($orderby=id)"),
    ("Things", "Datastreams($filter=name ne 'Light';$orderby=name desc,id;$expand=ObservedProperty,Thing)"),
    ("Things", "Datastreams($orderby=id;$expand=Observations($top=1;$orderby=phenomenonTime desc))"),
    ("Things", "Datastreams($orderby=id;$expand=Observations($top=2;$orderby=result desc;$count=true))"),
    (
        "Things",
        "Locations($filter=name ne 'Gate';$count=true;$expand=HistoricalLocations($top=1;$orderby=time desc,id))",
    ),
    ("Things", "Locations($orderby=id desc;$skip=1;$expand=Things($orderby=id))"),
    ("Locations", "Things($orderby=id desc;$top=2;$count=true;$expand=Datastreams($orderby=id))"),
    (
        "Locations",
        "Things($filter=id ne 'urn:ngsi-ld:Gate:1';$top=1;$orderby=name),HistoricalLocations($count=true)",
    ),
    (
        "HistoricalLocations",
        "Locations($orderby=id;$top=1;$expand=Things($orderby=id)),Thing($expand=Locations($orderby=id))",
    ),
    ("Sensors", "Datastreams($orderby=id;$top=2;$count=true;$expand=Thing($expand=Locations))"),
]
ORDERS += [f"{name}?$expand={expand}&$orderby=id" for name, expand in EXPANDED]
QUESTIONS = [f"{name}?$filter={one}&$orderby=id" for name, those in CONDITIONS.items() for one in those] + ORDERS
#: Enough to see that each set is behind the policies.
FEW = [f"{name}?$filter={those[0]}&$orderby=id" for name, those in CONDITIONS.items()] + ORDERS

#: Engine → client → question → answer.
Answers = dict[str, dict[str, dict[str, Any]]]


async def _answers(data: Path) -> dict[str, dict[str, Any]]:
    async with open_city(data) as city:
        filled = await city.writer.post(f"{UPSERT}?options=update", json=_entities())
        assert filled.status_code in {201, 204}, filled.text
        return {
            "writer": {one: await _answer(city.writer, one) for one in QUESTIONS},
            "limited": {one: await _answer(city.limited, one) for one in FEW},
            "alone": {f"{name} {expand}": await _alone(city.writer, name, expand) for name, expand in EXPANDED},
        }


async def _alone(client: httpx.AsyncClient, name: str, expand: str) -> dict[str, Any]:
    """Each entity of a set, asked for by itself."""
    every = (await client.get(f"{S}/{name}?$top=1000")).json()["value"]
    asked = ((one["@iot.id"], f"{S}/{name}('{one['@iot.id']}')") for one in every)
    return {id_: (await client.get(path, params={"$expand": expand})).json() for id_, path in asked}


async def _answer(client: httpx.AsyncClient, question: str) -> Any:
    path, _, asked = question.partition("?")
    answer = await client.get(f"{S}/{path}", params=dict(one.split("=", 1) for one in asked.split("&")))
    return answer.json()


@pytest.fixture(scope="module")
def answers(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    with postgres_server.databases() as one_more, pytest.MonkeyPatch.context() as patch:
        found = {}
        for engine, database in (("sqlite", ""), ("postgres", one_more())):
            patch.setenv(SETTING, database)
            found[engine] = asyncio.run(_answers(tmp_path_factory.mktemp(engine)))
        yield found


@pytest.mark.parametrize("client", ["writer", "limited"])
def test_both_engines_give_the_same_answers(answers: Answers, client: str) -> None:
    ones, others = answers["sqlite"][client], answers["postgres"][client]
    differing = {question: (told, others[question]) for question, told in ones.items() if told != others[question]}
    assert differing == {}


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_is_expanded_for_a_page_is_what_each_entity_has_when_it_is_asked_alone(
    answers: Answers, engine: str
) -> None:
    for name, expand in EXPANDED:
        page = answers[engine]["writer"][f"{name}?$expand={expand}&$orderby=id"]["value"]
        assert {one["@iot.id"]: one for one in page} == answers[engine]["alone"][f"{name} {expand}"], expand


def test_every_question_has_a_meaning_and_most_find_something(answers: Answers) -> None:
    told = answers["postgres"]["writer"]
    assert [question for question, one in told.items() if "code" in one] == []
    assert sum(bool(one.get("value", True)) for one in told.values()) > len(told) * 0.8
