"""History through the NGSI-LD door. Serves N4."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity, station

T = "/ngsi-ld/v1/temporal/entities"
ONE = f"{T}/{station(1)['id']}"
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"


async def _fill(city: City) -> None:
    """Six hours of two stations; the value is 10 · station + hour."""
    for hour in range(6):
        batch = [station(number, 10 * number + hour, hour=hour) for number in (1, 2)]
        assert (await city.writer.post(UPSERT, json=batch)).status_code in {201, 204}


def _at(hour: int) -> str:
    return f"2026-01-01T{hour:02}:00:00Z"


@pytest.mark.parametrize(
    ("period", "hours"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"timerel": "before", "timeAt": _at(2)}, [0, 1]),
        ({"timerel": "after", "timeAt": _at(3)}, [4, 5]),
        ({"timerel": "between", "timeAt": _at(1), "endTimeAt": _at(4)}, [1, 2, 3]),
        ({"timerel": "between", "timeAt": "2026-01-01T09:00:00+08:00", "endTimeAt": _at(3)}, [1, 2]),
        ({"timerel": "between", "timeAt": _at(1), "endTimeAt": _at(2)}, [1]),
        ({"lastN": "2"}, [5, 4]),
        ({"timerel": "before", "timeAt": _at(4), "lastN": "2"}, [3, 2]),
    ],
)
def test_a_period_and_last_n_choose_observations(in_city: InCity, period: dict[str, str], hours: list[int]) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        shown = (await city.writer.get(ONE, params={**period, "attrs": "pm25"})).json()
        assert [one["observedAt"] for one in shown["pm25"]] == [_at(hour) for hour in hours]
        assert [one["value"] for one in shown["pm25"]] == [10 + hour for hour in hours]
        assert all(one["instanceId"].startswith("urn:ngsi-ld:instance:") for one in shown["pm25"])
        assert {one["unitCode"] for one in shown["pm25"]} == {"GQ"}
        concise = (await city.writer.get(ONE, params={**period, "format": "concise", "pick": "pm25"})).json()
        assert concise == {"pm25": [{name: one[name] for name in one if name != "type"} for one in shown["pm25"]]}
        pairs = (await city.writer.get(ONE, params={**period, "options": "temporalValues"})).json()
        assert pairs["pm25"] == {"type": "Property", "values": [[10 + hour, _at(hour)] for hour in hours]}

    in_city(talk)


@pytest.mark.parametrize("by_body", [False, True])
def test_courses_of_several_entities_are_paged_and_counted(*, in_city: InCity, by_body: bool) -> None:
    async def ask(city: City, **paging: str) -> Any:
        if not by_body:
            period = {"timerel": "after", "timeAt": _at(4)}
            return await city.writer.get(T, params={"type": "AirQualityObserved", **period, **paging})
        body = {
            "type": "Query",
            "entities": [{"type": "AirQualityObserved"}],
            "temporalQ": {"timerel": "after", "timeAt": _at(4)},
        }
        address = "/ngsi-ld/v1/temporal/entityOperations/query"
        return await city.writer.post(address, json=body, params=paging)

    async def talk(city: City) -> None:
        await _fill(city)
        both = (await ask(city)).json()
        assert [[one["value"] for one in course["pm25"]] for course in both] == [[15], [25]]
        first = await ask(city, limit="1", options="count")
        assert first.headers["ngsild-results-count"] == "2"
        assert "next" in first.links
        assert len(first.json()) == 1

    in_city(talk)


def test_an_entity_without_observations_in_the_period_is_left_out_of_a_list(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        nothing = {"timerel": "between", "timeAt": _at(1), "endTimeAt": _at(1)}
        assert (await city.writer.get(T, params={"type": "AirQualityObserved", **nothing})).json() == []
        backwards = {**nothing, "endTimeAt": _at(0)}
        assert (await city.writer.get(ONE, params=backwards)).status_code == 400
        later = {"timerel": "after", "timeAt": "2027-01-01T00:00:00Z"}
        assert (await city.writer.get(T, params={"type": "AirQualityObserved", **later})).json() == []
        assert (await city.writer.get(ONE, params=later)).json() == {
            "id": station(1)["id"],
            "type": "AirQualityObserved",
        }
        assert (await city.writer.get(f"{T}/urn:x:none")).status_code == 404

    in_city(talk)


def test_aggregates_are_reckoned_for_each_period(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        asked = {
            "options": "aggregatedValues",
            "aggrMethods": "avg,max,totalCount",
            "aggrPeriodDuration": "PT3H",
            "timerel": "between",
            "timeAt": _at(0),
            "endTimeAt": _at(6),
        }
        shown = (await city.writer.get(ONE, params=asked)).json()
        assert shown["pm25"] == {
            "type": "Property",
            "avg": [[11, _at(0), _at(3)], [14, _at(3), _at(6)]],
            "max": [[12, _at(0), _at(3)], [15, _at(3), _at(6)]],
            "totalCount": [[3, _at(0), _at(3)], [3, _at(3), _at(6)]],
        }

    in_city(talk)


def _minute(minute: int) -> str:
    return f"2026-01-01T00:{minute:02}:00Z"


async def _fill_pages(city: City) -> None:
    """Thirty minutes of two attributes, the second of which begins when the first ends."""
    course = [
        {"id": "urn:ngsi-ld:Well:1", "type": "Well", name: {"value": minute, "observedAt": _minute(minute)}}
        for name, minutes in (("level", range(30)), ("flow", range(29, 59)))
        for minute in minutes
    ]
    assert (await city.writer.post(UPSERT, json=course, params={"options": "update"})).status_code == 201


def test_more_history_than_an_answer_holds_is_told_in_pages_that_say_what_they_cover(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill_pages(city)
        told: dict[str, list[int]] = {"level": [], "flow": []}
        after, status = _minute(0), 206
        while status == 206:
            asked = {"timerel": "between", "timeAt": after, "endTimeAt": _minute(59), "attrs": "level,flow"}
            page = await city.writer.get(f"{T}/urn:ngsi-ld:Well:1", params=asked)
            status = page.status_code
            for name, values in told.items():
                values += [one["value"] for one in page.json().get(name, [])]
            if status == 206:
                last = max(one["observedAt"] for name in told for one in page.json()[name])
                assert page.headers["content-range"] == f"date-time {after}-{last}/*"
                after = last.replace("00Z", "01Z")
        assert told == {"level": [*range(30)], "flow": [*range(29, 59)]}

    in_city(talk)


def test_pages_of_the_newest_go_back_in_time_and_name_attributes_that_are_not_on_them(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill_pages(city)
        asked = {"lastN": "30", "options": "temporalValues", "timerel": "before", "timeAt": _minute(59)}
        page = await city.writer.get(T, params={"type": "Well", **asked})
        assert page.status_code == 206
        [shown] = page.json()
        oldest = shown["level"]["values"][-1][1]
        assert page.headers["content-range"] == f"date-time {_minute(59)}-{oldest}/30"
        early = {"lastN": "29", "timerel": "after", "timeAt": _minute(1), "attrs": "flow,level"}
        late = (await city.writer.get(f"{T}/urn:ngsi-ld:Well:1", params=early)).json()
        assert [one["value"] for one in late["flow"]] == [*range(58, 29, -1)]

    in_city(talk)


def test_attributes_that_an_entity_does_not_have_are_not_found(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        assert (await city.writer.get(ONE, params={"attrs": "radon"})).status_code == 404
        assert (await city.writer.delete(f"{ONE}/attrs/pm25(")).status_code == 400
        assert (await city.writer.delete(f"{ONE}/attrs/pm25/none")).status_code == 400

    in_city(talk)


def test_instances_are_told_by_when_they_came_and_what_has_no_time_by_when_it_was_written(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        asked = {"timeproperty": "createdAt", "timerel": "after", "timeAt": "2026-01-02T00:00:00Z"}
        shown = (await city.writer.get(ONE, params=asked)).json()
        assert len(shown["pm25"]) == 6
        assert {"observedAt", "createdAt"} <= shown["pm25"][0].keys()
        [place] = shown["location"]
        assert (place["type"], "observedAt" in place, "createdAt" in place) == ("GeoProperty", False, True)
        before = {**asked, "timeproperty": "modifiedAt", "timerel": "before"}
        assert "pm25" not in (await city.writer.get(ONE, params=before)).json()
        newest = (await city.writer.get(ONE, params={"timeproperty": "modifiedAt", "lastN": "1"})).json()
        assert [len(newest[name]) for name in ("pm25", "location")] == [1, 1]
        for wrong in ({"timeproperty": "seenAt"}, {**asked, "options": "aggregatedValues", "aggrMethods": "avg"}):
            assert (await city.writer.get(ONE, params=wrong)).status_code == 400

    in_city(talk)


def test_attributes_that_were_deleted_are_told_by_when(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        entity = f"/ngsi-ld/v1/entities/{station(1)['id']}"
        for name in ("pm25", "location"):
            assert (await city.writer.delete(f"{entity}/attrs/{name}")).status_code == 204
        asked = {"timeproperty": "deletedAt"}
        shown = (await city.writer.get(ONE, params=asked)).json()
        assert {name: [one["value"] for one in shown[name]] for name in ("pm25", "location")} == {
            "pm25": ["urn:ngsi-ld:null"],
            "location": ["urn:ngsi-ld:null"],
        }
        pairs = (await city.writer.get(ONE, params={**asked, "options": "temporalValues", "attrs": "pm25"})).json()
        assert pairs["pm25"]["values"] == [["urn:ngsi-ld:null", shown["pm25"][0]["deletedAt"]]]
        assert "location" not in pairs
        early = {**asked, "type": "AirQualityObserved", "timerel": "before", "timeAt": _at(0)}
        assert (await city.writer.get(T, params=early)).json() == []
        limited = await city.limited.get(T, params={**asked, "type": "AirQualityObserved"})
        assert limited.json() == []  # of rows that a policy chooses by what stands in them, nothing is known any more

    in_city(talk)


def test_lists_have_a_course_too(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        kinds = {
            "lanes": {"type": "ListProperty", "valueList": [1, "b"]},
            "stops": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
        }
        body = {"id": "urn:ngsi-ld:Road:1", "type": "Road"}
        body |= {name: {**held, "observedAt": _at(1)} for name, held in kinds.items()}
        answer = await city.writer.post("/ngsi-ld/v1/entities", json=body)
        assert answer.status_code == 201, answer.text
        shown = (await city.writer.get(f"{T}/urn:ngsi-ld:Road:1")).json()
        assert shown["lanes"][0]["valueList"] == [1, "b"]
        assert shown["stops"][0]["objectList"] == [{"object": "urn:x:1"}]

    in_city(talk)
