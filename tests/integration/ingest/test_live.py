"""Files as if their rows arrived at their own times (issue 2, number 3; Q1)."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huicheng.calendar import CaseClock
from huicheng.city import Attribute, Entity, micros
from huicheng.errors import Invalid
from huicheng.ingest import CasesUnderWallClock, Job, Summary, ingest_history, ingest_live
from huicheng.ingest.following import Following
from huicheng.stores import Blocking, Position, Transaction, Write
from huicheng.stores.history.compaction import Sizes, compact

START = datetime(2013, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

Jobs = Callable[..., Job]


def written(folder: Path, name: str, *rows: tuple[str, datetime, object]) -> Path:
    path = folder / name
    lines = "".join(f"{station},{at.isoformat()},{value}\n" for station, at, value in rows)
    path.write_text("station,time,PM2.5\n" + lines, encoding="utf-8")
    return path


def replayed(job: Job, *paths: Path, speed: float | None = None, consumers: tuple[str, ...] = ()) -> list[Summary]:
    return asyncio.run(ingest_live(job, paths, speed=speed, consumers=consumers))


def clock(city: Blocking) -> CaseClock:
    return CaseClock.from_row(city.rows("clock.get")[0])


def now() -> int:
    return time.time_ns() // 1000


def test_rows_of_all_files_arrive_in_order_of_event_time_each_at_its_own(
    job: Jobs, city: Blocking, tmp_path: Path
) -> None:
    one = written(tmp_path, "a.csv", ("Wanliu", START + 2 * HOUR, 3), ("Wanliu", START, 1))
    two = written(tmp_path, "b.csv", ("Shunyi", START + HOUR, 2), ("Shunyi", START + 3 * HOUR, 4))
    summaries = replayed(job(), one, two)
    assert [one.progress.accepted for one in summaries] == [2, 2]
    seen = city.window(0).observations
    assert list(seen.number) == [1, 2, 3, 4]
    assert list(seen.received_at) == list(seen.observed_at) == [micros(START + n * HOUR) for n in range(4)]
    assert seen.judged.all()


def test_rows_of_one_instant_are_one_change_of_the_feed(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    rows = [(station, START + n * HOUR, n) for station in ("Wanliu", "Shunyi", "Guanyuan") for n in range(24)]
    replayed(job(), written(tmp_path, "a.csv", *rows))
    assert len({change.seq for change in city.window(0).changes}) == 24


def test_without_a_speed_the_clock_follows_the_rows_and_goes_on_from_the_last_at_the_walls_pace(
    job: Jobs, city: Blocking, tmp_path: Path
) -> None:
    replayed(job(), written(tmp_path, "a.csv", *(("Wanliu", START + n * HOUR, n) for n in range(100))))
    found = clock(city)
    last = micros(START + 99 * HOUR)
    assert (found.kind, found.speed) == ("replay", 1.0)
    assert last <= found.now(now()) < last + 60_000_000


def test_with_a_speed_an_event_hour_takes_its_share_of_a_second(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", *(("Wanliu", START + n * HOUR, n) for n in range(5)))
    began = time.monotonic()
    replayed(job(), path, speed=4 * 3600)
    assert time.monotonic() - began >= 1.0
    assert clock(city).now(now()) < micros(START + 60 * HOUR), "after the last row it goes on at the wall's pace"


def test_while_rows_come_the_clock_runs_at_the_speed(job: Jobs, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", *(("Wanliu", START + n * HOUR, n) for n in range(1_000)))

    async def looked_at() -> CaseClock:
        running = asyncio.create_task(ingest_live(job(), [path], speed=8 * 3600))
        while await job().store.head() == 0:
            await asyncio.sleep(0.01)
        found = CaseClock.from_row((await job().store.rows("clock.get"))[0])
        running.cancel()  # it would take two minutes
        await asyncio.gather(running, return_exceptions=True)
        return found

    assert asyncio.run(looked_at()).speed == 8 * 3600


def test_todays_rows_leave_the_wall_clock(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    recent = datetime.now(UTC) - timedelta(hours=3)
    replayed(job(), written(tmp_path, "a.csv", ("Wanliu", recent, 1)))
    assert clock(city).kind == "wall"


def test_a_directory_with_cases_under_the_wall_clock_refuses_old_rows(
    job: Jobs, city: Blocking, tmp_path: Path
) -> None:
    case = Entity(
        id="urn:ngsi-ld:Case:1", type="Case", attributes={"status": Attribute(type="Property", value="pending")}
    )
    city.commit(Transaction(writes=[Write(entity=case)]))
    with pytest.raises(CasesUnderWallClock, match="directory of their own"):
        replayed(job(), written(tmp_path, "a.csv", ("Wanliu", START, 1)))
    assert clock(city).kind == "wall"
    assert city.get("urn:ngsi-ld:AirQualityObserved:Wanliu") is None


def test_a_row_that_is_stored_already_is_not_judged_again(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ("Wanliu", START, 1), ("Wanliu", START + HOUR, 2))
    asyncio.run(ingest_history(job(), [path]))
    head = city.head()
    [summary] = replayed(job(), path)
    assert (summary.progress.duplicates, summary.progress.accepted) == (2, 0)
    assert city.head() == head


def test_rejects_of_a_replay_are_counted_with_the_rows_around_them(job: Jobs, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ("Wanliu", START + HOUR, 1), ("Wanliu", START, "x"), ("Nobody", START, 2))
    path.write_text(path.read_text("utf-8") + "Wanliu,soon,3\nWanliu\n", encoding="utf-8")
    [summary] = replayed(job(), path)
    found = summary.progress
    assert (found.rows, found.accepted, found.rejected, found.finished) == (5, 1, 4, True)


def test_a_replay_that_was_stopped_goes_on_after_its_last_row(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", *(("Wanliu", START + n * HOUR, n) for n in reversed(range(500))))

    async def stopped() -> None:
        running = asyncio.create_task(ingest_live(job(), [path], speed=100 * 3600))
        while len((await job().store.window(0)).observations) < 10:
            await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await job().store.commit(Transaction())  # behind what was on its way

    asyncio.run(stopped())
    [summary] = replayed(job(), path)
    assert 10 <= summary.resumed_at < 500
    assert (summary.progress.accepted, summary.progress.duplicates) == (500, 0)
    assert list(city.window(0).observations.number) == list(range(500))


def test_a_truncated_file_is_refused_before_any_row_arrives(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"station,time,PM2.5\n" + b"Wanliu,2013-03-01T00:00:00Z,1\n" * 9_999)[:-20])
    with pytest.raises(Invalid, match="cannot be"):
        replayed(job(), path)
    assert city.head() == 0


def test_rows_wait_for_those_who_judge_them(job: Jobs, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", *(("Wanliu", START + n * HOUR, n) for n in range(10)))

    async def followed() -> int:
        running = asyncio.create_task(ingest_live(job(), [path], consumers=("judge",)))
        while await job().store.head() < 10:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert not running.done(), "it ends only when all has been judged"
        await job().store.commit(Transaction(position=Position(consumer="judge", seq=10)))
        await running
        return await job().store.position("judge")

    assert asyncio.run(followed()) == 10


def test_nobody_waits_for_ever_for_a_judge_that_stands_still(job: Jobs) -> None:
    following = Following(job().store, ["judge"], patience=0.2)
    asyncio.run(following.until(10**6))
    assert not following.alive


def test_what_nobody_judges_yet_stays_in_the_feed_until_somebody_has(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    rows = [("Wanliu", START + n * HOUR, n) for n in range(10)]
    path = written(tmp_path, "a.csv", *rows)
    asyncio.run(ingest_live(job(), [path], consumers=("judge",), running=False))
    everything = Sizes(least=1, age=0, grace=0, keep=0)
    assert asyncio.run(compact(job().store, everything)).observations == 10  # type: ignore[arg-type] # the embedded store
    assert list(city.window(0).observations.number) == list(range(10)), "compacted, and still there for the judge"
    city.commit(Transaction(position=Position(consumer="judge", seq=city.head())))
    asyncio.run(compact(job().store, everything))  # type: ignore[arg-type] # the embedded store
    assert len(city.window(0).observations) <= 1, "the newest row always stays"
