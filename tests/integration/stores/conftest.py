"""A store on an empty data directory, and entities to put into it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import Server

from huicheng.city import Attribute, Entity
from huicheng.stores import Blocking, EmbeddedStore, Transaction, Write, open_store

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("pm25", "pm10", "so2", "no2", "o3")


def station(number: int, value: float = 10.0, *, hour: int = 0, place: bool = True) -> Entity:
    """A monitoring station with five readings of one hour, near Guiyang."""
    moment = START + timedelta(hours=hour)
    readings = {
        name: Attribute(type="Property", value=value + rank, unit_code="GQ", observed_at=moment)
        for rank, name in enumerate(NAMES)
    }
    where = {"type": "Point", "coordinates": [106.6 + number / 1000, 26.5]}
    located = {"location": Attribute(type="GeoProperty", value=where)} if place else {}
    return Entity(
        id=f"urn:ngsi-ld:AirQualityObserved:{number:05}", type="AirQualityObserved", attributes={**readings, **located}
    )


def put(*entities: Entity) -> Transaction:
    """A transaction that updates these."""
    return Transaction(writes=[Write(entity=entity) for entity in entities])


@pytest.fixture
def data_dir(data_dir: Path, database: Callable[[], str]) -> Path:
    """An empty data directory whose city is on the engine of this run."""
    del database
    return data_dir


@pytest.fixture
def store(data_dir: Path) -> Iterator[EmbeddedStore]:
    """The writing store of an empty directory; closed at the end."""
    opened = open_store(data_dir, writer=True)
    yield opened
    Blocking(opened).close()


def commits(city: Blocking) -> list[int]:
    """Numbers of the commits that the feed holds, oldest first: 1, 2, 3 in a file, with gaps in PostgreSQL."""
    return sorted({change.seq for change in city.window(0).changes})


@pytest.fixture
def city(store: EmbeddedStore) -> Blocking:
    """The same store for callers without an event loop."""
    return Blocking(store)


@pytest.fixture
def address(postgres_server: Server) -> Iterator[str]:
    """An empty city."""
    with postgres_server.databases() as one_more:
        yield one_more()


@pytest.fixture
def processes(tmp_path: Path, address: str) -> Iterator[list[Blocking]]:
    """Three stores of one database, as three processes have them."""
    opened = [open_store(tmp_path, writer=number == 0, database=address) for number in range(3)]
    yield [Blocking(one) for one in opened]
    for one in reversed(opened):
        Blocking(one).close()


def in_threads(*works: Callable[[], None]) -> None:
    """All at once, to their end; what one of them raises fails the test."""
    failed: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
