"""A real broker (Mosquitto) on a free port of the loopback, which keeps what it was told, as devices want it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psutil

from bench.ports import free_port

_START = 30.0

#: What “huicheng devices broker-files” writes, but for accounts: everybody may come who is on this machine.
_SETTINGS = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval {autosave}
max_queued_messages 0
max_queued_bytes 0
message_size_limit 262144
"""


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """One that runs."""

    port: int
    process: psutil.Process

    @property
    def url(self) -> str:
        """Its address."""
        return f"mqtt://127.0.0.1:{self.port}"


@contextmanager
def mosquitto(folder: Path, *, autosave: int) -> Iterator[Broker]:
    """Started, and ended whatever happens. ``autosave``: it writes all that it keeps after so many changes."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise RuntimeError("There is no mosquitto here: apt-get install mosquitto.")
    folder.mkdir(parents=True)
    port = free_port()
    file = folder / "mosquitto.conf"
    file.write_text(_SETTINGS.format(port=port, folder=folder, autosave=autosave), encoding="utf-8")
    with (folder / "mosquitto.log").open("ab") as log:
        process = subprocess.Popen([program, "-c", str(file)], stdout=log, stderr=log)
    try:
        _await(process, port)
        yield Broker(port=port, process=psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(10)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError("Mosquitto did not start.")
