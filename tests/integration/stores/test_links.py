"""Reading connections to PostgreSQL: each event loop's own, never handed on while something is under way on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from postgres import Server

from huicheng.access import EVERYTHING, Guard, Subject
from huicheng.context import condition
from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.stores import Authority, Blocking, EntityQuery, GeoFilter, Order, open_store
from huicheng.stores.postgres.compiling import statement_of, values_of
from huicheng.stores.postgres.gathered import Beside, Gathered, Row
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.postgres.query import planning_of
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.store import PostgresStore
from huicheng.stores.shaped import Want

from .conftest import put, station

pytestmark = pytest.mark.engines("postgres")

READER = Subject(id="r", roles=("reader",), unit="")
_PID = "SELECT pg_backend_pid()"


@pytest.fixture(scope="module")
def address(postgres_server: Server) -> Iterator[str]:
    """A city, the same for all of these."""
    with postgres_server.databases() as one_more:
        yield one_more()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[Blocking]:
    """Its store, with one station."""
    data: Path = tmp_path_factory.mktemp("links")
    opened = Blocking(open_store(data, writer=True, database=address))
    opened.commit(put(station(1)))
    yield opened
    opened.close()


@pytest.fixture
def links(city: Blocking) -> Links:
    """What the store reads by."""
    assert isinstance(city.store, PostgresStore)
    return city.store._links


async def _session(links: Links) -> int:
    """The session that a read got."""
    async with links.reading() as connection:
        return int(await connection.fetchval(_PID))


async def _known(address: str, session: int) -> bool:
    """Whether the server has this session."""
    asking = await asyncpg.connect(address)
    try:
        return bool(await asking.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", session))
    finally:
        await asking.close()


async def _ended(address: str, session: int) -> None:
    asking = await asyncpg.connect(address)
    try:
        await asking.execute(f"SELECT pg_terminate_backend({session}, 10000)")
    finally:
        await asking.close()


def test_a_loop_reads_by_connections_of_its_own_and_leaves_none_behind(
    city: Blocking, links: Links, address: str, eventually: Callable[..., object]
) -> None:
    async def read() -> int:
        assert await city.store.get(station(1).id) is not None
        first = await _session(links)
        assert await _session(links) == first  # the same, as long as the loop goes on
        return first

    mine, other = asyncio.run(read()), links.wait(_session(links))
    eventually(lambda: not asyncio.run(_known(address, mine)))
    assert asyncio.run(_known(address, other))
    assert asyncio.run(read()) not in {mine, other}
    assert city.get(station(1).id) is not None


def test_reads_that_find_no_connection_free_wait_for_one(city: Blocking, links: Links) -> None:
    async def many() -> list[int]:
        found = await asyncio.gather(*(city.store.get(station(1).id) for _ in range(40)))
        assert all(found)
        return await asyncio.gather(*(_session(links) for _ in range(40)))

    assert len(set(asyncio.run(many()))) <= 8


def test_a_transaction_that_was_left_open_is_never_handed_on(
    links: Links, address: str, eventually: Callable[..., object]
) -> None:
    async def leave() -> int:
        async with links.reading() as connection:
            await connection.execute("BEGIN")
            left = int(await connection.fetchval(_PID))
        assert await _session(links) != left
        return left

    left = links.wait(leave())
    eventually(lambda: not asyncio.run(_known(address, left)))


def test_a_read_that_was_given_up_ends_at_the_server_and_its_connection_is_not_handed_on(
    links: Links, address: str, eventually: Callable[..., object]
) -> None:
    async def give_up() -> int:
        async def read() -> None:
            async with links.reading() as connection:
                sessions.append(int(await connection.fetchval(_PID)))
                await connection.execute("SELECT pg_sleep(60)")

        sessions: list[int] = []
        reading = asyncio.create_task(read())
        while not sessions:
            await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await _session(links) != sessions[0]
        return sessions[0]

    left = links.wait(give_up())
    eventually(lambda: not asyncio.run(_known(address, left)))


def test_a_connection_that_was_lost_costs_no_read(city: Blocking, links: Links, address: str) -> None:
    """On the caller's loop, in a thread, and where a transaction begins."""

    async def lose() -> None:
        await _ended(address, await _session(links))
        assert await city.store.get(station(1).id) is not None

    asyncio.run(lose())
    asyncio.run(_ended(address, links.wait(_session(links))))
    assert city.get(station(1).id) is not None
    asyncio.run(_ended(address, links.wait(_session(links))))
    assert city.head() > 0


def test_a_store_that_is_closed_says_so_on_every_loop(tmp_path: Path, address: str) -> None:
    store = open_store(tmp_path, writer=False, database=address)

    async def close() -> None:
        assert await store.get(station(1).id) is not None
        await store.close()
        with pytest.raises(Unavailable, match="closed"):
            await store.get(station(1).id)

    asyncio.run(close())
    with pytest.raises(Unavailable, match="closed"):
        Blocking(store).get(station(1).id)


# -- asked together


class Counted(Gathered):
    """It knows what it asked."""

    def __init__(self, links: Links) -> None:
        super().__init__(links, Statements())
        self.asked: list[Sequence[str]] = []

    async def rows(self, iris: Sequence[str]) -> tuple[int, dict[str | None, Row]]:
        self.asked.append(iris)
        return await super().rows(iris)


def test_those_who_ask_at_the_same_time_are_asked_for_together_and_each_gets_its_own(
    city: Blocking, links: Links
) -> None:
    city.commit(put(*(station(number) for number in range(1, 30))))
    together, wanted = Counted(links), [station(number).id for number in range(1, 40)]

    async def ask() -> list[Beside]:
        return await asyncio.gather(*(together.ask(iri) for iri in [*wanted, *wanted]))

    found = asyncio.run(ask())
    assert [row and row[0] for _, row in found] == 2 * [*wanted[:29], *10 * [None]]
    assert len(together.asked) <= 3

    async def once_more() -> Beside:
        return await together.ask(wanted[0])

    assert asyncio.run(once_more()) == found[0]


def test_nobody_waits_for_ever_who_asks_when_the_others_have_their_answers(city: Blocking) -> None:
    """Whenever the last question ends, the next is asked: each asks again from where its answer arrives."""

    async def ask(again: int) -> None:
        for _ in range(again):
            assert await city.store.get(station(1).id) is not None

    async def all_of_them() -> None:
        async with asyncio.timeout(60):
            await asyncio.gather(*(ask(lane) for lane in range(1, 40)))

    asyncio.run(all_of_them())


def test_what_asks_for_nothing_in_particular_is_asked_once_for_all(city: Blocking) -> None:
    async def ask() -> None:
        first, second = await asyncio.gather(*(city.store.rows("policy.version") for _ in range(2)))
        assert first == second
        assert first is not second  # each has its own to work with

    asyncio.run(ask())
    assert city.rows("policy.version")


def test_an_entity_and_what_its_reader_may_see_are_one_question(
    city: Blocking, links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(city.store, PostgresStore)
    together, policies = Counted(links), Authority(city.store)
    monkeypatch.setattr(city.store, "_gathered", together)

    async def ask() -> None:
        await policies.guard(READER, "read")  # reads the policies themselves
        together.asked.clear()
        found, guard = await city.store.get_under(station(1).id, policies.guard(READER, "read"))
        assert found is not None
        assert not guard.grants

    asyncio.run(ask())
    assert together.asked == [[station(1).id]]


def test_an_entity_is_not_shown_under_a_guard_that_could_not_be_had(city: Blocking) -> None:
    async def ask() -> None:
        async def no_guard() -> Guard:
            raise Unavailable(place="policies", why="They are gone.", mend="Wait.")

        with pytest.raises(Unavailable, match="They are gone"):
            await city.store.get_under(station(1).id, no_guard())

    asyncio.run(ask())


# -- planned


def test_a_page_along_the_identifiers_sorts_nothing_however_little_is_known_of_the_table(
    city: Blocking, links: Links
) -> None:
    """Q2: nobody has counted this table yet."""
    city.commit(put(*(station(number) for number in range(1000, 1400))))
    asked = EntityQuery(types=[station(1).type], where=condition("pm25>5"))
    statement, values = statement_of(asked, Want.PAGE, boxed=False), values_of(asked)

    async def plan() -> str:
        async with links.reading(planning_of(asked)) as connection:
            told = await connection.fetch(f"EXPLAIN {statement.text}", *map(values.__getitem__, statement.names))
        return "\n".join(row[0] for row in told)

    told = asyncio.run(plan())
    assert "Index Scan using" in told
    assert "Sort" not in told


@pytest.mark.parametrize(
    "asked",
    [
        {"id_pattern": "^urn:x"},
        {"where": condition('id~="^urn:x"')},
        {"ids": ["urn:x:1"]},
        {"types": []},
        {"types": ["A", "B"]},
        {"order": [Order(name="pm25")]},
        {"geo": GeoFilter(relation="near", geometry={"type": "Point", "coordinates": [1, 2]}, max_distance=1)},
        {"count": True},
    ],
)
def test_where_the_way_in_depends_on_values_it_is_planned_for_them(asked: dict[str, Any]) -> None:
    assert planning_of(EntityQuery(**{"types": ["A"], "where": condition("pm25>5"), **asked})) is Planning.ANEW


def test_a_session_keeps_its_planning_as_long_as_there_is_room_for_others(links: Links) -> None:
    async def planned(planning: Planning | None) -> tuple[int, str]:
        async with links.reading(planning) as connection:
            mode = await connection.fetchval("SELECT current_setting('enable_sort')")
            return await connection.fetchval(_PID), mode

    async def ask() -> None:
        anew, along = await planned(Planning.ANEW), await planned(Planning.ALONG)
        assert (anew[1], along[1]) == ("on", "off")
        assert anew[0] != along[0]
        assert [await planned(one) for one in (Planning.ANEW, Planning.ALONG, None)] == [anew, along, along]
        held = [links.reading(Planning.ANEW) for _ in range(8)]
        for one in held:
            await one.__aenter__()
        for one in held:
            await one.__aexit__(None, None, None)
        assert (await planned(Planning.ALONG))[1] == "off"  # one of the eight

    asyncio.run(ask())


def test_what_is_wrong_with_one_is_nobody_else_s_fault(links: Links) -> None:
    together = Counted(links)

    async def ask() -> tuple[Beside | HuichengError, ...]:
        first = asyncio.ensure_future(together.ask(station(1).id))
        impatient = asyncio.ensure_future(together.ask(station(1).id))
        wrong = asyncio.ensure_future(together.ask("urn:x:\0"))
        last = asyncio.ensure_future(together.ask(None))
        await asyncio.sleep(0)
        impatient.cancel()
        found = await asyncio.gather(first, wrong, last, return_exceptions=True)
        assert impatient.cancelled()
        return tuple(found)

    first, wrong, last = asyncio.run(ask())
    assert isinstance(first, tuple)
    assert first[1]
    assert last == (first[0], None)  # only the number was asked for
    assert isinstance(wrong, Invalid)


def test_who_may_see_nothing_gets_nothing_however_many_ask_beside(city: Blocking) -> None:
    nobody = Guard(subject=Subject(id="nobody", roles=()), grants={})

    async def ask() -> None:
        guards = [EVERYTHING if number % 2 else nobody for number in range(20)]
        found = await asyncio.gather(*(city.store.get(station(1).id, guard) for guard in guards))
        assert [one is not None for one in found] == [bool(number % 2) for number in range(20)]

    asyncio.run(ask())
