"""A full disk under the running system: refused meanwhile, nothing lost, well again by itself."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from running import UPSERT, System, entities, reading, running, submit

Eventually = Callable[..., object]
Fill = Callable[[System], None]
STATION = "urn:ngsi-ld:AirQualityObserved:Wanliu"
REPORT = {"category": "environment/event:dust", "description": "dust", "address": "road 5"}
_SIZE = 24_000_000


def forbid_writing(system: System) -> None:
    """No file may grow: every write fails as the kernel says it, in server and worker."""
    _limit_files(system, 0)


def allow_writing(system: System) -> None:
    _limit_files(system, resource.RLIM_INFINITY)


def _limit_files(system: System, most: int) -> None:
    for pid in (system.pid, *(worker.pid for worker in system.workers)):
        psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def fill(system: System) -> None:
    """Take the last byte of the disk."""
    with (system.data / "ballast").open("wb", buffering=0) as ballast:
        size = 1_000_000
        while size:
            try:
                ballast.write(bytes(size))
            except OSError:
                size //= 2


def empty(system: System) -> None:
    (system.data / "ballast").unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own under the folder; skipped where it may not be mounted."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700,uid={os.getuid()}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("A small disk cannot be mounted here: that needs root with CAP_SYS_ADMIN.")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def refused_meanwhile_and_well_again(system: System, stop: Fill, go_on: Fill, eventually: Eventually) -> None:
    with system.program() as http, system.client() as citizen:
        acknowledged = [minute for minute in range(3) if observe(http, minute).status_code in {201, 204}]
        assert acknowledged == [0, 1, 2]
        stop(system)
        first = eventually(lambda: next((minute for minute in range(3, 59) if refused(http, minute, acknowledged)), 0))
        assert first
        told = observe(http, int(str(first)))
        assert told.status_code == 503
        assert told.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "detail"} <= told.json().keys()
        assert http.get(f"/ngsi-ld/v1/entities/{STATION}").status_code == 200
        assert citizen.get("/").status_code == 200
        page = submit(citizen, "/report/", **REPORT)
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert system.ready()
        go_on(system)
        eventually(lambda: observe(http, 59).status_code in {201, 204}, within=60)
        answer = eventually(lambda: received(citizen), within=60)
        assert answer
        held = http.get(f"/ngsi-ld/v1/temporal/entities/{STATION}?attrs=pm25&options=temporalValues").json()
        assert [value for value, _ in held["pm25"]["values"]] == [400.0 + minute for minute in (*acknowledged, 59)]
        # The worker's rooms wait longer after each failure; they come back by themselves too.
        eventually(lambda: len(entities(http, "Alert")) == 1, within=120, every=0.1)
        eventually(lambda: len(entities(http, "Case")) == 2, within=120, every=0.1)


def refused(http: httpx.Client, minute: int, acknowledged: list[int]) -> bool:
    """Whether the reading was refused; what is taken in the last room of the disk is noted."""
    status = observe(http, minute).status_code
    if status in {201, 204} and minute not in acknowledged:
        acknowledged.append(minute)
    return status == 503


def received(citizen: httpx.Client) -> bool:
    return submit(citizen, "/report/", **REPORT).status_code == 302


def observe(http: httpx.Client, minute: int) -> httpx.Response:
    return http.post(UPSERT, json=[reading("Wanliu", f"2020-01-01T00:{minute:02}:00Z", 400.0 + minute)])


@pytest.mark.soak
def test_when_nothing_can_be_written_it_says_so_and_recovers(
    data_dir: Path, free_port: int, eventually: Eventually
) -> None:
    with running(System(data=data_dir, port=free_port)) as system:
        refused_meanwhile_and_well_again(system, forbid_writing, allow_writing, eventually)


@pytest.mark.soak
def test_when_the_disk_is_full_it_says_so_and_recovers(data_dir: Path, free_port: int, eventually: Eventually) -> None:
    """Compaction is at it too, so that it meets the full disk."""
    options = ("--compact-after", "0.2")
    with small_disk(data_dir), running(System(data=data_dir, port=free_port, options=options)) as system:
        refused_meanwhile_and_well_again(system, fill, empty, eventually)
        assert "Traceback" not in system.said.partition("Ctrl-C stops")[0]


@pytest.mark.soak
def test_killed_on_a_full_disk_it_starts_again_when_there_is_room(data_dir: Path, free_port: int) -> None:
    with small_disk(data_dir), running(System(data=data_dir, port=free_port)) as system, system.program() as http:
        assert observe(http, 0).status_code in {201, 204}
        fill(system)
        system.kill_all()
        said = refused_start(system)
        assert "disk is full" in said
        empty(system)
        system.start()
        system.wait_until_ready()
        held = http.get(f"/ngsi-ld/v1/temporal/entities/{STATION}?attrs=pm25&options=temporalValues").json()
        assert [value for value, _ in held["pm25"]["values"]] == [400.0]


@pytest.mark.soak
def test_on_a_data_directory_that_is_read_only_it_does_not_start_and_says_why(data_dir: Path, free_port: int) -> None:
    system = System(data=data_dir, port=free_port)
    with small_disk(data_dir):
        with running(system):
            pass
        before = sorted((path, path.stat().st_mtime_ns) for path in data_dir.rglob("*"))
        subprocess.run(["mount", "-o", "remount,ro", str(data_dir)], check=True)
        said = refused_start(system)
        assert str(data_dir) in said
        assert "write access" in said
        assert sorted((path, path.stat().st_mtime_ns) for path in data_dir.rglob("*")) == before


def refused_start(system: System) -> str:
    """What it says when it ends at once with status 2 and the remedy, without a traceback."""
    before = len(system.said)
    system.start()
    assert system.ended(within=120) == 2
    said = system.said[before:]
    assert "Traceback" not in said
    return said
