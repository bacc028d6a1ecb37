"""The demo as its user runs it: one port, accounts made once, a second start, Ctrl-C, kill -9."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import ports
import psutil
import pytest
from running import WITH_US

Eventually = Callable[..., object]
#: Seconds that a start, and an end, may take on a machine that does much else.
_READY, _ENDED = 300, 180
#: Physics are minutes of work, and nothing here is about them.
_STILL = "--no-simulation"


@contextmanager
def demo(data: Path, port: int, *more: str, command: str = "demo") -> Iterator[subprocess.Popen[str]]:
    """A running ``huicheng demo``; whatever is left of it is ended at the end."""
    line = [sys.executable, "-m", "huicheng", command, "--data", str(data), "--port", str(port), *more]
    with subprocess.Popen([*WITH_US, *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            for one in [*_children(process), process]:
                if one.poll() is None if isinstance(one, subprocess.Popen) else one.is_running():
                    one.kill()


def _children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _ready(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=20).status_code == 200


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, subprocess.Popen[str]]]:
    """Data directory, port and process of one demonstration, for tests that leave it well."""
    data, port = tmp_path_factory.mktemp("shared") / "data", ports.free_port()
    data.mkdir(mode=0o700)
    with demo(data, port, _STILL) as process:
        deadline = time.monotonic() + _READY
        while not _answers(port):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield data, port, process


def _answers(port: int) -> bool:
    with suppress(httpx.TransportError):
        return _ready(port)
    return False


def test_a_demonstration_goes_on_after_ctrl_c_and_after_its_server_was_killed(
    data_dir: Path, free_port: int, eventually: Eventually
) -> None:
    """Both end every process."""

    def ready() -> bool:
        return _ready(free_port)

    with demo(data_dir, free_port) as first:
        eventually(ready, within=_READY)
        accounts = (data_dir / "demo-accounts.json").read_text("utf-8")
        family = [psutil.Process(first.pid), *_children(first)]
        # As an open page of the centre does; it used to keep the server from ending.
        key = {"X-API-Key": json.loads(accounts)["api_key"]}
        with httpx.stream("GET", f"http://127.0.0.1:{free_port}/events", headers=key, timeout=_ENDED) as listening:
            assert listening.status_code == 200
            first.send_signal(signal.SIGINT)
            assert first.wait(_ENDED) == 0
        assert _alive(family) == []
    with demo(data_dir, free_port, _STILL) as killed:
        eventually(ready, within=_READY)
        assert (data_dir / "demo-accounts.json").read_text("utf-8") == accounts
        orphans = _children(killed)
        assert orphans
        os.kill(killed.pid, signal.SIGKILL)
        assert _alive(orphans) == []
    with demo(data_dir, free_port, _STILL):
        assert eventually(ready, within=_READY)


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Who has not ended, for all our patience."""
    return list(psutil.wait_procs(processes, timeout=_ENDED)[1])


def test_accounts_are_generated_and_told_to_their_owner_only(
    shared: tuple[Path, int, subprocess.Popen[str]],
) -> None:
    data, port, _ = shared
    file = data / "demo-accounts.json"
    held = json.loads(file.read_text("utf-8"))
    door = f"http://127.0.0.1:{port}/ngsi-ld/v1/entities?type=Alert"
    known = httpx.get(door, headers={"X-API-Key": held["api_key"]})
    unknown = httpx.get(door, headers={"X-API-Key": "hc_nobody"})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {"citizen", "dispatcher", "handler", "verifier"} <= {one["role"] for one in held["accounts"]}
    assert len({one["password"] for one in held["accounts"]}) == len(held["accounts"])
    assert (known.status_code, unknown.status_code) == (200, 401)


def test_a_worker_that_dies_is_replaced(
    shared: tuple[Path, int, subprocess.Popen[str]], eventually: Eventually
) -> None:
    _, port, running = shared
    [worker] = _children(running)
    worker.kill()
    eventually(lambda: [one.pid for one in _children(running)] not in ([], [worker.pid]), within=_READY)
    assert eventually(lambda: _ready(port), within=_READY)


def test_a_second_server_on_the_same_data_is_refused_with_the_remedy(
    shared: tuple[Path, int, subprocess.Popen[str]],
) -> None:
    data, _, _ = shared
    with demo(data, ports.free_port(), command="run") as second:
        _, said = second.communicate(timeout=_READY)
        assert second.returncode == 2
    assert str(data) in said
    assert "Traceback" not in said


def test_a_faulty_pack_refuses_the_start_with_file_line_and_remedy(
    data_dir: Path, free_port: int, tmp_path: Path
) -> None:
    pack = tmp_path / "packs" / "broken"
    pack.mkdir(parents=True)
    (pack / "pack.yaml").write_text("id: broken\nversion: '1'\nname: {zh-hans: 坏, en: broken}\nowner: nobody\n")
    with demo(data_dir, free_port, "--packs", str(pack.parent), command="run") as process:
        _, said = process.communicate(timeout=_READY)
    assert process.returncode == 2
    assert "pack.yaml:4" in said
    assert "Traceback" not in said
