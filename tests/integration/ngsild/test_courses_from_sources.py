"""History of which other brokers know parts (CIM 009, 5.7.3, 5.7.4), over real HTTP. Serves Q2, N1."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from doors import HISTORY_PAGE, City, InCity
from ports import free_port
from sources import ID, TYPE, Source, another_city, offer, register, register_city

T = "/ngsi-ld/v1/temporal/entities"
Q = "/ngsi-ld/v1/temporal/entityOperations/query"
OWN = f"{T}/{ID}"
ABLE = ["retrieveTemporal", "queryTemporal", "queryBatchTemporal"]


def _at(hour: int) -> str:
    return f"2026-01-01T{hour:02}:00:00Z"


def _rain(value: Any, hour: int, **members: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": _at(hour), **members}


def _course(id: str = ID, **attributes: Any) -> dict[str, Any]:
    return {"id": id, "type": TYPE, **attributes}


async def _write(city: City, *courses: dict[str, Any]) -> None:
    for one in courses:
        answer = await city.writer.post(T, json=one, params={"local": "true"})
        assert answer.status_code == 201, answer.text


async def _read(city: City, address: str = OWN, **asked: str) -> Any:
    answer = await city.writer.get(address, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _values(course: Any, name: str = "rain") -> list[Any]:
    return [one["value"] for one in course[name]]


async def _post(city: City, **asked: Any) -> Any:
    body = {"type": "Query", "entities": [{"type": TYPE}], **asked}
    answer = await city.writer.post(Q, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_course_is_put_together_from_here_and_there(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _write(city, _course(rain=[_rain(1, 1), _rain(3, 3), _rain(8, 1, datasetId="urn:d:2")]))
            await _write(there, _course(rain=[_rain(2, 2), _rain(3, 3), _rain(4, 4)], wind=[_rain(7, 2)]))
            await register_city(city, there, operations=ABLE)
            whole = await _read(city)
            assert sorted(_values(whole)) == [1, 2, 3, 4, 8]
            assert [one["observedAt"] for one in whole["rain"]] == [_at(hour) for hour in (1, 1, 2, 3, 4)]
            assert _values(whole, "wind") == [7]
            [there_alone] = [one for one in (await _read(there))["rain"] if one["value"] == 2]
            assert there_alone["instanceId"] in [one["instanceId"] for one in whole["rain"]]
            assert _values(await _read(city, local="true")) == [1, 8, 3]
            between = {"timerel": "between", "timeAt": _at(2), "endTimeAt": _at(4)}
            [by_query] = await _read(city, T, type=TYPE, **between)
            [by_body] = await _post(city, temporalQ=between)
            assert by_query == by_body
            assert (_values(by_query), _values(by_query, "wind")) == ([2, 3], [7])

    in_city(talk)


def test_the_newest_are_chosen_and_sums_reckoned_when_all_is_together(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _write(city, _course(rain=[_rain(hour, hour) for hour in (1, 3, 5)]))
            await _write(there, _course(rain=[_rain(hour, hour) for hour in (0, 2, 4)]))
            await register_city(city, there, operations=ABLE)
            assert _values(await _read(city, lastN="4")) == [5, 4, 3, 2]
            [pairs] = await _read(city, T, type=TYPE, lastN="1", options="temporalValues")
            assert pairs["rain"]["values"] == [[5, _at(5)]]
            sums = {"options": "aggregatedValues", "aggrMethods": "sum,max,stddev", "aggrPeriodDuration": "P1D"}
            reckoned = (await _read(city, timerel="after", timeAt=_at(0), **sums))["rain"]
            assert [reckoned[one][0][0] for one in ("sum", "max")] == [15, 5]
            assert reckoned["stddev"][0][0] == pytest.approx(2**0.5)
            assert reckoned["sum"][0][1:] == [_at(0), "2026-01-02T00:00:00Z"]
            monthly = {**sums, "aggrPeriodDuration": "P1M", "timerel": "after", "timeAt": "2025-12-31T02:30:00Z"}
            assert (await _read(city, **monthly))["rain"]["sum"] == [
                [15, "2025-12-31T02:30:00Z", "2026-01-31T02:30:00Z"]
            ]

    in_city(talk)


@pytest.mark.parametrize(
    ("mode", "rain"), [("inclusive", [1, 2, 3]), ("exclusive", [2]), ("redirect", [2]), ("auxiliary", [1, 3])]
)
def test_the_mode_says_whose_course_is_believed(in_city: InCity, tmp_path: Path, mode: str, rain: list[int]) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _write(city, _course(rain=[_rain(1, 1), _rain(3, 3)]))
            await _write(there, _course(rain=[_rain(2, 2)], wind=[_rain(7, 2)]))
            entities = [{"type": TYPE, "id": ID}]
            await register_city(city, there, operations=ABLE, mode=mode, entities=entities, names=["rain", "wind"])
            course = await _read(city)
            assert (_values(course), _values(course, "wind")) == (rain, [7])

    in_city(talk)


def test_what_only_a_source_knows_stands_on_the_pages_too(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            ids = [f"urn:ngsi-ld:Weather:{number}" for number in range(4)]
            await _write(city, *(_course(one, rain=[_rain(0, 1)]) for one in ids[::2]))
            await _write(there, *(_course(one, rain=[_rain(1, 1)]) for one in ids[1::2]))
            await register_city(city, there, operations=ABLE)
            pages = [
                await city.writer.get(T, params={"type": TYPE, "limit": "2", "offset": str(start), "count": "true"})
                for start in (0, 2)
            ]
            assert [one["id"] for page in pages for one in page.json()] == ids
            assert ['rel="next"' in str(page.headers.get_list("link")) for page in pages] == [True, False]
            assert pages[0].headers["ngsild-results-count"] == "4"
            assert (await _read(city, f"{T}/{ids[1]}"))["rain"][0]["value"] == 1
            assert (await city.writer.get(f"{T}/urn:x:none")).status_code == 404
            assert (await city.writer.get(f"{T}/{ids[1]}", params={"attrs": "wind"})).status_code == 404

    in_city(talk)


@pytest.mark.parametrize(
    ("operations", "interval", "asked", "times"),
    [
        (None, {}, {}, 0),
        (["retrieveOps"], {}, {}, 0),
        (["queryTemporal"], {}, {}, 1),
        (ABLE, {"observationInterval": {"startAt": _at(5)}}, {"timerel": "before", "timeAt": _at(5)}, 0),
        (ABLE, {"observationInterval": {"startAt": _at(5)}}, {"timerel": "after", "timeAt": _at(1)}, 1),
        (ABLE, {"observationInterval": {"startAt": _at(5)}}, {}, 1),
        (ABLE, {"managementInterval": {"startAt": _at(5)}}, {"timerel": "before", "timeAt": _at(5)}, 1),
        (
            ABLE,
            {"managementInterval": {"startAt": _at(1), "endAt": _at(2)}},
            {"timerel": "after", "timeAt": _at(3), "timeproperty": "modifiedAt"},
            0,
        ),
    ],
)
def test_only_sources_that_can_have_something_of_the_time_are_asked(
    in_city: InCity, operations: list[str] | None, interval: dict[str, Any], asked: dict[str, str], times: int
) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=[])
        async with source.serving() as address:
            said = offer(address, **interval)
            await register(city, {**said, "operations": operations} if operations else said)
            assert (await city.writer.get(T, params={"type": TYPE, **asked})).status_code == 200
            assert len(source.asked) == times
            assert all(path.startswith("/ngsi-ld/v1/temporal/entities?type=Weather") for _, path in source.asked)

    in_city(talk)


def test_what_is_now_is_not_asked_of_who_has_only_what_was(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        source = Source(answer=[])
        async with source.serving() as address:
            await register(city, offer(address, observationInterval={"startAt": _at(1)}))
            assert (await city.writer.get("/ngsi-ld/v1/entities", params={"type": TYPE})).status_code == 200
            assert source.asked == []

    in_city(talk)


def test_a_part_that_a_source_tells_cuts_the_whole_where_it_ends(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            many = [_rain(number, 1) | {"observedAt": f"2026-01-01T01:{number:02}:00Z"} for number in range(50)]
            await _write(there, _course(rain=many))
            await _write(city, _course(wind=[_rain(1, 0), _rain(2, 2)]))
            await register_city(city, there, operations=ABLE)
            first = await city.writer.get(OWN)
            last = f"2026-01-01T01:{HISTORY_PAGE - 1 - 1:02}:00Z"
            assert first.status_code == 206
            assert first.headers["content-range"] == f"date-time {_at(0)}-{last}/*"
            assert (_values(first.json(), "wind"), len(first.json()["rain"])) == ([1], HISTORY_PAGE - 1)
            rest = await _read(city, timerel="after", timeAt=last)
            assert (len(rest["rain"]), _values(rest, "wind")) == (50 - HISTORY_PAGE + 1, [2])
            newest = await city.writer.get(OWN, params={"lastN": "45"})
            assert newest.status_code == 206
            assert (_values(newest.json(), "wind"), newest.json()["rain"][0]["value"]) == ([2], 49)
            sums = {"options": "aggregatedValues", "aggrMethods": "sum"}
            refused = await city.writer.get(OWN, params=sums)
            assert (refused.status_code, refused.json()["place"]) == (403, "timeAt")

    in_city(talk)


def test_a_part_of_which_nobody_knows_where_it_ends_is_left_out(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _write(city, _course(rain=[_rain(1, 1)]))
        async with Source(answer=_course(rain=[_rain(2, 2)]), status=206).serving() as address:
            await register(city, offer(address, operations=ABLE))
            found = await city.writer.get(OWN)
            assert (found.status_code, _values(found.json())) == (200, [1])
            assert "a part" in found.headers["ngsild-warning"]

    in_city(talk)


def test_a_slow_and_a_dead_source_cost_a_warning_each_and_no_answer(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _write(city, _course(rain=[_rain(1, 1)]))
        async with (source := Source(delay=20)).serving() as slow:
            await register(city, offer(slow, operations=ABLE, management={"timeout": 500}))
            await register(city, offer(f"http://127.0.0.1:{free_port()}", operations=ABLE))
            begun = time.monotonic()
            found = await city.writer.get(OWN)
            assert (_values(found.json()), len(found.headers.get_list("ngsild-warning"))) == ([1], 2)
            several = await city.writer.get(T, params={"type": TYPE})
            assert (len(several.json()), len(several.headers.get_list("ngsild-warning"))) == (1, 2)
            assert time.monotonic() - begun < source.delay

    in_city(talk)


@pytest.mark.parametrize(
    "answer",
    [7, [[]], _course(rain="wet"), _course(rain=[[_rain(2, 2)]]), _course(rain={"type": "Property", "value": 2})],
)
def test_what_has_no_time_or_makes_no_sense_is_left_out(in_city: InCity, answer: Any) -> None:
    async def talk(city: City) -> None:
        await _write(city, _course(rain=[_rain(1, 1)]))
        async with Source(answer=answer).serving() as address:
            await register(city, offer(address, operations=ABLE))
            assert _values(await _read(city)) == [1]

    in_city(talk)


def test_two_cities_that_ask_each_other_for_history_come_to_an_end(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _write(city, _course(rain=[_rain(1, 1)]))
            await _write(there, _course(rain=[_rain(2, 2)]))
            await register_city(city, there, operations=ABLE)
            await register_city(there, city, operations=ABLE)
            async with asyncio.timeout(20):
                for one in (city, there):
                    assert _values(await _read(one)) == [1, 2]
                    [course] = await _read(one, T, type=TYPE)
                    assert _values(course) == [1, 2]
                    [course] = await _post(one)
                    assert _values(course) == [1, 2]
            alias = (await city.writer.get("/ngsi-ld/v1/info/sourceIdentity")).json()["contextSourceAlias"]
            refused = await city.writer.get(OWN, headers={"Via": f"1.1 {alias}"})
            assert refused.status_code == 508

    in_city(talk)


def test_history_from_elsewhere_passes_the_guard_of_the_asker(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            for place in ("north", "south"):
                told = {name: [_rain(value, 1)] for name, value in (("pm25", 4), ("secret", 9), ("district", place))}
                await _write(there, {"id": f"urn:x:{place}", "type": "AirQualityObserved", **told})
            await register_city(city, there, operations=ABLE, entities=[{"type": "AirQualityObserved"}])
            answer = await city.limited.get(T, params={"type": "AirQualityObserved"})
            assert "ngsild-warning" not in answer.headers, answer.headers
            seen = answer.json()
            assert [(one["id"], sorted(one)) for one in seen] == [("urn:x:north", ["district", "id", "pm25", "type"])]
            assert (await city.limited.get(f"{T}/urn:x:south")).status_code == 404
            assert (await city.nobody.get(f"{T}/urn:x:north")).status_code == 404

    in_city(talk)


def test_instances_are_told_by_when_they_came_there(in_city: InCity, tmp_path: Path) -> None:
    async def talk(city: City) -> None:
        async with another_city(tmp_path / "b") as there:
            await _write(city, _course(rain=[_rain(1, 3)]))
            await _write(there, _course(rain=[_rain(2, 1)]))
            await register_city(city, there, operations=ABLE)
            shown = (await _read(city, timeproperty="createdAt"))["rain"]
            assert [one["value"] for one in shown] == [1, 2]
            assert shown[0]["createdAt"] <= shown[1]["createdAt"]
            assert [one["observedAt"] for one in shown] == [_at(3), _at(1)]

    in_city(talk)
