"""What is PostgreSQL's own: several processes that write, a server that goes and comes back, a database that moves."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest
from postgres import server

from huicheng.city import Attribute, Entity, micros
from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.stores import Block, Blocking, HistoryQuery, Outcome, Removal, Rows, Transaction, open_store
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.postgres.schema import migrations
from huicheng.stores.postgres.store import PostgresStore
from huicheng.stores.sqlite.schema import migrations as migrations_of_sqlite

from .conftest import NAMES, commits, in_threads, put, station
from .test_blocks import START, TYPE, UNITS, readings

pytestmark = pytest.mark.engines("postgres")


async def session(address: str) -> Any:
    return await asyncpg.connect(address, server_settings={"search_path": "city, public"})


# -- several processes


def test_a_reader_that_follows_the_feed_misses_nothing_of_what_many_write(processes: list[Blocking]) -> None:
    """N1: a commit that becomes visible after a later one is not passed over."""
    writing = threading.Event()
    seen: list[str] = []

    def follow() -> None:
        at = 0
        while not writing.is_set() or at < processes[2].head():
            window = processes[2].window(at, limit=10)
            seen.extend(change.id for change in window.changes)
            at = window.seq

    def write(lane: int) -> None:
        for number in range(60):
            processes[lane].commit(put(station(1000 * lane + number)))

    def write_all() -> None:
        in_threads(lambda: write(0), lambda: write(1))
        writing.set()

    in_threads(follow, write_all)
    assert sorted(seen) == sorted(station(1000 * lane + number).id for lane in (0, 1) for number in range(60))


def test_an_earlier_transaction_that_is_still_going_on_holds_the_feed_back(
    processes: list[Blocking], address: str
) -> None:
    """What it will append comes first: nobody reads beyond it, and nothing of it is lost."""
    city = processes[0]
    city.commit(put(station(1)))
    before = city.head()

    async def hold() -> None:
        other = await session(address)
        transaction = other.transaction()
        await transaction.start()
        await other.execute(
            "INSERT INTO feed SELECT feed_number(pg_current_xact_id()), 1, 1, changes, observations, body FROM feed"
        )
        committed = await city.store.commit(put(station(2)))
        assert await city.store.head() == before
        assert (await city.store.window(before)).changes == []
        assert await city.store.get(station(2).id) is not None
        await transaction.commit()
        window = await city.store.window(before)
        assert [change.id for change in window.changes] == [station(1).id, station(2).id]
        assert window.seq == committed.seq
        await other.close()

    asyncio.run(hold())


def test_history_shows_a_commit_whoever_else_is_still_writing(processes: list[Blocking], address: str) -> None:
    city = processes[0]

    async def hold() -> None:
        other = await session(address)
        async with other.transaction():
            await other.execute("UPDATE feed_base SET base = base")
            await city.store.commit(put(station(2)))
            assert len(await city.store.history(HistoryQuery())) == len(NAMES)
            await city.store.commit(put(station(2, 11.0, hour=1)))
            assert len(await city.store.history(HistoryQuery())) == 2 * len(NAMES)
        await other.close()
        assert len(await city.store.history(HistoryQuery())) == 2 * len(NAMES)

    asyncio.run(hold())


def test_history_of_an_entity_is_asked_by_one_statement_also_while_another_process_writes(
    processes: list[Blocking],
) -> None:
    """Q2: a few commits come along with it; many of them, a new term or an edit are asked for on their own."""
    here, there = (one.store for one in processes[:2])
    assert isinstance(here, PostgresStore)
    wanted = HistoryQuery(entities=[station(1).id], attributes=["pm25"])
    asked: list[str] = []

    async def write(first: int, last: int) -> None:
        for hour in range(first, last):
            await there.commit(put(station(1, hour=hour)))

    async def ask() -> int:
        async with here._links.reading(Planning.ONCE) as connection:
            connection.add_query_logger(heard)
        asked.clear()
        found = await here.history(wanted)
        async with here._links.reading(Planning.ONCE) as connection:
            connection.remove_query_logger(heard)
        return len(found)

    def heard(query: Any) -> None:
        asked.append(query.query)

    async def follow() -> None:
        await write(0, 1)
        assert await ask() == 1  # its terms are new here
        await write(1, 4)
        assert await ask() == 4
        assert len(asked) == 1
        await write(4, 30)
        assert await ask() == 30
        assert await ask() == 30
        assert len(asked) == 1
        at = micros(START + timedelta(hours=40))
        lost = (station(1).id, "pm25", "*", "*", None, at + 10**15)
        await there.commit(Transaction(rows=[Rows(statement="overlay.put", parameters=[lost])]))
        assert await ask() == 0

    asyncio.run(follow())


def test_readings_that_take_the_place_of_others_do_so_whichever_process_wrote_those(
    processes: list[Blocking], address: str
) -> None:
    chance = random.Random(5)  # noqa: S311 - repeatable, not secret
    for turn in range(12):
        held = readings([1, 2, 3], START + timedelta(minutes=turn), chance, UNITS)
        writer = processes[turn // 3 % 2]
        assert (
            writer.commit(Transaction(block=Block(readings=held))).outcomes
            == [Outcome.UPDATED if turn else Outcome.CREATED] * 3
        )
        stored = [processes[2].get(iri) for iri in held.ids]
        assert [one and one.entity for one in stored] == held.entities()
    wanted = "SET session_replication_role = replica; INSERT INTO city.kept_type VALUES ('s', 'AirQualityObserved', 2)"
    told(address, wanted)
    held = readings([1, 2, 3], START + timedelta(hours=1), chance, UNITS)
    before = [writer.get(iri) for iri in held.ids]
    writer.commit(Transaction(block=Block(readings=held)))
    kept = told(address, "SELECT entity, doc FROM city.earlier ORDER BY entity")
    assert [Entity.from_document(iri, TYPE, doc) for iri, doc in kept] == [one and one.entity for one in before]


def told(address: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, by a connection of its own."""

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(address)
        try:
            if not statement.startswith("SELECT"):
                await connection.execute(statement)
                return []
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_who_holds_the_feed_back_and_does_nothing_is_named(processes: list[Blocking], address: str) -> None:
    store = processes[0].store

    async def hold() -> None:
        other = await session(address)
        async with other.transaction():
            await other.execute("UPDATE feed_base SET base = base")
            [found] = await store.warnings(seconds=0)
            assert f"process {other.get_server_pid()}" in found
            assert await store.warnings(seconds=60) == []
        assert await store.warnings(seconds=0) == []
        await other.close()

    asyncio.run(hold())


def test_everybody_hears_that_somebody_has_written(
    processes: list[Blocking], eventually: Callable[..., object]
) -> None:
    here, there, _ = (one.store for one in processes)
    before = there.pulse()
    eventually(lambda: there.pulse() != before)  # its first look
    before, own = there.pulse(), here.pulse()
    processes[0].commit(put(station(1)))
    assert here.pulse() != own
    eventually(lambda: there.pulse() != before)


# -- a server that goes and comes back


def test_a_server_that_stops_and_starts_under_load_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """Q2: meanwhile every answer is “unavailable”, and afterwards all goes on by itself."""
    with server({"autovacuum": "off"}) as made:
        store = open_store(tmp_path, writer=True, database=made.new_database())
        city, done, refused, stop = Blocking(store), [], [], threading.Event()

        def write(lane: int) -> None:
            number = 0
            while not stop.wait(0.02):  # on a slow machine, all of it has to be looked at, too
                number += 1
                try:
                    city.commit(put(station(10_000 * lane + number)))
                except Unavailable as error:
                    refused.append(error)
                else:
                    done.append(station(10_000 * lane + number).id)

        def disturb() -> None:
            try:
                for end in (made.stop, made.kill, made.stop):
                    _grown(done, 20)
                    end()
                    _grown(refused, 3)
                    with pytest.raises(Unavailable) as answer:
                        city.get(station(1).id)
                    assert "PostgreSQL" in answer.value.details["why"]
                    made.start()
                _grown(done, 20)
            finally:
                stop.set()

        in_threads(disturb, *(lambda lane=lane: write(lane) for lane in range(3)))
        assert {change.id for change in city.window(0).changes} >= set(done)
        assert all(city.get(iri) is not None for iri in done)
        found = city.history(HistoryQuery(entities=done))
        assert len(found) == len(done) * len(NAMES)
        city.close()


def _grown(several: list[Any], by: int) -> None:
    """Wait until so many more have come."""
    wanted, deadline = len(several) + by, time.monotonic() + 60
    while len(several) < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_server_that_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody:secret@/city?host={tmp_path}"
    with pytest.raises(Unavailable) as refused:
        open_store(tmp_path / "data", writer=True, database=nowhere)
    assert "HUICHENG_DATABASE" in str(refused.value)
    assert "secret" not in str(refused.value)
    with pytest.raises(Invalid):
        open_store(tmp_path / "data", writer=True, database="mysql://somewhere/city")


# -- what is stored


def test_a_database_that_moved_to_another_server_numbers_on(tmp_path: Path, address: str) -> None:
    """A dump is restored into a server whose transactions begin with small numbers again."""
    city = Blocking(open_store(tmp_path, writer=True, database=address))
    city.commit(put(station(1)))
    city.close()

    async def go_back() -> None:
        other = await session(address)
        await other.execute("SELECT feed_room((1000000 + 5) * 1024)")
        await other.execute("UPDATE feed SET seq = seq + 1000000 * 1024::bigint")
        await other.close()

    asyncio.run(go_back())
    again = Blocking(open_store(tmp_path, writer=True, database=address))
    [before] = commits(again)
    seq = again.commit(put(station(2))).seq
    assert commits(again) == [before, seq]
    assert [change.id for change in again.window(before).changes] == [station(2).id]
    again.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path, address: str) -> None:
    async def age() -> None:
        other = await session(address)
        await other.execute("INSERT INTO migration (number) VALUES (9999)")
        await other.close()

    asyncio.run(age())
    for writer in (True, False):
        with pytest.raises(Unavailable, match="newer version"):
            open_store(tmp_path, writer=writer, database=address)


def test_a_second_server_on_one_data_directory_is_refused(processes: list[Blocking], address: str) -> None:
    with pytest.raises(Unavailable, match="pid"):
        open_store(processes[0].store.data, writer=True, database=address)


def test_both_engines_have_the_same_tables_columns_and_steps(tmp_path: Path, address: str) -> None:
    """N6: whoever adds a column to one engine adds it to the other."""
    assert set(migrations()) == set(migrations_of_sqlite())
    Blocking(open_store(tmp_path, writer=True, database="")).close()
    embedded = apsw.Connection(str(tmp_path / "city.db"))
    there = embedded.execute(
        "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type <> 'index'"
    )
    ours = {(table, column) for table, column in there if not table.startswith(("place", "sqlite_", "migration"))}
    embedded.close()

    async def columns() -> set[tuple[str, str]]:
        other = await session(address)
        asked = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'city'"
        found = {(row[0], row[1]) for row in await other.fetch(asked)}
        await other.close()
        return found

    theirs = {pair for pair in asyncio.run(columns()) if not pair[0].startswith(("feed_", "migration"))}
    assert theirs - ours == {("entity", "place")}
    assert ours - theirs == set()


def test_what_json_of_the_database_cannot_hold_is_refused_and_takes_nobody_along(processes: list[Blocking]) -> None:
    city = processes[0]
    bad = Entity(id="urn:ngsi-ld:Thing:1", type="Thing", attributes={"a": Attribute(type="Property", value="\0")})
    with pytest.raises(Invalid):
        city.commit(put(station(1), bad))

    async def together() -> list[Any]:
        works = [city.store.commit(put(one)) for one in (station(1), bad, station(2))]
        return await asyncio.gather(*works, return_exceptions=True)

    first, second, third = asyncio.run(together())
    assert first.outcomes == third.outcomes == [Outcome.CREATED]
    assert isinstance(second, Invalid)


def test_one_created_and_deleted_in_one_breath_is_named_by_the_feed(processes: list[Blocking]) -> None:
    city = processes[0]
    city.commit(Transaction(writes=[*put(station(1)).writes, Removal(id=station(1).id)]))
    assert [change.outcome for change in city.window(0).changes] == [Outcome.CREATED, Outcome.DELETED]
    assert city.get(station(1).id) is None


def test_a_transaction_is_all_or_nothing_also_when_the_reader_is_told_to_write(processes: list[Blocking]) -> None:
    async def sneak() -> None:
        async with processes[0].store._links.reading() as connection:
            await connection.execute("DELETE FROM entity")

    with pytest.raises(HuichengError, match="takes no writes"):
        processes[0].store._links.wait(sneak())
