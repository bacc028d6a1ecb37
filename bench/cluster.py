"""A PostgreSQL server of one's own in a temporary folder, for the bench and for tests."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.ports import free_port

_PATIENCE = 60.0
#: What every server of ours is told: one machine's, whose log nobody ships.
_USUAL = {"listen_addresses": "127.0.0.1", "wal_level": "minimal", "max_wal_senders": "0", "log_min_messages": "fatal"}
#: What its machine's operator would set; fsync, synchronous_commit and full_page_writes stay on.
_DURABLE = {"max_connections": "100", "shared_buffers": "512MB", "max_wal_size": "4GB"}


def programs() -> Path:
    """Where PostgreSQL's programs are, with PostGIS beside them (as Debian has them, or on the path)."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [*folders, *([Path(found).resolve().parent] if found else [])]:
        if (folder.parent / "lib" / "postgis-3.so").exists():
            return folder
    raise RuntimeError("There is no PostgreSQL with PostGIS: apt-get install postgresql-15 postgresql-15-postgis-3.")


@dataclass(kw_only=True)
class Cluster:
    """One server, reached through its socket, which lies in ``folder``: so the folder has a short name."""

    folder: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://huicheng@/{database}?host={self.folder}&port={self.port}"

    def make(self, *more: str) -> None:
        """Make its files. PostgreSQL refuses to be root, so root hands them to the user that Debian made for it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        line = [programs() / "initdb", "--pgdata", self.folder / "data", "--username", "huicheng", *more]
        line += ["--encoding=UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(line, check=False, capture_output=True, text=True, **_identity())
        if done.returncode:
            raise RuntimeError(f"No PostgreSQL server was made: {done.stderr}")

    def start(self) -> None:
        """Start it and wait until it can be reached."""
        given = {**_USUAL, **self.settings, "unix_socket_directories": str(self.folder), "port": str(self.port)}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        line = [programs() / "postgres", "-D", self.folder / "data", *options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(line, stdout=log, stderr=log, **_identity())
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    @property
    def _log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def _answers(self) -> bool:
        asked = [programs() / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def stop(self) -> None:
        """End it at once, as an operator restarts it: every connection breaks."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a fault does, without a last word to its files."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)


@contextmanager
def folder_for_cluster(parent: Path | None = None) -> Iterator[Path]:
    """A folder that the server's user may enter, removed whatever happens; its name is short."""
    folder = Path(tempfile.mkdtemp(prefix="huicheng-pg-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder / "pg"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(parent: Path | None) -> Iterator[str]:
    """A server as durable as one is by itself, in a folder below ``parent``; the address of its first database."""
    with folder_for_cluster(parent) as folder:
        made = Cluster(folder=folder, settings=_DURABLE)
        made.make()
        made.start()
        try:
            yield made.url("postgres")
        finally:
            made.stop()


def _identity() -> dict[str, int]:
    """Whose process it is: not through another program, so that a signal meets the server itself."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}
