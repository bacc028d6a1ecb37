"""A PostgreSQL server of the bench's own, as durable as one is by itself, ended and removed with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ports import free_port

_START = 60.0
#: What its machine's operator would set; fsync, synchronous_commit and full_page_writes stay on.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "fatal",
}


@contextmanager
def cluster(parent: Path | None) -> Iterator[str]:
    """Made in a folder of its own (below ``parent``), started; the address of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="bench-pg-", dir=parent))
    folder.chmod(0o755)
    try:
        programs, data, port = _programs(), _made(folder), free_port()
        given = {**_SETTINGS, "port": str(port), "unix_socket_directories": str(folder / "pg")}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen([programs / "postgres", "-D", data, *options], stdout=log, stderr=log, **_user())
        try:
            _await(process, folder, port)
            yield f"postgresql://huicheng@/postgres?host={folder / 'pg'}&port={port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_START)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Where PostgreSQL's programs are, with PostGIS beside them (as Debian has them, or on the path)."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [*folders, *([Path(found).resolve().parent] if found else [])]:
        if (folder.parent / "lib" / "postgis-3.so").exists():
            return folder
    raise RuntimeError("There is no PostgreSQL with PostGIS: apt-get install postgresql-15 postgresql-15-postgis-3.")


def _made(folder: Path) -> Path:
    """PostgreSQL refuses to be root, so root hands its folder to the user that Debian made for it."""
    own = folder / "pg"
    own.mkdir(mode=0o700)
    if os.getuid() == 0:
        shutil.chown(own, "postgres", "postgres")
    line = [_programs() / "initdb", "--pgdata", own / "data", "--username", "huicheng"]
    done = subprocess.run(
        [*line, "--encoding=UTF8", "--locale=C.UTF-8"], check=False, capture_output=True, text=True, **_user()
    )
    if done.returncode:
        raise RuntimeError(f"No PostgreSQL server was made: {done.stderr}")
    return own / "data"


def _user() -> dict[str, int]:
    """Whose process it is: not through another program, so that a signal meets the server itself."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}


def _await(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    asked = [_programs() / "pg_isready", "-q", "-h", folder / "pg", "-p", str(port)]
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')[-2000:]}")
