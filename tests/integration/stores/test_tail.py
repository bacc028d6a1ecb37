"""Rows of the feed that consumers of one process have read are shared, and everybody gets what is theirs (N1, Q1)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from huicheng.stores import Blocking, Transaction, Window, Write, open_store
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.store import PostgresStore
from huicheng.stores.postgres.tail import Tail

from .conftest import in_threads, put, station

T = TypeVar("T")

pytestmark = pytest.mark.engines("postgres")


def told(window: Window) -> tuple[object, ...]:
    """What a consumer gets, to compare."""
    columns = window.observations
    strings = [columns.strings[code] for code in (*columns.entity.tolist(), *columns.attribute.tolist())]
    return window.seq, window.changes, strings, columns.number.tolist(), columns.seq.tolist()


def moved(city: Blocking, times: int, first: int = 0) -> None:
    """So many commits, each a row of the feed."""

    async def commit() -> None:
        rows = [
            Transaction(writes=[Write(entity=station(n % 7, float(n)))], received_at=n + 1)
            for n in range(first, first + times)
        ]
        await asyncio.gather(*map(city.store.commit, rows))

    asyncio.run(commit())


def test_a_commit_of_another_process_is_seen_by_who_has_just_looked(processes: list[Blocking]) -> None:
    one, other, _ = processes
    for number in range(5):
        one.commit(put(station(number)))
        other.commit(put(station(10 + number)))
        assert [change.id for change in other.window(0).changes] == [change.id for change in one.window(0).changes]
        assert len(one.window(0).changes) == 2 * (number + 1)


def test_whoever_comes_from_anywhere_gets_what_one_gets_who_has_read_nothing_before(processes: list[Blocking]) -> None:
    one, other, _ = processes
    dice = random.Random(7)  # noqa: S311 - which positions are asked for
    for turn in range(6):
        moved(one, 150, turn * 150)
        every = sorted({change.seq for change in one.window(0).changes})
        for _ in range(8):
            after, limit = dice.choice([0, *every]), dice.choice([1, 70, 200_000])
            fresh = Blocking(open_store(Path(one.store.data), writer=False, database=_url(one)))
            assert told(other.window(after, limit)) == told(fresh.window(after, limit))
            fresh.close()


def _url(city: Blocking) -> str:
    assert isinstance(city.store, PostgresStore)
    return city.store._links._url


def test_consumers_in_threads_pass_through_all_of_it_in_order(processes: list[Blocking]) -> None:
    one, other, _ = processes
    moved(one, 300)

    def follow() -> None:
        seen: list[int] = []
        while len(seen) < 1_200:
            window = other.window(seen[-1] if seen else 0, random.choice([1, 5, 100]))  # noqa: S311 - how fast
            seen += [change.seq for change in window.changes]
        assert seen == sorted(set(seen))
        assert len(seen) == 1_200

    in_threads(*[follow] * 4, *[lambda start=start: moved(one, 300, start) for start in (300, 600, 900)])


class Counting(Links):
    """Counts what it reads."""

    reads = 0

    async def read(self, work: Callable[[Connection], Awaitable[T]], planning: Planning = Planning.ANEW) -> T:
        self.reads += 1
        return await super().read(work, planning)


@pytest.fixture
def links(address: str) -> Iterator[Counting]:
    opened = Counting(address, "city")
    yield opened
    opened.close()


def test_consumers_that_come_together_ask_once(tmp_path: Path, address: str, links: Counting) -> None:
    city = Blocking(open_store(tmp_path, writer=True, database=address))
    city.commit(put(station(1)))
    tail = Tail(links, Statements())
    rows = asyncio.run(tail.after(0, 10))
    city.commit(put(station(2)))
    links.reads = 0

    async def together() -> list[int]:
        return [len(found) for found in await asyncio.gather(*(tail.after(rows[0].seq, 10) for _ in range(9)))]

    assert asyncio.run(together()) == [1] * 9
    assert links.reads == 1
    city.close()


def test_who_is_far_behind_does_not_take_the_newest_away(tmp_path: Path, address: str, links: Counting) -> None:
    city = Blocking(open_store(tmp_path, writer=True, database=address))
    moved(city, 100)
    last = city.head()
    city.commit(put(station(1)))
    tail = Tail(links, Statements())

    async def follow() -> None:
        assert len(await tail.after(last, 10)) == 1
        assert len(await tail.after(0, 1_000)) == 101
        links.reads = 0
        assert len(await tail.after(last, 10)) == 1
        assert links.reads == 1

    asyncio.run(follow())
    city.close()
