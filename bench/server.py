"""The programs that are measured, each a process tree of its own on a free port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

import psutil

from bench.engine import database_of
from bench.ports import free_port

_START = 60.0


class Running:
    """A process tree that answers on a port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started_in: float, data: Path) -> None:
        self.process = process
        self.port = port
        #: Its data directory.
        self.data = data
        #: Seconds from its start to its first answer.
        self.started_in = started_in

    def tree(self) -> list[psutil.Process]:
        """The process and all below it."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def pss(self) -> float:
        """Memory of the tree in MB; shared pages are divided among those who share them."""
        return float(sum(one.memory_full_info().pss for one in self.tree())) / 1e6

    def kill(self) -> None:
        """End every process of the tree at once with kill -9."""
        for one in self.tree():
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()


@contextmanager
def huicheng(data: Path, packs: Path | None = None, *, mqtt: str = "") -> Iterator[Running]:
    """``huicheng run`` on a data directory, without keys; with its database where figures are measured on PostgreSQL.

    With further packs where a folder of them is named, and a listener where a broker is.
    """
    port = free_port()
    command = [sys.executable, "-m", "huicheng", "run", "--no-auth", "--port", str(port), "--data", str(data)]
    command += ["--packs", str(packs)] if packs else []
    command += ["--mqtt", mqtt] if mqtt else []
    with _running(command, port, "/readyz", data, {"HUICHENG_DATABASE": database_of(data)}) as running:
        yield running


@contextmanager
def demonstration(data: Path, *, mqtt: str = "", simulation: bool = False) -> Iterator[Running]:
    """``huicheng demo`` with its accounts and key (``demo-accounts.json``), a listener where a broker is named."""
    port = free_port()
    command = [sys.executable, "-m", "huicheng", "demo", "--port", str(port), "--data", str(data)]
    command += ["--mqtt", mqtt] if mqtt else []
    command += [] if simulation else ["--no-simulation"]
    with _running(command, port, "/readyz", data) as running:
        yield running


@contextmanager
def bare(folder: Path) -> Iterator[Running]:
    """The bare answer under the same HTTP server."""
    port = free_port()
    options = ["--interface", "asgi", "--workers", "1", "--no-ws", "--loop", "uvloop", "--no-log"]
    command = [sys.executable, "-m", "granian", *options, "--port", str(port), "bench.bare:app"]
    with _running(command, port, "/", folder / "bare") as running:
        yield running


@contextmanager
def _running(
    command: list[str], port: int, path: str, data: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Running]:
    began = time.monotonic()
    log = data.with_name(f"{data.name}.log")
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **settings})
    try:
        _await_answer(process, port, path, log)
        yield Running(process, port, time.monotonic() - began, data)
    finally:
        _stop(process)


def _await_answer(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
            return
        time.sleep(0.05)
    raise RuntimeError(f"It did not start; see {log}:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
