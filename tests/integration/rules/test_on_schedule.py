"""Days are judged once, when they are over, by what history holds of them (N1, W4.7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import rulebook
from engines import where
from judging import alerts, judge_all
from rulebook import DAY, HOUR, START, reading, received, station

from huicheng.city import Instant, rfc3339
from huicheng.rules import Judge
from huicheng.stores import EmbeddedStore, Write, open_store

DAILY = rulebook.pack(daily=rulebook.daily())


def day(number: int, value: float, hours: int = 24, key: str = "a") -> list[Write]:
    return [reading(key, START + number * DAY + hour * HOUR, pm25=value) for hour in range(hours)]


async def fill(store: EmbeddedStore, *writes: Write) -> None:
    await store.commit(received(*writes))


async def until(store: EmbeddedStore, clock: Instant) -> int:
    return await judge_all(store, DAILY, now=lambda: clock, quiet=0.0)


def test_successive_days_above_the_limit_are_one_episode(store: EmbeddedStore) -> None:
    for number, value in enumerate([60, 80, 100, 90, 70]):
        asyncio.run(fill(store, *day(number, value)))
    asyncio.run(until(store, START + 5 * DAY + HOUR))
    [alert] = asyncio.run(alerts(store))
    assert (alert["status"], alert["validFrom"], alert["validTo"]) == (
        "ended",
        rfc3339(START + DAY),
        rfc3339(START + 4 * DAY),
    )
    assert (alert["data"]["value"], alert["data"]["count"]) == (100, 24)
    assert (alert["data"]["firings"], alert["data"]["further"], len(alert["evidence"])) == (3, 1, 48)
    assert alert["dateIssued"] == rfc3339(START + 2 * DAY)


def test_a_day_is_not_judged_before_it_is_over(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, *day(0, 200)))
    asyncio.run(until(store, START + DAY + 9 * 60_000_000))
    assert asyncio.run(alerts(store)) == []
    asyncio.run(until(store, START + DAY + 10 * 60_000_000))
    assert [one["status"] for one in asyncio.run(alerts(store))] == ["active"]


def test_a_day_with_too_few_values_is_missing_and_opens_nothing_until_they_come(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, *day(0, 200, hours=19)))
    asyncio.run(until(store, START + DAY + HOUR))
    assert asyncio.run(alerts(store)) == []
    asyncio.run(fill(store, reading("a", START + 20 * HOUR, pm25=200.0)))
    asyncio.run(until(store, START + DAY + 2 * HOUR))
    [alert] = asyncio.run(alerts(store))
    assert alert["data"]["count"] == 20


def test_more_than_three_missing_days_leave_the_episode_without_data(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, *day(0, 200)))
    asyncio.run(fill(store, *day(5, 200)))
    asyncio.run(until(store, START + 6 * DAY + HOUR))
    first, second = asyncio.run(alerts(store))
    assert (first["status"], first["validTo"]) == ("no-data", rfc3339(START + DAY))
    assert (second["status"], second["validFrom"]) == ("active", rfc3339(START + 5 * DAY))


def test_a_silent_station_is_left_without_data_by_the_clock(store: EmbeddedStore) -> None:
    for write in day(0, 200):
        asyncio.run(fill(store, write))
        asyncio.run(_one_step(store))
    asyncio.run(until(store, START + 4 * DAY))
    assert [one["status"] for one in asyncio.run(alerts(store))] == ["active"]
    asyncio.run(until(store, START + 4 * DAY + 1))
    [alert] = asyncio.run(alerts(store))
    assert (alert["status"], alert["validTo"]) == ("no-data", rfc3339(START + DAY))


def test_a_day_that_was_judged_stays_as_it_was_and_late_values_are_counted(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, *day(0, 60)))
    asyncio.run(fill(store, *day(1, 60)))
    asyncio.run(until(store, START + 2 * DAY + HOUR))
    asyncio.run(fill(store, reading("a", START + HOUR // 2, pm25=9000.0)))
    asyncio.run(until(store, START + 2 * DAY + 2 * HOUR))
    assert asyncio.run(alerts(store)) == []
    [late] = asyncio.run(store.rows("episodes.late", ("air/daily", station("a"))))
    assert late["observations"] == 1


def test_no_day_is_skipped_or_judged_twice_after_a_stop(store: EmbeddedStore) -> None:
    """Every step is made by a judge of its own, as after a restart."""
    for number, value in enumerate([80, 60, 80, 60, 80]):
        for write in day(number, value):
            asyncio.run(store.commit(received(write)))
        asyncio.run(_one_step(store))
    asyncio.run(until(store, START + 5 * DAY + HOUR))
    found = asyncio.run(alerts(store))
    assert [one["validFrom"] for one in found] == [rfc3339(START + number * DAY) for number in (0, 2, 4)]
    assert [one["data"]["firings"] for one in found] == [1, 1, 1]


async def _one_step(store: EmbeddedStore) -> None:
    judge = Judge(store, [DAILY], limit=7)
    while await judge.step():
        judge.close()
        judge = Judge(store, [DAILY], limit=7)
    judge.close()


def test_stations_one_after_the_other_give_what_they_give_together(tmp_path: Path) -> None:
    """Files are ordered by station: the second begins long before the first has ended."""
    days = {
        key: [write for number in range(4) for write in day(number, 60 + 20 * (number % 2), key=key)] for key in "ab"
    }
    found = []
    for order in ([*days["a"], *days["b"]], [one for pair in zip(days["a"], days["b"], strict=True) for one in pair]):
        store = open_store(data := tmp_path / str(len(found)), writer=True, database=where(data))
        for start in range(0, len(order), 16):
            asyncio.run(fill(store, *order[start : start + 16]))
        asyncio.run(until(store, START + 5 * DAY))
        found.append([{**one, "evidence": len(one["evidence"])} for one in asyncio.run(alerts(store))])
        asyncio.run(store.close())
    assert found[0] == found[1]
    assert [one["validFrom"] for one in found[0]] == [rfc3339(START + number * DAY) for number in (1, 3)] * 2
