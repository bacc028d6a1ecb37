"""The product as its operator starts it, on a free port and a fresh directory, for a suite made by others."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx

from tests.ports import free_port

REPO = Path(__file__).resolve().parents[2]
_PATIENCE = 120.0


@contextmanager
def serving(options: Sequence[str] = (), **settings: str) -> Iterator[str]:
    """The address of ``huicheng run --no-auth`` with these options and settings, as long as it is used."""
    with tempfile.TemporaryDirectory(prefix="huicheng-conformance-") as folder:
        address = f"http://127.0.0.1:{(port := free_port())}"
        line = [sys.executable, "-m", "huicheng", "run", "--no-auth", "--data", folder, "--port", str(port)]
        log_path = Path(folder) / "server.log"
        with log_path.open("wb") as log:
            environment = {**_environment(), **settings}
            server = subprocess.Popen([*line, *options], stdout=log, stderr=log, cwd=REPO, env=environment)
        try:
            _wait(server, address, log_path)
            yield address
        finally:
            _end(server)
            _tell(log_path)


@contextmanager
def emptied(database: str) -> Iterator[str]:
    """The address of an empty database on the server of this one, removed at the end; "" stays: the store is a file."""
    if not database:
        yield ""
        return
    name = f"huicheng_conformance_{secrets.token_hex(4)}"
    asyncio.run(_told(database, f"CREATE DATABASE {name}"))
    try:
        yield urlsplit(database)._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(_told(database, f"DROP DATABASE {name} WITH (FORCE)"))


async def _told(database: str, statement: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _tell(log: Path) -> None:
    """What went wrong inside, for who looks into failures."""
    kept = os.environ.get("CONFORMANCE_LOG")
    if kept:
        Path(kept).write_bytes(log.read_bytes())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPO / "src"), os.environ.get("PYTHONPATH", "")])}


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    _end(server)
    raise SystemExit(f"The server did not get ready:\n{log.read_text('utf-8', errors='replace')[-3000:]}")


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
