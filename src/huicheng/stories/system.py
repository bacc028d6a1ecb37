"""The installation that a story is told on: ``huicheng demo``, started, ended and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx

from huicheng.calendar import CaseClock
from huicheng.city import parse_instant
from huicheng.errors import Unavailable
from huicheng.stores import Rows, Store, Transaction, open_store

_PATIENCE = 120.0


@dataclass(kw_only=True)
class System:
    """One data directory and the processes on it."""

    data: Path
    port: int = 0
    #: With the models of the simulated district.
    simulated: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def passwords(self) -> dict[str, str]:
        """User name → password of the demonstration's accounts."""
        known = json.loads((self.data / "demo-accounts.json").read_text("utf-8"))
        return {account["username"]: account["password"] for account in known["accounts"]}

    @cached_property
    def api_key(self) -> str:
        return str(json.loads((self.data / "demo-accounts.json").read_text("utf-8"))["api_key"])

    def start(self) -> float:
        """Start it and wait until it is ready; seconds that it took. ``Unavailable`` when it does not come up."""
        self.port = self.port or _free_port()
        said = self.data.with_name(f"{self.data.name}.log")
        line = [sys.executable, "-m", "huicheng", "demo", "--data", str(self.data), "--port", str(self.port)]
        line.append("--simulation" if self.simulated else "--no-simulation")
        began = time.monotonic()
        with said.open("ab") as log:
            self._process = subprocess.Popen(line, stdout=log, stderr=log, env=_environment())  # noqa: S603 - ourselves
        while time.monotonic() - began < _PATIENCE and self._process.poll() is None:
            if self._ready():
                return time.monotonic() - began
            time.sleep(0.05)
        self.stop()
        raise Unavailable(
            place=str(self.data), why="The system did not get ready.", mend="Look at %(log)s, and try again.", log=said
        )

    def stop(self) -> None:
        """End it as Ctrl-C does, or by force when that takes too long."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End it without a word, as a power cut does; its worker notices and ends too."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def set_clock(self, moment: str) -> None:
        """Let the case clock show a moment (RFC 3339) and run from there. The system must stand still."""
        clock = CaseClock(kind="replay", anchor_event=parse_instant(moment), anchor_wall=time.time_ns() // 1000)
        # A browser's loop runs in this thread.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, _put(self.data, clock)).result()

    def _ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        return False


async def _put(data: Path, clock: CaseClock) -> None:
    store = await _opened(data)
    try:
        await store.commit(Transaction(rows=[Rows(statement="clock.put", parameters=[clock.row()])]))
    finally:
        await store.close()


async def _opened(data: Path) -> Store:
    """The store, as soon as the processes before have let go of it."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return open_store(data, writer=True, database="")
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    """Without settings of an installation that happens to be around."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HUICHENG_", "DJANGO_"))}
