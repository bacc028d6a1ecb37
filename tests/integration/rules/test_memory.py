"""What a judge remembers is only faster than reading it: no alert, episode or count depends on it (N1, N4)."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rulebook
from engines import where
from judging import alerts, judge_all
from rulebook import HOUR, START, reading, received, station

from huicheng.rules import Judge
from huicheng.stores import EmbeddedStore, Position, Sizes, Transaction, compact, open_store

PACK = rulebook.pack(
    hourly=rulebook.hourly(),
    both=rulebook.hourly(fires="pm25 > high AND pm10 > high"),
    daily=rulebook.daily(),
)
NEVER = 1e9


async def _fill(store: EmbeddedStore, seed: int) -> None:
    """Five stations for four days: out of order, corrected, with gaps, several hours in one commit."""
    chance = random.Random(seed)  # noqa: S311 - readings, repeatably
    for hour in range(96):
        writes = []
        for key in chance.sample("abcde", chance.randint(1, 5)):
            at = START + (hour - chance.choice([0, 0, 0, 0, 1, 3])) * HOUR
            values = {name: float(chance.choice([100, 260, 310, 420])) for name in chance.sample(["pm25", "pm10"], 1)}
            writes.append(reading(key, at, **values))
        await store.commit(received(*writes, at=START + hour * HOUR))


async def _outcome(store: EmbeddedStore) -> dict[str, Any]:
    """Everything that judging has come to, and all that is written down of it."""
    await judge_all(store, PACK, note_every=0.0)
    ids = msgspec.json.encode([station(key) for key in "abcde"]).decode()
    return {
        "alerts": await alerts(store),
        "episodes": [await store.rows("episodes.list", (f"air/{name}",)) for name in ("hourly", "both", "daily")],
        "late": [await store.rows("episodes.late", ("air/hourly", station(key))) for key in "abcde"],
        "newest": sorted(map(str, await store.rows("episodes.known", (rulebook.TYPE, ids)))),
        "waiting": sorted(map(str, await store.rows("episodes.schedules", ("air/daily", ids)))),
    }


async def _judged(data: Path, seed: int, way: str) -> dict[str, Any]:
    store = open_store(data, writer=True, database=where(data))
    await _fill(store, seed)
    judges = [Judge(store, [PACK], limit=3, note_every=0.0 if way == "written at once" else NEVER) for _ in range(2)]
    for number in range(60):
        if way == "begun anew each time":
            judges[0] = Judge(store, [PACK], limit=3, note_every=random.Random(number).choice([0.0, NEVER]))  # noqa: S311 - any order will do, the same in each run
        await judges[number % 2 if way == "two in turn" else 0].step()
    found = await _outcome(store)
    await store.close()
    return found


@pytest.fixture(scope="module")
def simple(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any]]:
    """A seed, and what comes of it where one judge keeps everything in mind."""
    seed = request.param
    return seed, asyncio.run(_judged(tmp_path_factory.mktemp("simple"), seed, "kept in mind"))


@pytest.mark.parametrize("simple", [1, pytest.param(2, marks=pytest.mark.soak)], indirect=True)
@pytest.mark.parametrize("way", ["written at once", "begun anew each time", "two in turn"])
def test_it_comes_to_the_same_however_often_a_judge_begins_anew(
    tmp_path: Path, simple: tuple[int, dict[str, Any]], way: str
) -> None:
    seed, wanted = simple
    assert len(wanted["alerts"]) > 10
    assert any(wanted["late"])
    assert asyncio.run(_judged(tmp_path / "other", seed, way)) == wanted


def test_a_round_in_parts_that_is_cut_off_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simple = asyncio.run(_judged(tmp_path / "simple", 3, "kept in mind"))
    monkeypatch.setattr("huicheng.rules.memory._PART", 1)
    assert asyncio.run(_judged(tmp_path / "other", 3, "begun anew each time")) == simple


def test_the_feed_is_kept_as_long_as_what_follows_from_it_is_not_written(store: EmbeddedStore) -> None:
    asyncio.run(store.commit(Transaction(position=Position(consumer="judge-memory", seq=0))))
    asyncio.run(_fill(store, 4))
    first = asyncio.run(store.window(0, 1)).seq
    asyncio.run(judge_all(store, PACK, note_every=NEVER))
    sizes = Sizes(least=1, age=0.0, keep=-10.0)
    asyncio.run(compact(store, sizes))
    assert asyncio.run(store.window(0, 1)).seq == first
    asyncio.run(judge_all(store, PACK, note_every=0.0))
    asyncio.run(compact(store, sizes))
    assert asyncio.run(store.window(0, 1)).seq > first
    [known] = asyncio.run(store.rows("episodes.known", (rulebook.TYPE, f'["{station("a")}"]')))
    assert set(msgspec.json.decode(known["body"])) == {"pm25", "pm10"}


def test_values_that_are_no_numbers_are_remembered_as_they_are(store: EmbeddedStore) -> None:
    """Of a large integer float64 has only the neighbour; a text is unknown to a rule of numbers."""
    asyncio.run(store.commit(received(reading("a", START, pm25=2**60 + 1, pm10="much"), reading("b", START, pm25=5.0))))
    asyncio.run(judge_all(store, PACK, note_every=0.0))
    [known] = asyncio.run(store.rows("episodes.known", (rulebook.TYPE, f'["{station("a")}"]')))
    assert msgspec.json.decode(known["body"]) == {"pm25": [START, 2**60 + 1], "pm10": [START, "much"]}
    asyncio.run(store.commit(received(reading("b", START + HOUR, pm25=310.0), reading("c", START, pm25=1.0))))
    asyncio.run(judge_all(store, PACK, note_every=0.0))
    assert {one["alertSource"] for one in asyncio.run(alerts(store))} == {station("a"), station("b")}
