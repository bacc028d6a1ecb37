"""A PostgreSQL server of the tests' own, in a temporary folder: ended with them, killed and started again at will."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import ports
import pytest

from huicheng.stores import Blocking, open_store

#: Seconds that a server may take to be reached on a machine that does much else.
PATIENCE = 60.0
_TEMPLATE = "city_template"
#: The template of databases that hold people, too.
TOWNS = "town_template"

#: What only matters when a machine falls: tests of that set it otherwise.
QUICK = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
_USUAL = {
    "max_connections": "80",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "fatal",
    "max_wal_size": "256MB",
}


def programs() -> Path:
    """Where PostgreSQL's programs are; without them a test is skipped on a laptop, and fails where ``CI`` is set."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [*folders, *([Path(found).resolve().parent] if found else [])]:
        if (folder.parent / "lib" / "postgis-3.so").exists():
            return folder
    why = "There is no PostgreSQL with PostGIS here: apt-get install postgresql-15 postgresql-15-postgis-3."
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@dataclass(kw_only=True)
class Server:
    """One cluster, reached through its socket."""

    folder: Path
    port: int = field(default_factory=ports.free_port)
    settings: dict[str, str] = field(default_factory=lambda: dict(QUICK))
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _databases: int = 0
    #: Of each template, what nobody has.
    _free: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def url(self, database: str) -> str:
        return f"postgresql://huicheng@/{database}?host={self.folder}&port={self.port}"

    def make(self) -> None:
        """Make the cluster. PostgreSQL refuses to be root, so root hands it to the user that Debian made for it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        initdb = [*_as_somebody(), programs() / "initdb", "--pgdata", self.folder / "data", "--username", "huicheng"]
        subprocess.run([*initdb, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"], check=True, capture_output=True)

    def start(self) -> None:
        """Start it and wait until it can be reached."""
        given = {**_USUAL, **self.settings, "unix_socket_directories": str(self.folder), "port": str(self.port)}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [programs() / "postgres", "-D", self.folder / "data", "-c", "listen_addresses=127.0.0.1", *options],
                stdout=log,
                stderr=log,
                **_identity(),
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        pytest.fail(f"PostgreSQL did not start; see {self.folder}.log")

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
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)

    def run(self, database: str, statement: str) -> None:
        """Run a statement."""
        asyncio.run(self._run(database, statement))

    async def _run(self, database: str, statement: str) -> None:
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def make_template(self) -> None:
        """An empty city, of which others are copies: to make PostGIS and the tables takes a second."""
        self.run("postgres", f"CREATE DATABASE {_TEMPLATE}")
        with tempfile.TemporaryDirectory() as data:
            Blocking(open_store(Path(data), writer=True, database=self.url(_TEMPLATE))).close()
        self.run(_TEMPLATE, _EMPTIED)

    def make_towns(self, migrate: Callable[[str], None]) -> None:
        """A template with people, too, whom ``migrate`` brings into the database at an address; made once."""
        if TOWNS in self._free:
            return
        self.run("postgres", f"CREATE DATABASE {TOWNS} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
        migrate(self.url(TOWNS))
        self.run(TOWNS, "DROP SCHEMA fresh CASCADE")
        self.run(TOWNS, _EMPTIED)
        self._free[TOWNS] = []

    def new_database(self, template: str = _TEMPLATE) -> str:
        """The address of an empty city, to keep."""
        self._databases += 1
        name = f"city{self._databases}"
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    @contextmanager
    def databases(self, template: str = _TEMPLATE) -> Iterator[Callable[[], str]]:
        """Called: one more empty city. At the end it is emptied for others: a new one is 15 MB of files."""
        lent: list[str] = []
        free = self._free.setdefault(template, [])

        def one_more() -> str:
            lent.append(free.pop() if free else self.new_database(template))
            self.run(_name(lent[-1]), _ANOTHER_BROKER)
            return lent[-1]

        yield one_more
        for address in lent:
            self.run(_name(address), "SELECT fresh.empty()")
        free += lent


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")


#: Copies of one template are cities of their own to each other.
_ANOTHER_BROKER = "UPDATE city.broker_identity SET alias = 'huicheng-' || substr(md5(random()::text), 1, 16)"

#: What every city begins with is kept beside it; ``fresh.empty()`` makes it so again.
_EMPTIED = """
CREATE SCHEMA fresh;
CREATE TABLE fresh.held AS SELECT schemaname AS schema, tablename AS name, schemaname || '.' || tablename AS kept
  FROM pg_tables WHERE schemaname IN ('city', 'people');
DO $$ DECLARE held record; BEGIN
  FOR held IN SELECT * FROM fresh.held LOOP
    EXECUTE format('CREATE TABLE fresh.%I AS SELECT * FROM %I.%I', held.kept, held.schema, held.name);
  END LOOP;
END $$;
CREATE FUNCTION fresh.empty() RETURNS void LANGUAGE plpgsql AS $$
DECLARE held record;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
  FOR held IN SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'tenant\\_%' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', held.name);
  END LOOP;
  SET LOCAL session_replication_role = replica;
  FOR held IN SELECT * FROM fresh.held LOOP
    EXECUTE format('TRUNCATE %I.%I RESTART IDENTITY CASCADE', held.schema, held.name);
  END LOOP;
  FOR held IN SELECT * FROM fresh.held WHERE name !~ '^feed(_\\d+)?$' LOOP
    EXECUTE format('INSERT INTO %I.%I SELECT * FROM fresh.%I', held.schema, held.name, held.kept);
  END LOOP;
END $$;
"""


def _as_somebody() -> list[str]:
    return ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


def _identity() -> dict[str, int]:
    """Whose process it is: not through another program, so that a signal meets the server itself."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}


@contextmanager
def server(settings: dict[str, str] | None = None) -> Iterator[Server]:
    """A server in a folder with a short name (its socket lies there), ended and removed whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="huicheng-pg-"))
    folder.chmod(0o755)
    made = Server(folder=folder / "pg", **({} if settings is None else {"settings": settings}))
    try:
        made.make()
        made.start()
        made.make_template()
        yield made
    finally:
        if made._process is not None:
            made.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for the tests of this process: what another process's tests write would hold up this one's feed."""
    with server() as made:
        yield made
