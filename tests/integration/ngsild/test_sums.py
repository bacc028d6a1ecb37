"""Sums over periods of history (CIM 009, 4.5.19), and texts of it in one language. Serves Q2."""

from __future__ import annotations

from typing import Any

import pytest
from doors import City, InCity

T = "/ngsi-ld/v1/temporal/entities"
ID = "urn:ngsi-ld:Meter:1"
#: Day of 2025 → reading.
READINGS = {"01-05": 1, "01-31": 2, "02-01": 4, "02-28": 8, "03-02": 16, "12-31": 32}


async def _fill(city: City) -> None:
    flow = [
        {"type": "Property", "value": value, "observedAt": f"2025-{day}T12:00:00Z"} for day, value in READINGS.items()
    ]
    after = {"type": "Property", "value": 64, "observedAt": "2026-01-05T12:00:00Z"}
    answer = await city.writer.post(T, json={"id": ID, "type": "Meter", "flow": [*flow, after]})
    assert answer.status_code == 201, answer.text


async def _reckoned(city: City, **asked: str) -> dict[str, Any]:
    answer = await city.writer.get(f"{T}/{ID}", params={"format": "aggregatedValues", **asked})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["flow"])


@pytest.mark.parametrize(
    ("duration", "start", "sums"),
    [
        (
            "P1M",
            "2025-01-01T00:00:00Z",
            {"2025-01-01": 3, "2025-02-01": 12, "2025-03-01": 16, "2025-12-01": 32, "2026-01-01": 64},
        ),
        ("P1M", "2024-12-31T00:00:00Z", {"2024-12-31": 1, "2025-01-31": 6, "2025-02-28": 24, "2025-12-31": 96}),
        ("P1Y", "2025-01-01T00:00:00Z", {"2025-01-01": 63, "2026-01-01": 64}),
        ("P1Y6M", "2024-02-01T13:00:00Z", {"2024-02-01": 31, "2025-08-01": 96}),
        ("P1W", "2025-01-01T00:00:00Z", {"2025-01-01": 1, "2025-01-29": 6, "2025-02-26": 24, "2025-12-31": 96}),
        ("P1MT12H", "2025-01-01T00:00:00Z", {"2025-01-01": 3, "2025-02-01": 12, "2025-03-02": 16, "2025-12-06": 96}),
    ],
)  # fmt: skip
def test_periods_go_by_the_calendar(in_city: InCity, duration: str, start: str, sums: dict[str, int]) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        asked = {"timerel": "between", "timeAt": start, "endTimeAt": "2027-01-01T00:00:00Z"}
        found = await _reckoned(city, aggrMethods="sum", aggrPeriodDuration=duration, **asked)
        assert {begins[:10]: value for value, begins, _ in found["sum"]} == sums
        # A method that only the observations themselves answer is of the same periods.
        both = await _reckoned(city, aggrMethods="sum,stddev", aggrPeriodDuration=duration, **asked)
        assert both["sum"] == found["sum"]
        assert [one[1:] for one in both["stddev"]] == [one[1:] for one in found["sum"]]

    in_city(talk)


def test_days_are_put_together_for_every_method(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        asked = {"timerel": "after", "timeAt": "2025-01-01T00:00:00Z", "aggrPeriodDuration": "P1Y"}
        found = await _reckoned(city, aggrMethods="avg,min,max,totalCount", **asked)
        year = ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]
        next_year = [year[1], "2027-01-01T00:00:00Z"]
        assert found == {
            "type": "Property",
            "avg": [[10.5, *year], [64, *next_year]],
            "min": [[1, *year], [64, *next_year]],
            "max": [[32, *year], [64, *next_year]],
            "totalCount": [[6, *year], [1, *next_year]],
        }

    in_city(talk)


def test_without_a_time_months_begin_with_the_first_observation(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _fill(city)
        found = await _reckoned(city, aggrMethods="totalCount", aggrPeriodDuration="P6M")
        assert found["totalCount"] == [
            [5, "2025-01-05T12:00:00Z", "2025-07-05T12:00:00Z"],
            [1, "2025-07-05T12:00:00Z", "2026-01-05T12:00:00Z"],
            [1, "2026-01-05T12:00:00Z", "2026-07-05T12:00:00Z"],
        ]

    in_city(talk)


def test_a_course_of_texts_is_told_in_the_language_asked_for(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        texts = {
            "type": "LanguageProperty",
            "languageMap": {"zh": "停", "en": "Stop"},
            "observedAt": "2025-01-01T00:00:00Z",
        }
        await city.writer.post(T, json={"id": ID, "type": "Meter", "sign": [texts]})

        async def told(**asked: str) -> Any:
            return (await city.writer.get(f"{T}/{ID}", params={"lang": "en", **asked})).json()["sign"]

        [whole] = await told()
        assert (whole["type"], whole["value"], whole["lang"]) == ("Property", "Stop", "en")
        assert "languageMap" not in whole
        [concise] = await told(format="concise")
        assert (concise["value"], concise["lang"]) == ("Stop", "en")
        assert await told(format="temporalValues") == {"type": "Property", "values": [["Stop", "2025-01-01T00:00:00Z"]]}
        body = {
            "type": "Query",
            "entities": [{"type": "Meter"}],
            "lang": "zh",
            "temporalQ": {"timerel": "after", "timeAt": "2024-01-01T00:00:00Z"},
        }
        answer = await city.writer.post("/ngsi-ld/v1/temporal/entityOperations/query", json=body)
        assert answer.json()[0]["sign"][0]["value"] == "停"

    in_city(talk)


@pytest.mark.parametrize("surplus", ["join", "joinLevel", "containedBy", "geometryProperty", "splitEntities"])
def test_what_a_course_has_no_room_for_is_refused(in_city: InCity, surplus: str) -> None:
    async def talk(city: City) -> None:
        for address in (f"{T}/{ID}", T):
            answer = await city.writer.get(address, params={surplus: "x"})
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter"), answer.text

    in_city(talk)
