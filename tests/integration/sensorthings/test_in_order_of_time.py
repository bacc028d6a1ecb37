"""Pages in the order of time are read at one end of history, and are what all of it would give. Serves Q1, Q2."""

from __future__ import annotations

import random
from typing import Any

from doors import City, InCity, station

from huicheng.stores import Sizes, compact

S = "/sta/v1.1"
NGSI = "/ngsi-ld/v1"
NOW = Sizes(least=1, grace=0.0, keep=0.0)
_STATIONS, _ROUNDS, _MOMENTS = 60, 24, 40
#: More than there are; so many are read from all of history.
_ALL = 5_000


async def _filled(city: City) -> None:
    """Files and a tail that overlap: many observations of few moments, some of them twice."""
    dice = random.Random(20)  # noqa: S311 - made-up readings
    for turn in range(_ROUNDS):
        stations = [_reading(number, dice) for number in range(1, _STATIONS + 1)]
        answer = await city.writer.post(f"{NGSI}/entityOperations/upsert?options=update", json=stations)
        assert answer.status_code < 300, answer.text
        if turn in {7, 15}:
            await compact(city.store, NOW)


def _reading(number: int, dice: random.Random) -> dict[str, Any]:
    moment = dice.randrange(_MOMENTS)
    made = station(number, float(dice.randrange(1, 4)), hour=moment % 24)
    made["pm25"]["observedAt"] = f"2026-01-0{1 + moment // 24}T{moment % 24:02}:00:00Z"
    return made


async def _page(city: City, asked: str, top: int, skip: int) -> dict[str, Any]:
    answer = await city.writer.get(f"{S}/Observations?$top={top}&$skip={skip}{asked}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_page_is_a_part_of_everything_in_its_order(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _filled(city)
        for asked in (
            "",
            "&$orderby=phenomenonTime desc",
            "&$orderby=phenomenonTime desc,result",
            "&$orderby=phenomenonTime&$filter=result gt 1",
            "&$orderby=phenomenonTime desc&$filter=phenomenonTime lt 2026-01-02T03:00:00Z",
            "&$orderby=phenomenonTime desc&$filter=result gt 3",
        ):
            everything = (await _page(city, asked, _ALL, 0))["value"]
            for top, skip in ((5, 0), (1, 7), (20, 33), (5, len(everything) - 3), (5, len(everything))):
                page = await _page(city, asked, top, max(skip, 0))
                assert page["value"] == everything[max(skip, 0) :][:top], asked
                assert ("@iot.nextLink" in page) == (max(skip, 0) + top < len(everything))

    in_city(talk)


def test_an_observation_that_was_edited_stands_where_it_now_belongs(in_city: InCity) -> None:
    async def talk(city: City) -> None:
        await _filled(city)
        [first] = (await _page(city, "", 1, 0))["value"]
        moved = await city.writer.patch(
            f"{S}/Observations('{first['@iot.id']}')", json={"phenomenonTime": "2026-01-03T00:00:00Z"}
        )
        assert moved.status_code == 200, moved.text
        for asked in ("", "&$orderby=phenomenonTime desc"):
            everything = (await _page(city, asked, _ALL, 0))["value"]
            assert (await _page(city, asked, 5, 0))["value"] == everything[:5]
        assert everything[0]["phenomenonTime"] == "2026-01-03T00:00:00Z"

    in_city(talk)
