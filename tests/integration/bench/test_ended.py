"""Whoever ends the bench before its time finds nothing of it left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest


def _started(repo: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Ignoring SIGINT, as what a shell starts in the background does."""
    command = [sys.executable, "-m", "bench", "--quick", "--only", "updates", "--folder", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repo / "src"), str(repo)])}
    held = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.Popen([*command, "--out", str(folder / "bench.json")], cwd=folder, env=environment)
    finally:
        signal.signal(signal.SIGINT, held)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_bench_and_all_that_it_has_started(
    repo: Path, tmp_path: Path, number: signal.Signals
) -> None:
    running = _started(repo, tmp_path)
    try:
        deadline = time.monotonic() + 60
        children: list[psutil.Process] = []
        while not children and time.monotonic() < deadline:
            time.sleep(0.02)
            children = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(number)
        assert running.wait(60) == 130
        _, alive = psutil.wait_procs(children, timeout=10)
        assert (children != [], alive) == (True, [])
        assert list(tmp_path.iterdir()) == []
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
