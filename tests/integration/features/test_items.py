"""Every type that may be read is a layer, asked for by place, time and properties. Serves Q2, W1.3."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station

F = "/features"
ITEMS = f"{F}/collections/AirQualityObserved/items"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


async def _stations(city: City, number: int = 5) -> None:
    body = [station(one, pm25=one * 10.0, hour=one, district="north" if one % 2 else "south") for one in range(number)]
    assert (await city.writer.post(UPSERT, json=body)).status_code in {201, 204}


async def _get(city: City, path: str, **asked: str) -> Any:
    answer = await city.writer.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _numbers(city: City, **asked: str) -> list[int]:
    found = await _get(city, ITEMS, **asked)
    assert found["numberReturned"] == len(found["features"])
    return [int(one["id"].rpartition(":")[2]) for one in found["features"]]


def test_the_landing_page_leads_to_everything(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        landing = await _get(city, f"{F}/")
        rels = {one["rel"] for one in landing["links"]}
        assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels
        for one in landing["links"]:
            answer = await city.writer.get(one["href"])
            assert answer.status_code == 200, one
            assert answer.headers["content-type"].partition(";")[0] == one["type"].partition(";")[0], one
        classes = (await _get(city, f"{F}/conformance"))["conformsTo"]
        assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes

    in_city(talk)


def test_a_type_is_a_collection_with_its_box_its_schema_and_its_links(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        [only] = (await _get(city, f"{F}/collections"))["collections"]
        assert only["id"] == "AirQualityObserved"
        assert only["title"] == "空气"
        box = only["extent"]["spatial"]["bbox"][0]
        assert box == pytest.approx([109.2, 27.7, 109.204, 27.7], abs=1e-4)
        schema = await _get(city, f"{F}/collections/AirQualityObserved/schema", lang="en")
        assert schema["properties"]["pm25"] == {
            "type": "number",
            "title": "Air",
            "minimum": 0,
            "maximum": 2000,
            "x-ogc-unit": "µg/m³",
            "x-unitCode": "GQ",
        }
        asked = await _get(city, f"{F}/collections/AirQualityObserved/queryables")
        assert {"pm25", "district", "location"} <= set(asked["properties"])
        for one in only["links"]:
            assert (await city.writer.get(one["href"])).status_code == 200, one

    in_city(talk)


def test_a_feature_has_its_place_and_bare_values(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city, 2)
        more = {
            "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:7"},
            "title": {"type": "LanguageProperty", "languageMap": {"zh-hans": "北站", "en": "North station"}},
        }
        one = station(1)["id"]
        await city.writer.post(f"/ngsi-ld/v1/entities/{one}/attrs", json=more)
        answer = await city.writer.get(f"{ITEMS}/{one}", headers={"Accept-Language": "en"})
        assert answer.headers["content-type"] == "application/geo+json"
        feature = answer.json()
        assert feature["geometry"] == station(1)["location"]["value"]
        assert feature["properties"] == {
            "pm25": 10.0,
            "district": "north",
            "name": "Station 1",
            "refDevice": "urn:ngsi-ld:Device:7",
            "title": "North station",
            "observedAt": "2026-01-01T01:00:00Z",
        }
        assert {"self", "alternate", "collection"} <= {link["rel"] for link in feature["links"]}
        assert (await _get(city, f"{ITEMS}/{one}", lang="zh"))["properties"]["title"] == "北站"
        assert (await city.writer.get(f"{ITEMS}/urn:x:none")).status_code == 404
        assert (await city.writer.get(f"{F}/collections/Nothing/items")).status_code == 404
        assert await _numbers(city, title="North station", lang="en") == [1]

    in_city(talk)


def test_pages_lead_to_each_other_and_hold_every_feature_once(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city, 7)
        seen: list[str] = []
        url = f"{ITEMS}?limit=3&filter=pm25%20>=%200"
        matched: list[int] = []
        while url:
            page = (await city.writer.get(url)).json()
            seen += [one["id"] for one in page["features"]]
            matched += [page["numberMatched"]] if "numberMatched" in page else []
            url = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
        assert len(seen) == len(set(seen)) == 7
        assert matched == [7]

    in_city(talk)


PLACES = [
    ("109.1995,27.6,109.2015,27.8", [0, 1]),
    ("109.1995,27.6,-5,109.2015,27.8,900", [0, 1]),
    ("109.2025,27.6,-170,27.8", [3, 4]),
    ("109.203,27.7,109.203,27.7", [3]),
    ("170,-10,-170,10", []),
]


def test_a_box_finds_what_lies_in_it_also_across_the_antimeridian(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        for bbox, numbers in PLACES:
            assert await _numbers(city, bbox=bbox) == numbers, bbox

    in_city(talk)


TIMES = [
    ("2026-01-01T02:00:00Z", [2]),
    ("2026-01-01T10:00:00+08:00", [2]),
    ("2026-01-01T01:00:00Z/2026-01-01T02:30:00Z", [1, 2]),
    ("../2026-01-01T01:00:00Z", [0, 1]),
    ("2026-01-01T03:00:00Z/", [3, 4]),
    ("2027-01-01T00:00:00Z/..", []),
    ("2026-01-01", [0, 1, 2, 3, 4]),
    ("2025-12-31", []),
    ("2025-12-01/2026-01-01", [0, 1, 2, 3, 4]),
    ("2026-01-02/..", []),
]


def test_a_time_finds_what_was_observed_then(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        for moment, numbers in TIMES:
            assert await _numbers(city, datetime=moment) == numbers, moment

    in_city(talk)


FILTERS = [
    ("pm25 > 20", [3, 4]),
    ("pm25 >= 20 AND NOT district = 'north'", [2, 4]),
    ("pm25 = 0 or (pm25=40)", [0, 4]),
    ("district <> 'north'", [0, 2, 4]),
    ("name LIKE '%3'", [3]),
    ("name NOT LIKE 'Station _'", []),
    (r"name LIKE 'Stat\%'", []),
    ("pm25 BETWEEN 10 AND 20.5", [1, 2]),
    ("pm25 NOT BETWEEN 10 AND 20.5", [0, 3, 4]),
    ("pm25 IN (10, 30)", [1, 3]),
    ("district NOT IN ('north')", [0, 2, 4]),
    ("keeper IS NULL", [0, 1, 2, 3, 4]),
    ("keeper IS NOT NULL", []),
    ("pm25 > -5 AND TRUE", [0, 1, 2, 3, 4]),
    ("S_INTERSECTS(location, POINT(109.202 27.7))", [2]),
    ("S_INTERSECTS(POLYGON((109 27, 109.2015 27, 109.2015 28, 109 28, 109 27)), geometry)", [0, 1]),
    ("pm25 < 10 OR S_INTERSECTS(location, BBOX(109.2025,27,110,28))", [0, 3, 4]),
    ("NOT S_INTERSECTS(location, BBOX(109.2025,27,110,28))", [0, 1, 2]),
    ("S_DISJOINT(location, BBOX(109.2025,27,110,28))", [0, 1, 2]),
    ("T_AFTER(pm25.observedAt, TIMESTAMP('2026-01-01T02:00:00Z'))", [3, 4]),
    ("T_BEFORE(pm25.observedAt, TIMESTAMP('2026-01-01T02:00:00Z'))", [0, 1]),
    ("T_DURING(pm25.observedAt, INTERVAL('2026-01-01T00:00:00Z','2026-01-01T02:00:00Z'))", [1]),
    ("T_DURING(pm25.observedAt, INTERVAL('2026-01-01T02:00:00Z','..'))", [3, 4]),
    ("T_DURING(pm25.observedAt, INTERVAL('2025-12-31','2026-01-01'))", [0, 1, 2, 3, 4]),
    ("pm25.observedAt <= TIMESTAMP('2026-01-01T00:00:00Z')", [0]),
    ("T_INTERSECTS(pm25.observedAt, DATE('2026-01-01'))", [0, 1, 2, 3, 4]),
    ('"pm25" = 10', [1]),
]


def test_a_filter_finds_what_it_says(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        for text, numbers in FILTERS:
            assert await _numbers(city, filter=text) == numbers, text
        assert await _numbers(city, pm25="30") == [3]
        assert await _numbers(city, district="south", datetime="2026-01-01T01:00:00Z/..") == [2, 4]
        assert await _numbers(
            city, bbox="109,27,109.2015,28", filter="S_INTERSECTS(location, BBOX(109.2005,27,110,28))"
        ) == [1]

    in_city(talk)


REFUSED = [
    ("limit", "0"), ("limit", "-1"), ("limit", "x"), ("bbox", "1,2,3"), ("bbox", "nan,0,1,1"), ("bbox", "0,5,1,4"),
    ("bbox", "0,0,999,1"), ("bbox-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"), ("datetime", "yesterday"),
    ("datetime", "2026-01-01T00:00:00Z/2025-01-01T00:00:00Z"), ("datetime", "0001-01-01T00:00:00+14:00"),
    ("nonsense", "1"), ("pm25", "much"), ("name", "\0"), ("f", "xml"), ("filter-lang", "cql2-json"),
    ("filter", ""), ("filter", "pm25"), ("filter", "pm25 >"), ("filter", "nothing = 1"), ("filter", "pm25 = 'x' 5"),
    ("filter", "pm25 = 1e999"), ("filter", "(" * 15_000), ("filter", "(" * 500 + "pm25=1" + ")" * 500),
    ("filter", "NOT " * 900 + "pm25=1"), ("filter", " AND ".join(["pm25=1"] * 2_000)),
    ("filter", " OR ".join(["pm25=1"] * 101)), ("filter", "pm25 LIKE '%%%%a'"),
    ("filter", "S_INTERSECTS(location, POLYGON((0 0,1 1,0 1,1 0,0 0)))"), ("filter", "S_INTERSECTS(location, POINT())"),
    ("filter", "T_AFTER(pm25.observedAt, TIMESTAMP('soon'))"), ("filter", "x" * 20_001), ("filter", "\\'" * 9_000),
    ("filter", "T_DURING(pm25.observedAt, INTERVAL('..','..'))x"), ("filter", "name = 'a\0b'"), ("after", "\0"),
]  # fmt: skip


def test_what_means_nothing_is_refused_with_its_place_and_at_once(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        for name, held in REFUSED:
            answer = await city.writer.get(ITEMS, params={name: held})
            assert answer.status_code == 400, (name, held[:60], answer.text[:300])
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"], (name, held[:60])
        assert (await city.writer.get(ITEMS, params={"limit": "99999"})).status_code == 200

    in_city(talk)


def test_the_form_is_what_the_address_says_or_else_what_is_accepted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city, 1)
        await city.writer.post(
            "/ngsi-ld/v1/entities", json={"id": "urn:x:1", "type": "Odd", "said": "<script>alert(1)</script>"}
        )
        for path in ("/", "/conformance", "/api", "/collections", "/collections/Odd", "/collections/Odd/items"):
            page = await city.writer.get(f"{F}{path}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
            assert page.headers["content-type"].startswith("text/html"), path
            assert "<script>" not in page.text
        json = await city.writer.get(f"{F}/collections/Odd/items?f=json", headers={"Accept": "text/html"})
        assert json.headers["content-type"] == "application/geo+json"
        assert (await city.writer.get(F, headers={"Accept": "image/png"})).status_code == 406
        assert (await city.writer.post(f"{F}/collections")).status_code == 405
        assert (await city.writer.get(f"{F}/nothing")).status_code == 404

    in_city(talk)


def test_who_has_a_contract_sees_its_rows_and_columns_and_nobody_can_probe_the_rest(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _stations(city)
        page = (await city.limited.get(ITEMS)).json()
        assert page["numberMatched"] == 2
        assert {name for one in page["features"] for name in one["properties"]} == {"pm25", "district", "observedAt"}
        box = (await city.limited.get(f"{F}/collections/AirQualityObserved")).json()["extent"]["spatial"]["bbox"][0]
        assert box == pytest.approx([109.201, 27.7, 109.203, 27.7], abs=1e-4)
        hidden = (await city.limited.get(ITEMS, params={"filter": "name = 'Station 1'"})).json()
        assert hidden["numberMatched"] == 0
        assert (await city.nobody.get(ITEMS)).status_code == 404
        assert (await city.nobody.get(f"{F}/collections")).json()["collections"] == []
        assert (await city.limited.get(f"{ITEMS}/{station(2)['id']}")).status_code == 404
        assert (await city.nobody.get(F, headers={"X-API-Key": "wrong"})).status_code in {200, 401}

    in_city(talk)


def test_a_type_that_is_an_address_is_a_collection_all_the_same(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        one = {"id": "urn:x:a/b?c", "type": "https://example.org/types/Odd", "n": {"type": "Property", "value": 1}}
        assert (await city.writer.post(UPSERT, json=[one])).status_code == 201
        [only] = (await _get(city, f"{F}/collections"))["collections"]
        assert only["id"] == one["type"]
        items = next(link["href"] for link in only["links"] if link["rel"] == "items")
        [feature] = (await city.writer.get(items)).json()["features"]
        assert (await city.writer.get(feature["links"][0]["href"])).json()["properties"] == {"n": 1}

    in_city(talk)
