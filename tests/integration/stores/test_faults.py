"""Faults: what the disk, the power and other programs do to the store, and what is left then."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from huicheng.errors import Unavailable
from huicheng.stores import Blocking, HistoryQuery, open_store

from .conftest import NAMES, put, station
from .disks import FailingDisk

#: Disks are lied about to SQLite; for PostgreSQL see test_postgres.py.
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    made = FailingDisk("failing")
    yield made
    made.unregister()


def acknowledged_is_there(data: Path, acknowledged: int) -> None:
    """Every commit below the number is in state, feed and history of a store opened anew."""
    city = Blocking(open_store(data, writer=True))
    try:
        assert city.head() >= acknowledged
        for number in range(acknowledged):
            assert city.get(station(number).id) is not None
        history = city.history(HistoryQuery(entities=[station(number).id for number in range(acknowledged)]))
        assert len(history) == acknowledged * len(NAMES)
        assert {change.id for change in city.window(0).changes} >= {station(n).id for n in range(acknowledged)}
    finally:
        city.close()


def cut_the_power(data: Path, disk: FailingDisk, seed: int, commits: int, cuts: int) -> None:
    """Commit one station after the other; at seeded moments in between note what the platter would hold."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    acknowledged = steps = 0
    due = sorted(chance.sample(range(20, commits * 6), cuts))
    copies: list[tuple[Path, int]] = []

    def step() -> None:
        nonlocal steps
        steps += 1
        if due and steps >= due[0]:
            due.pop(0)
            copy = data.with_name(f"after-{steps}")
            copy.mkdir()
            for path, file in disk.files.items():
                (copy / Path(path).name).write_bytes(file.after_power_loss(chance))
            copies.append((copy, acknowledged))

    store = open_store(data, writer=True, vfs="failing")
    city = Blocking(store)
    disk.before = step
    for number in range(commits):
        city.commit(put(station(number)))
        acknowledged = number + 1
    disk.before = lambda: None
    city.close()
    assert len(copies) == cuts
    for copy, there in copies:
        acknowledged_is_there(copy, there)


def test_power_loss_takes_nothing_that_was_acknowledged(data_dir: Path, disk: FailingDisk) -> None:
    """Q2: a disk that forgets whatever was not forced to it, torn at any sector."""
    cut_the_power(data_dir, disk, seed=1, commits=60, cuts=12)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_power_loss_takes_nothing_however_often(data_dir: Path, disk: FailingDisk, seed: int) -> None:
    cut_the_power(data_dir, disk, seed=seed, commits=400, cuts=60)


def raises(error: type[apsw.Error]) -> None:
    raise error("as the disk says")


REFUSALS = [apsw.FullError, apsw.IOError, apsw.ReadOnlyError]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.__name__)
def test_a_disk_that_refuses_is_reported_and_the_store_goes_on_afterwards(
    data_dir: Path, disk: FailingDisk, error: type[apsw.Error]
) -> None:
    city = Blocking(open_store(data_dir, writer=True, vfs="failing"))
    city.commit(put(station(0)))
    disk.before = lambda: raises(error)
    for _ in range(3):
        with pytest.raises(Unavailable) as refused:
            city.commit(put(station(1), station(2)))
        assert refused.value.details["mend"]
    disk.before = lambda: None
    assert city.commit(put(station(1))).seq == 2
    city.close()
    acknowledged_is_there(data_dir, 2)
    again = Blocking(open_store(data_dir, writer=True))
    assert again.get(station(2).id) is None
    again.close()


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing_half_written(data_dir: Path, disk: FailingDisk) -> None:
    city = Blocking(open_store(data_dir, writer=True, vfs="failing"))
    done = 0
    for left in range(0, 45, 2):
        room = iter(range(left))

        def fill(room: Iterator[int] = room) -> None:
            if next(room, None) is None:
                raises(apsw.FullError)

        disk.before = fill
        try:
            city.commit(put(station(done), station(done + 1)))
            done += 2
        except Unavailable:
            pass
        disk.before = lambda: None
    assert 0 < done < 45
    city.close()
    acknowledged_is_there_by_twos(data_dir, done)


def acknowledged_is_there_by_twos(data: Path, done: int) -> None:
    city = Blocking(open_store(data, writer=True))
    there = [number for number in range(done + 2) if city.get(station(number).id) is not None]
    assert there == list(range(done))
    assert city.head() == done // 2
    city.close()


def test_a_second_writer_is_refused_and_told_who_writes(data_dir: Path) -> None:
    first = open_store(data_dir, writer=True)
    with pytest.raises(Unavailable) as refused:
        open_store(data_dir, writer=True)
    assert str(os.getpid()) in str(refused.value)
    Blocking(first).close()
    Blocking(open_store(data_dir, writer=True)).close()


def test_a_directory_that_cannot_be_written_is_refused_with_the_remedy() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)  # root may write anywhere
        with pytest.raises(Unavailable) as refused:
            open_store(folder, writer=True)
        assert "writable" in str(refused.value)
        with pytest.raises(Unavailable):
            open_store(folder / "below", writer=True)
    finally:
        os.seteuid(user)
        shutil.rmtree(folder)


def test_a_reader_without_a_database_is_told_to_start_the_server(data_dir: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        open_store(data_dir, writer=False)
    assert "huicheng run" in str(refused.value)


def test_a_database_of_a_newer_version_is_refused(data_dir: Path) -> None:
    Blocking(open_store(data_dir, writer=True)).close()
    with apsw.Connection(str(data_dir / "city.db")) as connection:
        connection.execute("INSERT INTO migration (number) VALUES (9999)")
    connection.close()
    for writer in (True, False):
        with pytest.raises(Unavailable) as refused:
            open_store(data_dir, writer=writer)
        assert "newer version" in str(refused.value)
