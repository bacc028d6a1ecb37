"""``huicheng ingest`` as a process: real data, kills, a running writer (issue 2, number 3; N4)."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from huicheng.cli import main
from huicheng.errors import HuichengError
from huicheng.ingest.progress import Key, Progress, key_of, read_progress
from huicheng.packs import Pack
from huicheng.stores import Blocking, EmbeddedStore, HistoryQuery, open_store, serve_writes

from .conftest import SOURCE, command_line, environment_of_child, figures

Command = Callable[..., "subprocess.CompletedProcess[str]"]

HEADER = "station,time,PM2.5\n"


def written(folder: Path, rows: int, *, name: str = "air.csv") -> Path:
    lines = (f"Wanliu,2014-{1 + n // 672:02}-{1 + n // 24 % 28:02}T{n % 24:02}:00:00+08:00,{n}\n" for n in range(rows))
    path = folder / name
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def counted_independently(path: Path) -> tuple[int, int]:
    """Rows of the Beijing file and values in them, by DuckDB's own aggregates."""
    counted = duckdb.connect().execute(
        "SELECT count(*), count(#2) + count(#3) + count(#4) + count(#5) + count(#6) + count(#7) + count(#8)"
        " + count(#9) + count(#10) + count(#11) + count(#12) + count(#13) FROM read_parquet(?)",
        [str(path)],
    )
    [(rows, values)] = counted.fetchall()
    return rows, values


@pytest.mark.soak
def test_the_beijing_rows_come_in_and_are_counted_right_through_kills(
    data_dir: Path, test_data: Path, environment: Pack
) -> None:
    path = test_data / "beijing_air" / "air_hourly.parquet"
    key = key_of(path, SOURCE, environment.sources["air-hourly"], environment.entities["AirQualityObserved"], "history")
    dice = random.Random(2)  # noqa: S311 - seeded moments, no secret
    stood_at = [_killed(data_dir, path, key, after=dice.uniform(0.2, 1.5)) for _ in range(3)]
    done = subprocess.run(
        command_line(data_dir, path, "--json"),
        env=environment_of_child(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, values = counted_independently(path)
    summary = figures(done.stdout)
    assert (rows, summary["rows"], summary["accepted"]) == (210_384, rows, rows)
    assert summary["observations"] == values
    assert (summary["duplicates"], summary["rejects"], summary["empty"]) == (0, 0, 0)
    assert 0 < stood_at[0] < stood_at[1] < stood_at[2] < rows, "every run went on after the one before"
    assert f"went on after row {stood_at[2]:,}" in done.stderr
    with opened(data_dir, writer=True) as store:
        assert _in_feed(store) == values


@contextmanager
def opened(data: Path, *, writer: bool) -> Iterator[EmbeddedStore]:
    store = open_store(data, writer=writer)
    try:
        yield store
    finally:
        Blocking(store).close()


def _killed(data: Path, path: Path, key: Key, *, after: float) -> int:
    """Start, kill -9 some time after new rows are stored, and say how many rows are."""
    before = _progress(data, key).rows
    process = subprocess.Popen(command_line(data, path), env=environment_of_child(), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 180
    while _progress(data, key).rows == before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    return _progress(data, key).rows


def _progress(data: Path, key: Key) -> Progress:
    try:
        with opened(data, writer=False) as store:
            return asyncio.run(read_progress(store, key))
    except HuichengError:  # the first process has not made the tables yet
        return Progress()


def _in_feed(store: EmbeddedStore) -> int:
    """How many observations were committed: a kill must neither lose nor double one."""
    city, found, after = Blocking(store), 0, 0
    while (window := city.window(after)).seq != after:
        found += len(window.observations)
        after = window.seq
    return found


def test_rows_go_to_the_server_that_runs_on_the_directory(command: Command, data_dir: Path, tmp_path: Path) -> None:
    path = written(tmp_path, 3_000)
    with opened(data_dir, writer=True) as store, serving(store):
        done = command(path, "--json")
        assert done.returncode == 0, done.stderr
        assert figures(done.stdout)["accepted"] == 3_000
        assert len(Blocking(store).history(HistoryQuery())) == 3_000


@contextmanager
def serving(store: EmbeddedStore) -> Iterator[None]:
    """The store's socket, served by an event loop in a thread, as the server does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        socket = asyncio.run_coroutine_threadsafe(serve_writes(store), loop).result(60)
        yield
        loop.call_soon_threadsafe(socket.close)
    finally:
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.engines("sqlite")  # on PostgreSQL others may write beside it
def test_a_directory_that_another_program_writes_to_is_refused_with_the_remedy(
    command: Command, data_dir: Path, tmp_path: Path
) -> None:
    with opened(data_dir, writer=True):
        done = command(written(tmp_path, 3))
    assert done.returncode != 0
    assert "Stop that process first" in done.stderr + done.stdout


def test_rejects_are_no_failure_and_the_list_is_named(command: Command, data_dir: Path, tmp_path: Path) -> None:
    path = written(tmp_path, 3)
    path.write_text(path.read_text("utf-8") + "Wanliu,now,4\n", encoding="utf-8")
    done = command(path)
    assert done.returncode == 0
    assert str(data_dir / "rejects" / "air.csv-environment-air-hourly.csv") in done.stderr
    assert "rejects" in done.stdout
    again = command(path, "--json")
    assert "read before" in again.stderr
    assert figures(again.stdout)["duplicates"] == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing.csv"], "no such file"),
        (["nothing.csv", "--speed", "fast"], "is not a speed"),
        (["nothing.csv", "--speed", "10x"], "--speed goes with --as live"),
        (["nothing.csv", "--as", "news"], "is not one of"),
    ],
)
def test_a_mistake_on_the_command_line_is_told_and_the_status_says_so(
    data_dir: Path, arguments: list[str], says: str
) -> None:
    done = CliRunner().invoke(main, ["ingest", "--source", SOURCE, "--data", str(data_dir), *arguments])
    assert done.exit_code != 0
    assert says in done.stderr


def test_an_unknown_source_is_answered_with_those_that_there_are(command: Command, tmp_path: Path) -> None:
    done = command(written(tmp_path, 1), "--source", "environment/rain")
    assert done.returncode != 0
    assert "environment/air-hourly" in done.stderr
