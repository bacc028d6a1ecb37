"""From observations in the store to Alert entities in the store (N1, N4, W4.7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import rulebook
from engines import where
from judging import alerts, fill, judge_all
from rulebook import HOUR, START, reading, received, station

from huicheng.city import Attribute, Entity, rfc3339
from huicheng.rules import alert_id
from huicheng.stores import EmbeddedStore, Transaction, Write, open_store


def test_an_alert_tells_rule_limit_source_and_the_very_observations(store: EmbeddedStore) -> None:
    asyncio.run(_place(store))
    asyncio.run(fill(store, [120, 310, 420]))
    asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    start = START + HOUR
    assert alert["id"] == alert_id("air/hourly", station("a"), start)
    assert alert["location"] == {"type": "Point", "coordinates": [106.6, 26.6]}
    assert {name: alert[name] for name in ("category", "subCategory", "rule", "severity", "status")} == {
        "category": "air",
        "subCategory": "hourly",
        "rule": "air/hourly",
        "severity": "extreme",
        "status": "active",
    }
    assert (alert["validFrom"], alert["dateIssued"], alert["alertSource"]) == (rfc3339(start),) * 2 + (station("a"),)
    assert alert["limit"] == {
        "name": "high",
        "value": 300.0,
        "unit": "GQ",
        "averaging": "PT1H",
        "class": None,
        "validFrom": "2000-01-01",
        "validUntil": None,
        "source": "a test",
        "verified": False,
    }
    assert alert["description"] == {"zh-hans": "一号站: 420 above 300", "en": "Station one: 420 above 300"}
    assert (alert["caseKind"], alert["caseCategory"]) == ("air/event", "hourly")
    assert [(item["attribute"], item["value"], item["unit"]) for item in alert["evidence"]] == [
        ("pm25", 310.0, "GQ"),
        ("pm25", 420.0, "GQ"),
    ]


async def _place(store: EmbeddedStore) -> None:
    attributes: dict[str, Attribute | list[Attribute]] = {
        "name": Attribute(type="LanguageProperty", language_map={"zh-hans": "一号站", "en": "Station one"}),
        "location": Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [106.6, 26.6]}),
    }
    await store.commit(
        Transaction(writes=[Write(entity=Entity(id=station("a"), type=rulebook.TYPE, attributes=attributes))])
    )


def test_an_episode_ends_once_and_the_next_one_is_another_alert(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [310, 320, 240, 310]))
    asyncio.run(judge_all(store))
    first, second = asyncio.run(alerts(store))
    assert (first["status"], first["validTo"]) == ("ended", rfc3339(START + 2 * HOUR))
    assert (second["status"], second.get("validTo")) == ("active", None)


def test_judging_in_windows_of_one_commit_gives_the_same_alerts(tmp_path: Path) -> None:
    found = []
    for limit in (1, 200_000):
        store = open_store(data := tmp_path / str(limit), writer=True, database=where(data))
        asyncio.run(fill(store, [310, 320, 410, 240, None, 310, *[None] * 8, 320]))
        steps = asyncio.run(judge_all(store, limit=limit))
        found.append((steps > 3, asyncio.run(alerts(store))))
        asyncio.run(store.close())
    assert [many for many, _ in found] == [True, False]
    assert found[0][1] == found[1][1]
    assert [one["status"] for one in found[0][1]] == ["ended", "no-data", "active"]


def test_nothing_for_so_long_leaves_the_alert_without_data_and_late_data_resume_it(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [310, 320]))
    asyncio.run(judge_all(store, now=lambda: START + 8 * HOUR, quiet=0.0))
    [alert] = asyncio.run(alerts(store))
    assert (alert["status"], alert["validTo"]) == ("no-data", rfc3339(START + HOUR))
    asyncio.run(store.commit(received(reading("a", START + 2 * HOUR, pm25=330.0), at=START + 9 * HOUR)))
    asyncio.run(judge_all(store, now=lambda: START + 9 * HOUR, quiet=0.0))
    [again] = asyncio.run(alerts(store))
    assert (again["id"], again["status"], again.get("validTo")) == (alert["id"], "active", None)
    assert again["data"]["firings"] == 3


def test_a_clock_far_ahead_of_what_is_received_waits_until_all_is_quiet(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [310]))
    asyncio.run(judge_all(store, now=lambda: START + 1000 * HOUR, quiet=60.0))
    assert [one["status"] for one in asyncio.run(alerts(store))] == ["active"]


def test_an_episode_goes_on_over_a_restart_of_the_judge(store: EmbeddedStore) -> None:
    for hour, value in enumerate([310, 320, 260, 310]):
        asyncio.run(store.commit(received(reading("a", START + hour * HOUR, pm25=value))))
        asyncio.run(judge_all(store))
    [alert] = asyncio.run(alerts(store))
    assert (alert["status"], alert["data"]["firings"]) == ("active", 3)


def test_a_late_observation_is_counted_and_opens_nothing(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [None, None, 100]))
    asyncio.run(judge_all(store))
    asyncio.run(store.commit(received(reading("a", START, pm25=900.0))))
    asyncio.run(judge_all(store))
    assert asyncio.run(alerts(store)) == []
    [late] = asyncio.run(store.rows("episodes.late", ("air/hourly", station("a"))))
    assert (late["observations"], late["newest"]) == (1, START)


def test_a_judge_with_nothing_to_do_writes_nothing(store: EmbeddedStore) -> None:
    asyncio.run(fill(store, [310]))
    assert asyncio.run(judge_all(store)) <= 3
    head = asyncio.run(store.head())
    assert asyncio.run(judge_all(store)) == 0
    assert asyncio.run(store.head()) == head
