"""Other processes hand their transactions over; many write at once."""

from __future__ import annotations

import asyncio
import socket
import stat
import struct
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from huicheng.errors import Invalid, Unavailable
from huicheng.stores import (
    Blocking,
    Committed,
    EmbeddedStore,
    EntityQuery,
    HistoryQuery,
    Outcome,
    Rows,
    Transaction,
    open_store,
    serve_writes,
)
from huicheng.stores.replies import answered, new_reply
from huicheng.stores.sqlite.handing import HandedWrites

from .conftest import NAMES, commits, put, station


def test_what_a_reader_hands_over_is_committed_by_the_writer(store: EmbeddedStore) -> None:
    async def hand_over() -> None:
        socket = await serve_writes(store)
        reader = open_store(store.data, writer=False)
        assert not reader.is_writer
        committed = await reader.commit(put(station(1, 3.5)))
        assert (committed.seq, committed.outcomes) == (await store.head(), [Outcome.CREATED])
        found = await reader.get(station(1).id)
        assert found is not None
        assert found.entity == station(1, 3.5)
        with pytest.raises(Invalid) as refused:
            await reader.commit(Transaction(rows=[Rows(statement="no.such", parameters=[])]))
        assert refused.value.place == "no.such"
        await reader.close()
        socket.close()

    asyncio.run(hand_over())


@pytest.mark.engines("sqlite")
def test_the_socket_is_for_its_owner_and_goes_when_closed(store: EmbeddedStore) -> None:
    async def look() -> None:
        path = store.data / "writer.sock"
        path.touch()  # left by a process that was killed
        socket = await serve_writes(store)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        socket.close()
        assert not path.exists()

    asyncio.run(look())


@pytest.mark.engines("sqlite")
def test_a_long_directory_name_is_no_obstacle(data_dir: Path) -> None:
    deep = data_dir.joinpath(*["a" * 60] * 4)
    store = open_store(deep, writer=True)

    async def hand_over() -> None:
        socket = await serve_writes(store)
        reader = open_store(deep, writer=False)
        assert (await reader.commit(put(station(1)))).seq == 1
        await reader.close()
        socket.close()

    asyncio.run(hand_over())
    Blocking(store).close()


@pytest.mark.engines("sqlite")
def test_when_nobody_writes_a_transaction_is_refused_and_later_goes_through(store: EmbeddedStore) -> None:
    async def come_and_go() -> None:
        reader = open_store(store.data, writer=False)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await reader.commit(put(station(1)))
            socket = await serve_writes(store)
            assert (await reader.commit(put(station(1)))).seq > 0
            socket.close()
            await _until_broken(reader)
        await reader.close()

    asyncio.run(come_and_go())


@pytest.mark.engines("sqlite")
def test_a_connection_that_ended_unnoticed_costs_nobody_a_commit(store: EmbeddedStore) -> None:
    """The client is kept from seeing the end; the writer has come back by its next commit."""
    hands, seen, going_on = HandedWrites(store.data), threading.Event(), threading.Event()

    def linger(_reply: Future[Committed]) -> None:
        seen.set()
        going_on.wait(60)

    async def go() -> None:
        door = await serve_writes(store)
        first: Future[Committed] = Future()
        first.add_done_callback(linger)  # in the thread that would learn of the end
        hands.submit(put(station(1)), first)
        assert await asyncio.to_thread(seen.wait, 60)
        door.close()

    async def come_back() -> None:
        door = await serve_writes(store)
        second = new_reply()
        hands.submit(put(station(2)), second)
        assert (await answered(second)).outcomes == [Outcome.CREATED]
        door.close()

    asyncio.run(go())  # a loop that has ended has closed its connections
    asyncio.run(come_back())
    going_on.set()
    hands.close()
    assert len(commits(Blocking(store))) == 2


@pytest.mark.engines("sqlite")
def test_what_went_out_in_part_goes_once_more_and_what_went_out_whole_does_not(data_dir: Path) -> None:
    """A writer that ends while it reads cannot have committed; one that has read it all may have."""
    hands = HandedWrites(data_dir)
    large = Transaction(rows=[Rows(statement="x", parameters=[("a" * 4_000_000,)])])
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(data_dir / "writer.sock"))
        listening.listen()
        reply: Future[Committed] = Future()
        hands.submit(large, reply)
        with listening.accept()[0] as first:
            assert len(first.recv(1000)) == 1000
        with listening.accept()[0] as second, second.makefile("rb") as stream:
            (length,) = struct.unpack("<I", stream.read(4))
            assert len(stream.read(length)) > 4_000_000
        with pytest.raises(Unavailable):
            reply.result(60)
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()
    hands.close()


async def _until_broken(reader: EmbeddedStore) -> None:
    """The client learns of the end by itself; until then a commit may find the old connection."""
    async with asyncio.timeout(60):
        while True:
            try:
                await reader.commit(Transaction())
            except Unavailable:
                return


def test_threads_and_clients_write_at_once_and_every_count_is_right(store: EmbeddedStore) -> None:
    """Q2: 4 threads and 4 clients, 25 commits each."""

    async def both() -> None:
        socket = await serve_writes(store)
        clients = [open_store(store.data, writer=False) for _ in range(4)]
        threads = [asyncio.to_thread(_write_from_thread, store, lane) for lane in range(4)]
        hands = [_write(client, lane) for lane, client in enumerate(clients, start=4)]
        await asyncio.gather(*threads, *hands)
        for client in clients:
            await client.close()
        socket.close()

    asyncio.run(both())
    city = Blocking(store)
    assert city.query(EntityQuery(count=True, limit=1)).count == 8 * 25
    assert len(city.history(HistoryQuery())) == 8 * 25 * len(NAMES)
    changes = city.window(0).changes
    assert len(changes) == len({change.id for change in changes}) == 8 * 25
    assert len(commits(city)) <= 8 * 25  # commits that met were grouped


def _write_from_thread(store: EmbeddedStore, lane: int) -> None:
    city = Blocking(store)
    for number in range(25):
        city.commit(put(station(lane * 100 + number)))


async def _write(store: EmbeddedStore, lane: int) -> None:
    await asyncio.gather(*(store.commit(put(station(lane * 100 + number))) for number in range(25)))


def test_many_writers_of_one_entity_leave_one_entity(store: EmbeddedStore, city: Blocking) -> None:
    def write(lane: int) -> None:
        for number in range(20):
            Blocking(store).commit(put(station(1, float(lane * 100 + number))))

    threads = [threading.Thread(target=write, args=(lane,)) for lane in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert city.query(EntityQuery(count=True)).count == 1
    values = {one.value for one in city.history(HistoryQuery(attributes=["pm25"]))}
    assert values == {float(lane * 100 + number) for lane in range(4) for number in range(20)}


def test_what_waits_when_the_store_closes_is_still_committed(data_dir: Path) -> None:
    store = open_store(data_dir, writer=True)

    async def close_at_once() -> list[int]:
        waiting = [asyncio.ensure_future(store.commit(put(station(number)))) for number in range(20)]
        await asyncio.sleep(0)  # each has been submitted
        await store.close()
        return [done.seq for done in await asyncio.gather(*waiting)]

    assert len(asyncio.run(close_at_once())) == 20
    with pytest.raises(Unavailable):
        Blocking(store).commit(put(station(1)))
    again = Blocking(open_store(data_dir, writer=True))
    assert again.query(EntityQuery(count=True, limit=1)).count == 20
    again.close()


def test_a_caller_under_an_event_loop_is_told_to_await(store: EmbeddedStore) -> None:
    async def wrong() -> None:
        with pytest.raises(RuntimeError, match="await"):
            Blocking(store).history(HistoryQuery())

    asyncio.run(wrong())
