"""The whole system as its operator starts it: ``huicheng demo`` on a free port, killed and started again at will."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

REPO = Path(__file__).resolve().parents[1]
UPSERT = "/ngsi-ld/v1/entityOperations/upsert?options=update"
#: Seconds a start may take on a machine that does much else.
PATIENCE = 300.0
#: Starts a program that ends as Ctrl-C ends it when the process of the tests dies, and could not end it itself.
WITH_US = ("setpriv", "--pdeathsig", "INT") if shutil.which("setpriv") else ()


@dataclass(kw_only=True)
class System:
    """One installation: its processes, and how to reach it."""

    data: Path
    port: int
    options: tuple[str, ...] = ()
    #: PostgreSQL that holds city and people; "" = files of ``data``.
    database: str = ""
    #: Whether the simulated district runs, too.
    simulation: bool = False
    #: A program with its arguments that starts the system in some surroundings, e.g. ``prlimit``.
    through: tuple[str, ...] = ()
    #: Folders whose modules go before the product's own.
    before: tuple[Path, ...] = ()
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    @property
    def said(self) -> str:
        """What the processes have written, over all starts."""
        return self._log.read_text("utf-8", errors="replace")

    @cached_property
    def known(self) -> dict[str, Any]:
        """Accounts and key of the demonstration."""
        return dict(json.loads((self.data / "demo-accounts.json").read_text("utf-8")))

    def start(self) -> None:
        """Start it; it is not ready yet."""
        line = [sys.executable, "-m", "huicheng", "demo", "--data", str(self.data), "--port", str(self.port)]
        line += [] if self.simulation else ["--no-simulation"]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [*WITH_US, *self.through, *line, *self.options], stdout=log, stderr=log, cwd=REPO, env=self._environment
            )

    def wait_until_ready(self) -> float:
        """Seconds until ``/readyz`` says so; the test fails when it ends or takes too long."""
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE and self.alive:
            if self.ready():
                return time.monotonic() - began
            time.sleep(0.05)
        pytest.fail(f"The system did not get ready:\n{self.said[-4000:]}")

    def ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/readyz", timeout=20).status_code == 200
        return False

    @property
    def alive(self) -> bool:
        return self._server is not None and self._server.poll() is None

    @property
    def work(self) -> float:
        """Seconds that a core has worked for the server since its start."""
        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)

    def ended(self, within: float) -> int:
        """The status with which it has ended by itself."""
        assert self._server is not None
        return self._server.wait(within)

    @property
    def workers(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).children(recursive=True)
        return []

    def kill_worker(self) -> None:
        """``kill -9`` of the worker alone: the server starts another."""
        _kill(self.workers)

    def kill_server(self) -> None:
        """``kill -9`` of the server alone: its worker has to notice."""
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def kill_all(self) -> None:
        """``kill -9`` of the whole tree."""
        workers = self.workers
        self.kill_server()
        _kill(workers)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if not self.alive:
            return
        assert self._server is not None
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(60)
        except subprocess.TimeoutExpired:
            self.kill_all()

    @contextmanager
    def client(self, role: str = "", source: str = "127.0.0.1") -> Iterator[httpx.Client]:
        """A browser of nobody, or of somebody with this role or user name; it does not follow redirects.

        It comes from the address ``source``, one of loopback: what is limited for one is not for another.
        """
        transport = httpx.HTTPTransport(local_address=source)
        with httpx.Client(base_url=self.address, timeout=60, transport=transport) as client:
            if role:
                account = next(one for one in self.known["accounts"] if role in (one["role"], one["username"]))
                answer = submit(client, "/sign-in/", username=account["username"], password=account["password"])
                assert answer.status_code == 302, answer.text
            yield client

    def program(self) -> httpx.Client:
        """A program with the demonstration's key."""
        key = {"Authorization": f"Bearer {self.known['api_key']}"}
        return httpx.Client(base_url=self.address, timeout=60, headers=key)

    @property
    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("HUICHENG_", "DJANGO_"))}
        found = os.pathsep.join(map(str, (*self.before, REPO / "src")))
        return {**own, "PYTHONPATH": found, "HUICHENG_DATABASE": self.database}

    @property
    def _log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")


def submit(client: httpx.Client, page: str, files: Any = None, **fields: Any) -> httpx.Response:
    """Send a page's form as a browser does: with the token of the page."""
    client.get(page)
    token = client.cookies.get("huicheng_csrf", "")
    return client.post(page, data={"csrfmiddlewaretoken": token, **fields}, files=files)


@contextmanager
def running(system: System) -> Iterator[System]:
    """The system started and ready; whatever is left of it is killed at the end."""
    system.start()
    try:
        system.wait_until_ready()
        yield system
        system.stop()
    finally:
        if system.alive:
            system.kill_all()


def reading(station: str, at: str, pm25: float, **more: Any) -> dict[str, Any]:
    """What a station says, in normalized NGSI-LD."""
    value = {"type": "Property", "value": pm25, "unitCode": "GQ", "observedAt": at}
    return {"id": f"urn:ngsi-ld:AirQualityObserved:{station}", "type": "AirQualityObserved", "pm25": value, **more}


def entities(client: httpx.Client, type: str) -> list[dict[str, Any]]:
    """All entities of a type, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        question = {"type": type, "limit": 1000, "offset": len(found)}
        answer = client.get("/ngsi-ld/v1/entities", params=question)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page
        if len(page) < 1000:
            return found


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=60)
