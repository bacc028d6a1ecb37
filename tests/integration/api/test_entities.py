"""Entities through the NGSI-LD door: every way in and out, on a real store. Serves Q1, Q2, N1."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station

E = "/ngsi-ld/v1/entities"
O = "/ngsi-ld/v1/entityOperations"  # noqa: E741 - stands for "operations" in every address below
ONE = f"{E}/urn:ngsi-ld:AirQualityObserved:1"
NULL = "urn:ngsi-ld:null"


async def _upsert(city: City, *entities: dict[str, Any]) -> None:
    answer = await city.writer.post(f"{O}/upsert", json=list(entities))
    assert answer.status_code in {201, 204}, answer.text


def test_an_entity_is_created_read_and_deleted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        made = await city.writer.post(E, json=station(1))
        assert made.status_code == 201
        assert made.headers["location"] == ONE
        again = await city.writer.post(E, json=station(1))
        assert again.status_code == 409
        assert again.json()["type"].endswith("/AlreadyExists")
        read = await city.writer.get(ONE)
        assert read.json() == station(1)
        assert 'rel="http://www.w3.org/ns/json-ld#context"' in read.headers["link"]
        assert (await city.writer.delete(ONE)).status_code == 204
        assert (await city.writer.get(ONE)).status_code == 404
        assert (await city.writer.delete(ONE)).status_code == 404

    in_city(talk)


@pytest.mark.parametrize(
    ("options", "pm25"),
    [
        ("", {"type": "Property", "value": 10.0, "unitCode": "GQ", "observedAt": "2026-01-01T00:00:00Z"}),
        ("keyValues", 10.0),
        ("simplified", 10.0),
        ("concise", {"value": 10.0, "unitCode": "GQ", "observedAt": "2026-01-01T00:00:00Z"}),
    ],
)
def test_an_entity_is_shown_in_the_representation_asked_for(in_city: InCity, options: str, pm25: object) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        for address in (ONE, E):
            shown = (await city.writer.get(address, params={"options": options, "type": "AirQualityObserved"})).json()
            one = shown[0] if isinstance(shown, list) else shown
            assert one["pm25"] == pm25
            assert one["id"] == station(1)["id"]

    in_city(talk)


def test_system_attributes_are_shown_only_when_asked(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        assert "createdAt" not in (await city.writer.get(ONE)).json()
        shown = (await city.writer.get(ONE, params={"options": "sysAttrs"})).json()
        assert shown["createdAt"] <= shown["modifiedAt"]

    in_city(talk)


def test_json_ld_carries_the_context_inside_and_geojson_a_feature(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1), station(2))
        linked = await city.writer.get(ONE, headers={"Accept": "application/ld+json"})
        assert linked.headers["content-type"] == "application/ld+json"
        assert linked.json()["@context"].startswith("https://uri.etsi.org/")
        assert "link" not in linked.headers
        place = await city.writer.get(
            E, params={"type": "AirQualityObserved"}, headers={"Accept": "application/geo+json"}
        )
        assert place.json()["type"] == "FeatureCollection"
        assert place.json()["features"][0]["geometry"] == station(1)["location"]["value"]
        assert (await city.writer.get(ONE, headers={"Accept": "image/png"})).status_code == 406

    in_city(talk)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"q": "pm25>25"}, [3, 4]),
        ({"q": "pm25==20..30"}, [2, 3]),
        ({"q": 'district=="south"|pm25<15'}, [1, 4]),
        ({"q": "name~=[12]$"}, [1, 2]),
        ({"q": 'pm25.unitCode=="GQ";pm25.observedAt>2026-01-01T00:30:00Z'}, [4]),
        ({"id": "urn:ngsi-ld:AirQualityObserved:2,urn:ngsi-ld:AirQualityObserved:9"}, [2]),
        ({"idPattern": ":[34]$"}, [3, 4]),
        ({"attrs": "extra"}, [2]),
        ({"georel": "near;maxDistance==150", "geometry": "Point", "coordinates": "[109.202,27.7]"}, [1, 2, 3]),
        (
            {
                "georel": "within",
                "geometry": "Polygon",
                "coordinates": "[[[109.2005,27],[109.2025,27],[109.2025,28],[109.2005,28],[109.2005,27]]]",
            },
            [1, 2],
        ),
    ],
)
def test_entities_are_found_by_condition_id_attribute_and_place(
    in_city: InCity, parameters: dict[str, str], found: list[int]
) -> None:
    async def talk(city: City) -> None:
        extra = {**station(2, 20), "extra": {"type": "Property", "value": 1}}
        await _upsert(city, station(1, 10), extra, station(3, 30), station(4, 40, district="south", hour=1))
        answer = await city.writer.get(E, params={"type": "AirQualityObserved", **parameters})
        assert answer.status_code == 200, answer.text
        assert [int(one["id"].rsplit(":", 1)[1]) for one in answer.json()] == found

    in_city(talk)


def test_pages_are_linked_and_counted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, *(station(number) for number in range(5)))
        asked = {"type": "AirQualityObserved", "limit": "2", "options": "count"}
        first = await city.writer.get(E, params=asked)
        assert first.headers["ngsild-results-count"] == "5"
        assert first.links["next"]["url"].endswith("offset=2")
        assert "prev" not in first.links
        middle = await city.writer.get(first.links["next"]["url"])
        assert [one["id"][-1] for one in middle.json()] == ["2", "3"]
        assert "prev" in middle.links
        last = await city.writer.get(middle.links["next"]["url"])
        assert [one["id"][-1] for one in last.json()] == ["4"]
        assert "next" not in last.links
        none = await city.writer.get(E, params={**asked, "limit": "0"})
        assert none.json() == []
        assert none.headers["ngsild-results-count"] == "5"

    in_city(talk)


def test_a_query_may_come_as_a_body(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1, 10), station(2, 20))
        body = {"type": "Query", "entities": [{"type": "AirQualityObserved"}], "q": "pm25>15", "attrs": ["pm25"]}
        answer = await city.writer.post(f"{O}/query", json=body)
        assert [sorted(one) for one in answer.json()] == [["id", "pm25", "type"]]

    in_city(talk)


def test_attributes_are_added_overwritten_merged_and_deleted(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        add = await city.writer.post(f"{ONE}/attrs", json={"colour": "blue", "pm25": {"value": 11, "unitCode": "GQ"}})
        assert add.status_code == 204
        keep = await city.writer.post(
            f"{ONE}/attrs", params={"options": "noOverwrite"}, json={"colour": "red", "age": 3}
        )
        assert keep.status_code == 207
        assert keep.json()["updated"] == ["age"]
        patch = await city.writer.patch(f"{ONE}/attrs", json={"colour": "green", "added": 1, "nothing": NULL})
        assert (patch.status_code, patch.json()["notUpdated"][0]["attributeName"]) == (207, "nothing")
        assert (await city.writer.get(ONE)).json()["added"]["value"] == 1
        one = await city.writer.patch(f"{ONE}/attrs/pm25", json={"value": 12})
        assert one.status_code == 204
        assert (await city.writer.patch(f"{ONE}/attrs/none", json={"value": 12})).status_code == 404
        shown = (await city.writer.get(ONE)).json()
        assert shown["colour"] == {"type": "Property", "value": "green"}
        assert shown["age"]["value"] == 3
        assert shown["pm25"]["value"] == 12
        assert shown["pm25"]["unitCode"] == "GQ"
        assert (await city.writer.put(f"{ONE}/attrs/age", json={"type": "Property", "value": 4})).status_code == 204
        assert (await city.writer.delete(f"{ONE}/attrs/age")).status_code == 204
        assert (await city.writer.delete(f"{ONE}/attrs/age")).status_code == 404
        assert "age" not in (await city.writer.get(ONE)).json()

    in_city(talk)


def test_an_entity_is_replaced_as_a_whole_and_merged_in_parts(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        replaced = await city.writer.put(
            ONE, json={"type": "AirQualityObserved", "pm25": 5, "address": {"a": 1, "b": 2}}
        )
        assert replaced.status_code == 204, replaced.text
        merged = await city.writer.patch(ONE, json={"address": {"value": {"b": 3}}, "pm25": "urn:ngsi-ld:null"})
        assert merged.status_code == 204, merged.text
        assert (await city.writer.get(ONE, params={"options": "keyValues"})).json() == {
            "id": station(1)["id"],
            "type": "AirQualityObserved",
            "address": {"a": 1, "b": 3},
        }
        other = await city.writer.put(f"{E}/urn:ngsi-ld:AirQualityObserved:9", json={"pm25": 5})
        assert other.status_code == 404

    in_city(talk)


def test_a_batch_keeps_the_good_part_and_reports_the_rest_by_place(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        odd = {**station(2), "pm25": {"type": "Property", "value": 5, "unitCode": "KMH"}}
        answer = await city.writer.post(
            f"{O}/upsert", json=[station(1), odd, {"id": "no uri", "type": "T"}, 7, station(3)]
        )
        assert answer.status_code == 207
        told = answer.json()
        assert [one[-1] for one in told["success"]] == ["1", "3"]
        assert [error["error"]["place"] for error in told["errors"]] == ["/1/pm25/unitCode", "/2/id", "/3"]
        assert told["errors"][0]["entityId"] == station(2)["id"]
        assert (await city.writer.get(f"{E}/{station(2)['id']}")).status_code == 404

    in_city(talk)


def test_batches_answer_as_the_standard_says(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        made = await city.writer.post(f"{O}/upsert", json=[station(1), station(2)])
        assert (made.status_code, len(made.json())) == (201, 2)
        assert (await city.writer.post(f"{O}/upsert", json=[station(1, 11)])).status_code == 204
        assert (await city.writer.post(f"{O}/create", json=[station(2), station(3)])).status_code == 207
        update = await city.writer.post(f"{O}/update", json=[station(1, 12), station(9)])
        assert update.json()["success"] == [station(1)["id"]]
        assert update.json()["errors"][0]["error"]["status"] == 404
        assert (await city.writer.post(f"{O}/merge", json=[{**station(1), "pm25": {"value": 13}}])).status_code == 204
        gone = await city.writer.post(f"{O}/delete", json=[station(1)["id"], station(8)["id"]])
        assert gone.json()["success"] == [station(1)["id"]]
        assert (await city.writer.post(f"{O}/delete", json=[station(2)["id"]])).status_code == 204

    in_city(talk)


def test_upsert_replaces_and_with_the_option_updates(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        part = {"id": station(1)["id"], "type": "AirQualityObserved", "pm25": 3}
        await city.writer.post(f"{O}/upsert", params={"options": "update"}, json=[part])
        assert "name" in (await city.writer.get(ONE)).json()
        await city.writer.post(f"{O}/upsert", json=[part])
        assert "name" not in (await city.writer.get(ONE)).json()

    in_city(talk)


def test_a_course_in_one_batch_is_taken_and_a_contradiction_refused(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        course = await city.writer.post(f"{O}/upsert", json=[station(1, hour=1), station(1, hour=2)])
        assert course.status_code == 201  # district and name stand twice without a time, and say the same
        only = [{k: v for k, v in station(1, hour=hour).items() if k in {"id", "type", "pm25"}} for hour in (3, 4)]
        assert (await city.writer.post(f"{O}/upsert", json=only)).status_code == 204
        twice = await city.writer.post(f"{O}/upsert", json=[station(2, 1), station(2, 2)])
        assert twice.json()["errors"][0]["error"]["place"] == "/1/id"
        assert (await city.writer.get(f"{E}/{station(2)['id']}", params={"options": "keyValues"})).json()["pm25"] == 1

    in_city(talk)


@pytest.mark.parametrize("type", ["Alert", "Case", "KeyPerformanceIndicator"])
def test_what_rooms_write_themselves_is_read_only_here(in_city: InCity, type: str) -> None:
    async def talk(city: City) -> None:
        entity = {"id": f"urn:ngsi-ld:{type}:1", "type": type, "status": "closed"}
        refused = await city.writer.post(E, json=entity)
        assert refused.status_code == 403
        assert refused.json()["code"] == "read-only-type"
        disguised = await city.writer.post(f"{O}/upsert", json=[{**entity, "type": "Weather"}])
        assert disguised.json()["errors"][0]["error"]["code"] == "read-only-type"

    in_city(talk)


def test_an_entity_of_another_type_is_not_taken_over(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        answer = await city.writer.post(f"{O}/upsert", json=[{**station(1), "type": "Weather"}])
        assert answer.json()["errors"][0]["error"]["code"] == "other-type"
        assert (await city.writer.get(ONE)).json()["type"] == "AirQualityObserved"

    in_city(talk)


def test_units_are_converted_and_times_shown_in_utc(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        entity = station(1)
        entity["pm25"] |= {"value": 0.05, "unitCode": "GP", "observedAt": "2026-01-01T08:00:00+08:00"}
        await _upsert(city, entity)
        shown = (await city.writer.get(ONE)).json()["pm25"]
        assert shown["value"] == pytest.approx(50)
        assert shown["unitCode"] == "GQ"
        assert shown["observedAt"] == "2026-01-01T00:00:00Z"

    in_city(talk)


def test_sub_attributes_and_other_kinds_come_back_as_they_were_sent(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        entity = {
            "id": "urn:x:1",
            "type": "Thing",
            "speed": {"type": "Property", "value": 1, "accuracy": {"type": "Property", "value": 0.1}},
            "owner": {"type": "Relationship", "object": ["urn:a:1", "urn:a:2"]},
            "title": {"type": "LanguageProperty", "languageMap": {"zh": "东西", "en": "thing"}},
            "raw": {"type": "JsonProperty", "json": {"a": [1, {"b": None}]}},
            "level": [
                {"type": "Property", "value": 1, "datasetId": "urn:d:1"},
                {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
            ],
        }
        await _upsert(city, entity)
        assert (await city.writer.get(f"{E}/urn:x:1")).json() == entity

    in_city(talk)


def test_types_are_listed_within_what_the_asker_may_see(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1), {"id": "urn:w:1", "type": "Weather", "wind": 3})
        assert (await city.writer.get("/ngsi-ld/v1/types")).json()["typeList"] == ["AirQualityObserved", "Weather"]
        assert (await city.nobody.get("/ngsi-ld/v1/types")).json()["typeList"] == ["Weather"]

    in_city(talk)


def test_head_and_options_and_methods_that_do_not_fit(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _upsert(city, station(1))
        head = await city.writer.head(ONE)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 100
        options = await city.writer.request("OPTIONS", ONE)
        assert (options.status_code, options.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
        wrong = await city.writer.post(ONE, json={})
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
        assert (await city.writer.get("/ngsi-ld/v1/nothing")).status_code == 404
        tenant = await city.writer.get(ONE, headers={"NGSILD-Tenant": "other"})
        assert tenant.json()["type"].endswith("/NonexistentTenant")

    in_city(talk)
