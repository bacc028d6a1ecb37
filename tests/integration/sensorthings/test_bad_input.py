"""Whatever is sent: an answer of the standard with its place, never a fault of ours, and in bounded time."""

from __future__ import annotations

import time

import pytest
from doors import City, InCity, station

S = "/sta/v1.1"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"

CONDITIONS = [
    "name eq",
    "nosuch eq 1",
    "bogus(name)",
    "name gt 5",
    "Datastreams eq 1",
    "Datastreams/nosuch eq 1",
    "st_within(name, geography'POINT(1 2)')",
    "st_within(location, 'x')",
    "substring(name) eq 'x'",
    "year(name) eq 2026",
    "name eq 'x' and",
    'properties/"x eq 1',
    "name/x eq 1",
    "name eq 'a\0b'",
    "properties/x eq 1e999",
    "name eq '" + "x" * 30_000 + "'",
]
OPTIONS = [
    {"$top": "-5"},
    {"$top": "x"},
    {"$top": "99999999999999999999"},
    {"$skip": "-1"},
    {"$count": "maybe"},
    {"$orderby": "nosuch asc"},
    {"$orderby": "Datastreams/name"},
    {"$select": "nosuch"},
    {"$expand": "nosuch"},
    {"$expand": "Datastreams($top=1"},
    {"$expand": "Datastreams(top)"},
    {"$expand": "Datastreams/Thing/" * 30 + "Datastreams"},
    {"$nosuch": "1"},
    {"$resultFormat": "xml"},
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_that_means_nothing_is_refused(in_city: InCity, condition: str) -> None:
    async def talk(city: City) -> None:
        answer = await city.writer.get(f"{S}/Things", params={"$filter": condition})
        assert answer.status_code == 400, answer.text
        assert {"code": 400, "type": "error"}.items() <= answer.json().items()
        assert answer.json()["message"]

    in_city(talk)


def test_options_that_mean_nothing_are_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for asked in OPTIONS:
            answer = await city.writer.get(f"{S}/Things", params=asked)
            assert answer.status_code == 400, asked
            assert answer.json()["place"], asked

    in_city(talk)


BODIES = [
    ("Things", []),
    ("Things", {"name": 5, "description": "x"}),
    ("Things", {"name": "x", "description": "x", "properties": 5}),
    ("Things", {"name": "x", "description": "x", "nosuch": 5}),
    ("Things", {"name": "x", "description": "x", "Locations": 5}),
    ("Things", {"name": "x", "description": "x", "Datastreams": [{"name": "x"}]}),
    (
        "Locations",
        {"name": "x", "description": "x", "encodingType": "x", "location": {"type": "Point", "coordinates": [1]}},
    ),
    ("Observations", {"result": 1}),
    ("Observations", {"result": None, "Datastream": {"@iot.id": "x"}}),
    ("Observations", {"result": 1, "Datastream": {"@iot.id": "urn:x!y"}}),
    ("Datastreams", {"name": "x", "Thing": {"@iot.id": {}}}),
    ("HistoricalLocations", {"time": "never", "Thing": {"@iot.id": "x"}}),
]


def test_bodies_that_do_not_fit_are_refused_and_write_nothing(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        before = (await city.writer.get(f"{S}/Things/$count")).text
        for path, body in BODIES:
            answer = await city.writer.post(f"{S}/{path}", json=body)
            assert answer.status_code == 400, (path, body, answer.text)
        assert (await city.writer.get(f"{S}/Things/$count")).text == before

    in_city(talk)


def test_addresses_and_methods_that_are_not_there_are_told(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for path in ("Nothing", "Things('x'", "Things('x')/nosuch", "Things('x')/Datastreams", "Observations('x')"):
            assert (await city.writer.get(f"{S}/{path}")).status_code == 404, path
        for method, path in (("POST", "Things('x')"), ("PATCH", "Things"), ("DELETE", "Things"), ("TRACE", "Things")):
            answer = await city.writer.request(method, f"{S}/{path}")
            assert answer.status_code == 405, (method, path)
            assert answer.headers["allow"]
        assert (await city.writer.post(f"{S}/Things", content=b"{}")).status_code == 415

    in_city(talk)


def test_a_condition_that_is_made_to_explode_ends_in_time(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(UPSERT, json=[station(number) for number in range(1, 30)])
        for condition in (
            " or ".join(f"name eq '{number}'" for number in range(500)),
            " and ".join(["Datastreams/ObservedProperty/name eq 'pm25'"] * 15),
            "not " * 50 + "(name eq 'x')",
        ):
            began = time.monotonic()
            answer = await city.writer.get(f"{S}/Things", params={"$filter": condition})
            assert answer.status_code in {200, 400, 503}, answer.text
            assert time.monotonic() - began < 30

    in_city(talk)
