"""Whatever is sent, the answer is a problem with its place, the good part is kept, and nothing breaks. Serves Q2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from doors import City, InCity, open_city, station
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

E = "/ngsi-ld/v1/entities"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
JSON = {"Content-Type": "application/json"}


def _with(**attributes: Any) -> bytes:
    return json.dumps({**station(1), **attributes}).encode()


def _pm25(**members: Any) -> bytes:
    return _with(pm25={**station(1)["pm25"], **members})


def _at(longitude: float, latitude: float) -> bytes:
    return _with(location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}})


BODIES = [
    (b'{"id": "urn:x:1", "type"', 400, "byte 24"),
    (b"", 400, ""),
    (b"\xff\xfe", 400, "byte 0"),
    (b'{"id": "urn:x:1", "type": "T", "a": NaN}', 400, "byte 36"),
    (b'{"id": "urn:x:1", "type": "T", "a": 1e999}', 400, "/a"),
    (b"[1, 2]", 400, "/"),
    (b'"text"', 400, "/"),
    (b'{"type": "T"}', 400, "/id"),
    (b'{"id": 5, "type": "T"}', 400, "/id"),
    (b'{"id": "urn:x:1", "type": ["A", 2]}', 400, "/type"),
    (b'{"id": "no uri", "type": "T"}', 400, "/id"),
    (b'{"id": "urn:x:1", "type": "T", "a": null}', 400, "/a"),
    (b'{"id": "urn:x:1", "type": "T", "a": {"type": "Proper", "value": 1}}', 400, "/a/type"),
    (b'{"id": "urn:x:1", "type": "T", "a": {"type": "Property"}}', 400, "/a/value"),
    (b"[" * 100_000, 400, ""),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400, ""),
    (_pm25(value="82"), 400, "/pm25/value"),
    (_pm25(value=[1]), 400, "/pm25/value"),
    (_pm25(value=-1), 400, "/pm25/value"),
    (_pm25(value=1e9), 400, "/pm25/value"),
    (_pm25(unitCode="XYZ"), 400, "/pm25/unitCode"),
    (_pm25(unitCode="KMH"), 400, "/pm25/unitCode"),
    (_pm25(unitCode=5), 400, "/pm25/unitCode"),
    (_pm25(observedAt="2026-01-01T00:00:00"), 400, "/pm25/observedAt"),
    (_pm25(observedAt="yesterday"), 400, "/pm25/observedAt"),
    (_pm25(observedAt="2999-01-01T00:00:00Z"), 400, "/pm25/observedAt"),
    (_pm25(observedAt="0001-01-01T00:00:00+14:00"), 400, "observedAt"),
    (_at(27.7, 109.2), 400, "/location/value/coordinates"),
    (_at(109.2, 127.7), 400, "/location/value/coordinates"),
    (_with(name={"type": "Property", "value": 3}), 400, "/name/value"),
    (_with(owner={"type": "Relationship", "object": "not a uri"}), 400, "/owner/object"),
]


@pytest.mark.parametrize(("body", "status", "place"), BODIES, ids=range(len(BODIES)))
def test_a_bad_entity_is_refused_with_its_place_and_nothing_is_written(
    in_city: InCity, body: bytes, status: int, place: str
) -> None:
    async def talk(city: City) -> None:
        for language in ("zh-CN", "en"):
            answer = await city.writer.post(E, content=body, headers={**JSON, "Accept-Language": language})
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            told = answer.json()
            assert told["status"] == status
            assert told["type"].startswith("https://uri.etsi.org/ngsi-ld/errors/")
            assert told["title"]
            assert told["detail"]
            assert place in told.get("place", ""), told
        assert await city.store.head() == 0

    in_city(talk)


@pytest.mark.parametrize(("body", "status", "place"), BODIES[7:10] + BODIES[11:14] + BODIES[16:], ids=str)
def test_in_a_batch_the_bad_entity_is_reported_and_the_others_are_kept(
    in_city: InCity, body: bytes, status: int, place: str
) -> None:
    async def talk(city: City) -> None:
        good = [json.dumps(station(number)).encode() for number in (7, 8)]
        answer = await city.writer.post(UPSERT, content=b"[" + b",".join([good[0], body, good[1]]) + b"]", headers=JSON)
        assert answer.status_code == 207, answer.text
        told = answer.json()
        assert told["success"] == [station(7)["id"], station(8)["id"]]
        (error,) = told["errors"]
        assert error["error"]["status"] == status
        assert error["error"]["place"].startswith("/1")
        assert error["error"]["place"].endswith(place)
        assert (await city.writer.get(f"{E}/{station(8)['id']}")).status_code == 200

    in_city(talk)


def test_a_body_of_fifty_megabytes_is_refused_without_being_kept(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(50):
                yield b" " * 1_000_000

        announced = await city.writer.post(UPSERT, content=b" " * 50_000_000, headers=JSON)
        streamed = await city.writer.post(UPSERT, content=parts(), headers=JSON)
        for answer in (announced, streamed):
            assert answer.status_code == 413
            assert answer.json()["code"] == "body-too-large"
        assert await city.store.head() == 0

    in_city(talk)


def test_a_body_that_is_not_declared_as_json_is_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/xml"}, {}):
            answer = await city.writer.post(E, content=json.dumps(station(1)).encode(), headers=headers)
            assert answer.status_code == 415

    in_city(talk)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "type=A;",
        "type=(A",
        "type=%00",
        "type=T&limit=-1",
        "type=T&limit=abc",
        "type=T&limit=1001",
        "type=T&offset=99999999999",
        "type=T&q=pm25>",
        "type=T&q=speed>>",
        "type=T&scopeQ=/a//b",
        "georel=within&geometry=Point&coordinates=[[1,2]]",
        "georel=near;maxDistance==1;maxDistance==2&geometry=Point&coordinates=[1,2]",
        "type=T&q=a==1,%22x%22",
        "type=T&q=a>true",
        "type=T&idPattern=(a*)*",
        "type=T&idPattern=[",
        "georel=near;maxDistance==10&geometry=Point",
        "georel=near&geometry=Point&coordinates=[1,2]",
        "georel=beside&geometry=Point&coordinates=[1,2]",
        "georel=within&geometry=Point&coordinates=[1,200]",
        "georel=within&geometry=Polygon&coordinates=[[[0,0],[1,1]]]",
        "georel=within&geometry=Polygon&coordinates=[[[0,0],[1,1],[1,0],[0,1],[0,0]]]",
        "georel=within&geometry=Point&coordinates=[[[[[[1]]]]]]",
        "georel=within&geometry=Circle&coordinates=[1,2]",
        "georel=within&geometry=Point&coordinates=" + "[" * 3000,
        "type=T&count=perhaps",
        "&".join(f"a{number}=1" for number in range(200)),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(in_city: InCity, query: str) -> None:
    async def talk(city: City) -> None:
        answer = await city.writer.get(f"{E}?{query}")
        assert answer.status_code == (403 if query.endswith("(a*)*") else 400), answer.text
        assert answer.headers["content-type"] == "application/problem+json"

    in_city(talk)


@pytest.mark.parametrize(
    "query",
    [
        "timeAt=2026-01-01T00:00:00Z",
        "timerel=between&timeAt=2026-01-01T00:00:00Z",
        "timerel=between&timeAt=2026-01-02T00:00:00Z&endTimeAt=2026-01-01T00:00:00Z",
        "timerel=during&timeAt=2026-01-01T00:00:00Z",
        "timerel=after&timeAt=2026-01-01",
        "lastN=0",
        "lastN=many",
        "timeproperty=seenAt",
        "options=aggregatedValues",
        "options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=P1X",
        "options=aggregatedValues&aggrMethods=median&aggrPeriodDuration=PT1H",
        "options=everything",
    ],
)
def test_a_temporal_query_that_cannot_be_answered_is_refused(in_city: InCity, query: str) -> None:
    async def talk(city: City) -> None:
        await city.writer.post(E, json=station(1))
        answer = await city.writer.get(f"/ngsi-ld/v1/temporal/entities/{station(1)['id']}?{query}")
        assert answer.status_code == 400, answer.text

    in_city(talk)


@pytest.mark.parametrize(
    ("patch", "place"),
    [
        ({"type": "Sub"}, "/type"),
        ({"entities": []}, "/entities"),
        ({"entities": [{}]}, "/entities/0"),
        ({"entities": [{"idPattern": "(a+)+"}]}, "/entities/0/idPattern"),
        ({"q": "pm25>"}, "/q"),
        ({"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}}, "/geoQ"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        ({"throttling": -1}, "/throttling"),
        ({"surprise": 1}, "/"),
        ({"notification": {"endpoint": {"uri": "ftp://x/"}}}, "/notification/endpoint/uri"),
        ({"notification": {"endpoint": {"uri": "http://10.0.0.1/"}}}, "/notification/endpoint/uri"),
        ({"notification": {"endpoint": {"uri": "http://169.254.169.254/latest"}}}, "/notification/endpoint/uri"),
        ({"notification": {"endpoint": {"uri": "http://[::ffff:10.0.0.1]/"}}}, "/notification/endpoint/uri"),
        ({"notification": {"endpoint": {"uri": "http://x:99999999/"}}}, "/notification/endpoint/uri"),
        ({"notification": {"format": "odd", "endpoint": {"uri": "http://127.0.0.1/"}}}, "/notification/format"),
        (
            {
                "notification": {
                    "endpoint": {"uri": "http://127.0.0.1/", "receiverInfo": [{"key": "a b", "value": "c"}]}
                }
            },
            "/notification/endpoint/receiverInfo/0/key",
        ),
        ({"notification": None}, "/notification"),
    ],
)
def test_a_bad_subscription_is_refused_with_its_place(in_city: InCity, patch: dict[str, Any], place: str) -> None:
    async def talk(city: City) -> None:
        good = {
            "type": "Subscription",
            "entities": [{"type": "AirQualityObserved"}],
            "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
        }
        assert (await city.writer.post("/ngsi-ld/v1/subscriptions", json=good)).status_code == 201
        answer = await city.writer.post("/ngsi-ld/v1/subscriptions", json={**good, **patch})
        too_complex = answer.json()["code"] == "unsafe-pattern"
        assert answer.status_code == (403 if too_complex else 400), answer.text
        assert answer.json()["place"] == place

    in_city(talk)


# -- anything at all

_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
_NAMES = (
    "id type value object unitCode observedAt datasetId coordinates pm25 location @context languageMap json "
    "notification endpoint entities q"
)
_KINDS = (
    "Property GeoProperty Relationship LanguageProperty AirQualityObserved Point urn:a:1 Subscription "
    "2026-01-01T00:00:00Z GQ urn:ngsi-ld:null"
)
_names = st.sampled_from(_NAMES.split()) | st.text(max_size=8)
_kinds = st.sampled_from(_KINDS.split())
_any_json = st.recursive(
    _leaves | _kinds,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=5),
    max_leaves=20,
)
_addresses = st.sampled_from(
    [
        ("POST", E),
        ("PUT", f"{E}/{station(1)['id']}"),
        ("PATCH", f"{E}/{station(1)['id']}"),
        ("POST", f"{E}/{station(1)['id']}/attrs"),
        ("PATCH", f"{E}/{station(1)['id']}/attrs"),
        ("PATCH", f"{E}/{station(1)['id']}/attrs/pm25"),
        ("POST", UPSERT),
        ("POST", "/ngsi-ld/v1/entityOperations/merge"),
        ("POST", "/ngsi-ld/v1/entityOperations/delete"),
        ("POST", "/ngsi-ld/v1/entityOperations/query"),
        ("POST", "/ngsi-ld/v1/temporal/entityOperations/query"),
        ("POST", "/ngsi-ld/v1/subscriptions"),
    ]
)
_requests = st.lists(
    st.tuples(_addresses, _any_json | st.lists(st.just(station(1)) | _any_json, max_size=3)), max_size=12
)
_PARAMETERS = "q georel coordinates geometry limit attrs options idPattern timerel timeAt lastN type"
_queries = st.lists(st.tuples(st.sampled_from(_PARAMETERS.split()), st.text(max_size=15)), max_size=5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=_requests, queries=_queries)
def test_no_json_and_no_parameter_is_answered_with_a_fault_of_ours(
    tmp_path_factory: pytest.TempPathFactory, requests: list[Any], queries: list[tuple[str, str]]
) -> None:
    statuses = _statuses(tmp_path_factory.mktemp("city"), requests, queries)
    assert [status for status in statuses if status >= 500] == []


def _statuses(data: Path, requests: list[Any], queries: list[tuple[str, str]]) -> list[int]:
    async def talk() -> list[int]:
        async with open_city(data) as city:
            await city.writer.post(E, json=station(1))
            sent = [
                await city.writer.request(method, path, content=json.dumps(body).encode(), headers=JSON)
                for (method, path), body in requests
            ]
            asked = [await city.writer.get(path, params=queries) for path in (E, "/ngsi-ld/v1/temporal/entities")]
            return [answer.status_code for answer in (*sent, *asked)]

    return asyncio.run(talk())
