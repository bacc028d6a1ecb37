"""Files that grow: each whole row once, across truncation, rotation, Ctrl-C and kill -9 (W1.3, Q1)."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huicheng.stores import Blocking, EmbeddedStore, HistoryQuery, open_store
from huicheng.stores.opening import SETTING

from .conftest import command_line, environment_of_child

Eventually = Callable[..., object]
HEADER = "station,time,PM2.5\n"
START = datetime(2026, 3, 1, tzinfo=UTC)
#: Seconds between looks into the store: each opens it anew, which is work.
LOOK = 0.2


def row(number: int) -> str:
    return f"Wanliu,{(START + timedelta(minutes=number)).isoformat()},{number}.5\n"


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


class Follower:
    """``huicheng ingest --follow`` on a data directory without a server."""

    def __init__(self, data: Path, file: Path) -> None:
        self.data, self.file = data, file
        self.start()

    def start(self) -> None:
        line = command_line(self.data, self.file, "--follow", "--json")
        self.process = subprocess.Popen(
            line, env=environment_of_child(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def stop(self) -> str:
        """As Ctrl-C does; what it has said."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return said

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)

    def values(self) -> list[float]:
        """What is stored, read as another program would."""
        if not (os.environ.get(SETTING) or (self.data / "city.db").exists()):
            return []
        store: EmbeddedStore = open_store(self.data, writer=False)
        city = Blocking(store)
        found = city.history(HistoryQuery(type="AirQualityObserved", attributes=["pm25"]))
        city.close()
        return [one.value for one in found]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + row(0) + row(1), "utf-8")
    return path


@pytest.fixture
def follower(data_dir: Path, file: Path) -> Iterator[Follower]:
    found = Follower(data_dir, file)
    yield found
    if found.process.poll() is None:
        found.kill()


def test_what_is_added_is_stored_and_a_line_without_its_end_waits(
    follower: Follower, file: Path, eventually: Eventually
) -> None:
    eventually(lambda: follower.values() == [0.5, 1.5], within=120, every=LOOK)
    half = row(2)
    append(file, half[:20])
    append(file.with_name("other.csv"), "nothing")
    time.sleep(1.5)  # long enough for two looks at the file
    assert follower.values() == [0.5, 1.5]
    append(file, half[20:] + row(3))
    eventually(lambda: follower.values() == [0.5, 1.5, 2.5, 3.5], every=LOOK)
    assert '"rows": 4' in follower.stop()


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(
    follower: Follower, file: Path, eventually: Eventually
) -> None:
    eventually(lambda: len(follower.values()) == 2, within=120, every=LOOK)
    append(file, row(2).rstrip("\n"))  # nobody will end this line any more
    file.rename(file.with_name("log.csv.1"))
    file.write_text(HEADER + row(3), "utf-8")
    eventually(lambda: follower.values() == [0.5, 1.5, 2.5, 3.5], every=LOOK)
    append(file, row(4))
    eventually(lambda: len(follower.values()) == 5, every=LOOK)


def test_a_truncated_file_is_read_from_its_start(follower: Follower, file: Path, eventually: Eventually) -> None:
    eventually(lambda: len(follower.values()) == 2, within=120, every=LOOK)
    with file.open("r+b") as opened:
        opened.truncate(0)
        opened.write((HEADER + row(5)).encode())
    eventually(lambda: follower.values() == [0.5, 1.5, 5.5], every=LOOK)
    # Written anew, and longer than it ever was.
    with file.open("r+b") as opened:
        opened.truncate(0)
        opened.write(("time,station,PM2.5\n" + "".join(_turned(number) for number in range(10, 30))).encode())
    eventually(lambda: len(follower.values()) == 23, every=LOOK)


def _turned(number: int) -> str:
    station, at, value = row(number).split(",")
    return f"{at},{station},{value}"


@pytest.mark.parametrize("kills", [{150}, pytest.param({150, 290}, marks=pytest.mark.soak)], ids=len)
def test_after_a_stop_and_after_a_kill_it_goes_on_where_it_was(
    follower: Follower, file: Path, eventually: Eventually, kills: set[int]
) -> None:
    eventually(lambda: len(follower.values()) == 2, within=120, every=LOOK)
    follower.stop()
    append(file, row(2))
    file.rename(file.with_name("log.csv.1"))
    file.write_text(HEADER + row(3), "utf-8")
    follower.start()
    eventually(lambda: follower.values() == [0.5, 1.5, 2.5, 3.5], within=120, every=LOOK)
    for number in range(4, 400):
        append(file, row(number))
        if number in kills:
            eventually(lambda number=number: len(follower.values()) > number - 100, within=120, every=LOOK)
            follower.kill()
            follower.start()
    eventually(lambda: len(follower.values()) == 400, within=120, every=LOOK)
    assert '"duplicates": 0' in follower.stop()


def test_rubbish_is_listed_with_its_line_and_the_rest_is_stored(
    follower: Follower, file: Path, eventually: Eventually
) -> None:
    eventually(lambda: len(follower.values()) == 2, within=120, every=LOOK)
    append(file, b"\xff\xfe\x00rubbish\n")
    append(file, "Wanliu,yesterday,3\n")
    append(file, row(4))
    eventually(lambda: len(follower.values()) == 3, every=LOOK)
    follower.stop()
    [rejects] = (follower.data / "rejects").glob("*.csv")
    lines = rejects.read_text("utf-8-sig").splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["4", "5"]


def test_a_quoted_line_break_is_no_end_of_a_row(follower: Follower, file: Path, eventually: Eventually) -> None:
    eventually(lambda: len(follower.values()) == 2, within=120, every=LOOK)
    append(file, '"Wan')
    append(file, "liu\n")
    time.sleep(1.5)  # long enough for two looks at the file
    assert follower.process.poll() is None
    append(file, f'",{row(7).split(",", 1)[1]}')
    append(file, row(8))
    eventually(lambda: follower.values() == [0.5, 1.5, 7.5, 8.5], every=LOOK)


@pytest.mark.engines("sqlite")  # the lock of the directory; on PostgreSQL each row is refused to the second
def test_two_do_not_follow_one_file_into_the_same_store_twice(
    follower: Follower, file: Path, eventually: Eventually
) -> None:
    eventually(lambda: len(follower.values()) == 2, within=120, every=LOOK)
    other = subprocess.run(
        command_line(follower.data, file, "--follow"),
        env=environment_of_child(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert other.returncode == 2
    assert os.access(file, os.R_OK)
    assert len(follower.values()) == 2
