"""The same tests on each engine of the store.

A test that asks for ``store_engine`` (its room's ``data_dir`` or ``store`` may do so for it) runs once on each engine,
or on those that ``@pytest.mark.engines("sqlite")`` names. ``HUICHENG_TEST_ENGINES=postgres`` chooses among them; then
other tests open their stores there, too, each city that :func:`where` is asked for in a database of its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import asyncpg
import pytest
from postgres import TOWNS, Server

from huicheng.stores.opening import SETTING

ENGINES = ("sqlite", "postgres")
_ALL = "SELECT schema_to_xml(nspname, true, false, '') FROM pg_namespace WHERE nspname IN ('city', 'people')"
_CHOSEN = tuple(os.environ.get("HUICHENG_TEST_ENGINES", ",".join(ENGINES)).split(","))


#: Of the test that runs: one more database, and the directories that have one.
_more: list[Callable[[], str]] = []
_places: dict[Path, str] = {}


def where(data: Path) -> str:
    """Where the city of a directory is, for a test of several: each has a database. "" = in the directory itself."""
    if _more and data not in _places:
        with ThreadPoolExecutor(1) as apart:  # who asks may be on an event loop
            _places[data] = apart.submit(_more[-1]).result()
    return _places.get(data, "")


def written(data: Path) -> bytes:
    """All that a city and its people keep: what somebody would read who has the disk."""
    address = os.environ.get(SETTING, "")
    if not address:
        return b"".join(one.read_bytes() for one in data.iterdir() if one.is_file())
    return asyncio.run(_rows(address)).encode()


def outside(data: Path, statement: str) -> None:
    """Run it as somebody would who has the city's database; several with ``;`` between them."""
    address = os.environ.get(SETTING, "")
    if address:
        asyncio.run(_execute(address, statement))
        return
    with closing(apsw.Connection(str(data / "city.db"))) as file:
        file.execute(statement)


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address, server_settings={"search_path": "city"})
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _rows(address: str) -> str:
    connection = await asyncpg.connect(address)
    try:
        return "".join([found for [found] in await connection.fetch(_ALL)])
    finally:
        await connection.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once for each engine that the test is for, of those that were chosen."""
    if "store_engine" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("engines")
    wanted = ENGINES if marker is None else marker.args
    metafunc.parametrize("store_engine", [one for one in wanted if one in _CHOSEN], indirect=True)


@pytest.fixture
def store_engine(request: pytest.FixtureRequest) -> str:
    """The engine that this test's stores are on."""
    return str(request.param)


@pytest.fixture
def database(
    store_engine: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], str]]:
    """Stores that the test opens go to the engine. Called: where one more is (its address; "" is the folder)."""
    if store_engine == "sqlite":
        monkeypatch.setenv(SETTING, "")
        yield lambda: ""
        return
    with _lent(request) as one_more:
        monkeypatch.setenv(SETTING, one_more())
        yield one_more


@pytest.fixture(autouse=True)
def _everything_on_postgresql(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``HUICHENG_TEST_ENGINES=postgres``: also tests that ask for no engine have their stores there."""
    marker = request.node.get_closest_marker("engines")
    asked_for = {"store_engine", "postgres_server"} & set(request.fixturenames)
    if _CHOSEN != ("postgres",) or "unit" in request.path.parts or marker is not None or asked_for:
        yield
        return
    with _lent(request) as one_more:
        monkeypatch.setenv(SETTING, one_more())
        yield


@contextmanager
def _lent(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    with _server(request).databases(*_template(request)) as one_more:
        _more.append(one_more)
        yield one_more
        _more.clear()
        _places.clear()


def _server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue("postgres_server")
    return server


def _template(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Where the test has people, the database has room for them."""
    if "migrated" not in request.fixturenames:
        return ()
    _server(request).make_towns(request.getfixturevalue("migrated").into)
    return (TOWNS,)
