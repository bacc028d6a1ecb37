"""Compaction: the same history before and after, in fewer bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from huicheng.city import Attribute, Entity, micros
from huicheng.errors import Unavailable
from huicheng.stores import (
    Blocking,
    Compacted,
    EmbeddedStore,
    HistoryQuery,
    Position,
    Rows,
    Sizes,
    Transaction,
    compact,
    open_store,
)
from huicheng.stores.history.files import lake_lock, periods

from .conftest import NAMES, START, commits, put, station

NOW = Sizes(least=1, keep=0.0, grace=0.0)
DAY = 86_400_000_000
#: After everything that is received in a test.
NEVER = 1 << 60


def run(store: EmbeddedStore, sizes: Sizes = NOW) -> Compacted:
    return asyncio.run(compact(store, sizes))


def files(store: EmbeddedStore) -> list[Path]:
    return sorted(store.past.lake.glob("*.parquet"))


def fill(city: Blocking, hours: range) -> None:
    for hour in hours:
        city.commit(put(*(station(number, number + hour / 10, hour=hour) for number in range(5))))


@pytest.fixture
def filled(city: Blocking) -> Iterator[Blocking]:
    fill(city, range(30))
    return city


def test_history_is_the_same_before_and_after(store: EmbeddedStore, filled: Blocking) -> None:
    questions = [
        HistoryQuery(),
        HistoryQuery(entities=[station(2).id], attributes=["so2"], last_n=3),
        HistoryQuery(start=micros(START) + DAY // 2, end=micros(START) + DAY),
    ]
    before = [filled.history(question) for question in questions]
    means = filled.aggregate(questions[2], DAY // 8)
    done = run(store)
    assert (done.observations, done.added) == (30 * 5 * len(NAMES), 1)
    after = [filled.history(question) for question in questions]
    assert after == before
    for one, other in zip(filled.aggregate(questions[2], DAY // 8), means, strict=True):
        assert (one.entity, one.attribute, one.start, one.n) == (other.entity, other.attribute, other.start, other.n)
        assert one.avg == pytest.approx(other.avg, rel=1e-14)  # the last bit may depend on the order of the rows


def test_files_and_tail_are_read_as_one(store: EmbeddedStore, filled: Blocking) -> None:
    run(store)
    fill(filled, range(28, 40))  # two hours are there already
    found = filled.history(HistoryQuery(entities=[station(0).id], attributes=["pm25"]))
    assert [one.value for one in found] == [hour / 10 for hour in range(40)]
    run(store)
    assert filled.history(HistoryQuery(entities=[station(0).id], attributes=["pm25"])) == found


def test_a_second_value_for_an_instant_keeps_its_ordinal_in_a_file(store: EmbeddedStore, city: Blocking) -> None:
    city.commit(put(station(1, 7.0)))
    run(store)
    city.commit(put(station(1, 5.0)))
    run(store)
    before = city.history(HistoryQuery(attributes=["pm25"]))
    assert sorted(one.value for one in before) == [5.0, 7.0]
    assert [one.n for one in before] == [0, 1]


def test_small_files_are_merged_and_the_old_ones_go_after_a_while(store: EmbeddedStore, city: Blocking) -> None:
    for hour in range(16):
        fill(city, range(hour, hour + 1))
        run(store, Sizes(least=1, grace=3600.0))
    before = city.history(HistoryQuery())
    assert len(before) == 16 * 5 * len(NAMES)
    listed = store.past.source(HistoryQuery()).files
    assert len(listed) < 6
    assert len(files(store)) > len(listed)
    run(store)
    assert [str(file) for file in files(store)] == sorted(listed)
    assert city.history(HistoryQuery()) == before


def test_duplicates_end_with_compaction(store: EmbeddedStore, city: Blocking) -> None:
    for _ in range(3):
        fill(city, range(5))
    run(store)
    assert len(city.history(HistoryQuery())) == 5 * 5 * len(NAMES)
    summary = store.past.engine.fetch("SELECT count(*) AS n FROM read_parquet($f)", {"f": [str(files(store)[0])]}, {})
    assert summary["n"].tolist() == [5 * 5 * len(NAMES)]


def test_what_is_not_due_stays(store: EmbeddedStore, filled: Blocking) -> None:
    assert run(store, Sizes()) == Compacted()
    assert len(commits(filled)) == 30


def test_the_feed_keeps_what_a_consumer_has_not_seen(store: EmbeddedStore, filled: Blocking) -> None:
    """N1: nobody misses a change because it was compacted."""
    numbers = commits(filled)
    filled.commit(Transaction(position=Position(consumer="judge", seq=numbers[19])))
    run(store)
    window = filled.window(numbers[19])
    assert (window.seq, len(window.changes)) == (numbers[29], 50)
    assert commits(filled) == numbers[20:]
    filled.commit(Transaction(position=Position(consumer="judge", seq=numbers[29])))
    run(store)
    assert commits(filled) == [numbers[29]]
    assert filled.head() == numbers[29]
    fill(filled, range(30, 31))
    assert filled.head() > numbers[29]


def test_another_process_that_compacts_is_left_alone(store: EmbeddedStore, filled: Blocking) -> None:
    assert len(commits(filled)) == 30
    with lake_lock(store.past.lake) as ours:
        assert ours
        assert run(store) == Compacted()


def test_a_reader_compacts_through_the_writer(store: EmbeddedStore, filled: Blocking) -> None:
    before = filled.history(HistoryQuery())

    async def from_outside() -> Compacted:
        from huicheng.stores import serve_writes  # noqa: PLC0415 - named where it is used

        socket = await serve_writes(store)
        reader = open_store(store.data, writer=False)
        try:
            return await compact(reader, NOW)
        finally:
            await reader.close()
            socket.close()

    assert asyncio.run(from_outside()).added == 1
    assert filled.history(HistoryQuery()) == before


def test_files_that_no_list_names_are_removed_at_the_next_start(data_dir: Path) -> None:
    store = open_store(data_dir, writer=True)
    fill(Blocking(store), range(2))
    run(store)
    Blocking(store).close()
    [kept] = (data_dir / "lake").glob("*.parquet")
    (data_dir / "lake" / "2026-left.parquet").write_bytes(b"")
    (data_dir / "lake" / "2026-half.parquet.part").write_bytes(b"")
    Blocking(open_store(data_dir, writer=True)).close()
    assert [file.name for file in (data_dir / "lake").iterdir() if not file.name.startswith(".")] == [kept.name]


def test_a_file_that_is_missing_is_reported_with_the_remedy(store: EmbeddedStore, filled: Blocking) -> None:
    run(store)
    files(store)[0].unlink()
    with pytest.raises(Unavailable) as refused:
        filled.history(HistoryQuery())
    assert "backup" in str(refused.value)


def test_sparse_years_are_one_file_each_and_dense_days_are_apart() -> None:
    hours = np.arange(0, 4 * 365 * 24) * 3_600_000_000 + micros(START)
    assert [period.name for period in periods(hours, 10_000)] == ["2026", "2027", "2028", "2029"]
    dense = np.concatenate([hours[:48], np.repeat(hours[30], 10_000)])
    names = [period.name for period in periods(dense, 9_000)]
    assert names == ["2026-01-01", "2026-01-02"]
    for period in periods(hours, 500):
        assert period.start < period.end


def test_an_observation_costs_a_few_bytes(store: EmbeddedStore, city: Blocking) -> None:
    rng = np.random.default_rng(7)
    for hour in range(300):
        city.commit(put(*(station(n, round(float(rng.gamma(2, 30)), 1), hour=hour) for n in range(20))))
    run(store)
    assert sum(file.stat().st_size for file in files(store)) / (300 * 20 * len(NAMES)) < 5.0


def forget(city: Blocking, entity: Entity, attribute: str = "*", at: int | None = None) -> None:
    """What is there of it is gone from now on, as far as it was received by now."""
    edit = (entity.id, attribute, "*", "*", None, time.time_ns() // 1000 if at is None else at)
    city.commit(Transaction(rows=[Rows(statement="overlay.put", parameters=[edit])]))


def values(city: Blocking, entity: Entity, attribute: str = "pm25") -> list[Any]:
    return [one.value for one in city.history(HistoryQuery(entities=[entity.id], attributes=[attribute]))]


def test_what_was_edited_is_read_so_before_and_after_compaction(store: EmbeddedStore, filled: Blocking) -> None:
    one, other = station(1), station(2)
    forget(filled, one)
    forget(filled, other, "pm25")
    assert values(filled, one) == values(filled, other) == []
    assert len(values(filled, other, "so2")) == 30
    again = station(1, 5.0, hour=3)
    filled.commit(put(again))  # within the same second
    for _ in range(2):
        assert values(filled, one) == [5.0]
        buckets = filled.aggregate(HistoryQuery(entities=[one.id, other.id], attributes=["pm25"]), DAY)
        assert [(bucket.entity, bucket.n) for bucket in buckets] == [(one.id, 1)]
        course = asyncio.run(store.course(HistoryQuery(entities=[one.id, other.id], attributes=["pm25"]), DAY))
        assert course.number.tolist() == [5.0]
        run(store)


def test_what_is_gone_stands_in_no_file_and_what_came_anew_outlives_merging(
    store: EmbeddedStore, filled: Blocking
) -> None:
    run(store)
    forget(filled, station(1))
    filled.commit(put(station(1, 1.0, hour=0)))  # the same as the first that came
    fill(filled, range(30, 60))
    left = [1.0, *(1 + hour / 10 for hour in range(30, 60))]
    assert values(filled, station(1)) == left
    assert run(store, msgspec.structs.replace(NOW, fan=2)).merged
    assert values(filled, station(1)) == left
    raw = store.past.raw(HistoryQuery(entities=[station(1).id], attributes=["pm25"]))
    assert [observation.value for observation in raw] == left


def test_a_single_edit_moves_changes_and_removes_observations(store: EmbeddedStore, filled: Blocking) -> None:
    one = station(1)
    first, second, third, *_ = filled.history(HistoryQuery(entities=[one.id], attributes=["pm25"]))
    later = Attribute(type="Property", value="none", observed_at=START + timedelta(days=400))
    edits = [
        (one.id, "pm25", first.instance_id, "*", msgspec.json.encode(later).decode(), NEVER),
        (one.id, "pm25", second.instance_id, "*", None, NEVER),
        (one.id, "pm25", third.instance_id, "*", '{"type":"Property","value":500}', NEVER),
    ]
    filled.commit(Transaction(rows=[Rows(statement="overlay.put", parameters=edits)]))
    run(store)
    query = HistoryQuery(entities=[one.id], attributes=["pm25"])
    moved = filled.history(msgspec.structs.replace(query, start=micros(START) + 300 * DAY))
    assert [(each.value, each.instance_id, each.unit_code) for each in moved] == [("none", first.instance_id, None)]
    early = filled.history(msgspec.structs.replace(query, end=micros(START) + DAY // 8))
    assert [(each.value, each.instance_id) for each in early] == [(500, third.instance_id)]
    newest = filled.history(msgspec.structs.replace(query, last_n=1))
    assert [each.value for each in newest] == ["none"]
    [bucket, *_] = filled.aggregate(query, DAY // 8)
    assert (bucket.n, bucket.max) == (1, 500)
