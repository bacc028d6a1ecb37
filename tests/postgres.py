"""A PostgreSQL server of the tests' own, in a temporary folder: ended with them, killed and started again at will."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import ports
import pytest

from bench.cluster import Cluster, folder_for_cluster, programs
from huicheng.stores import Blocking, open_store

_TEMPLATE = "city_template"
#: The template of databases that hold people, too.
TOWNS = "town_template"

#: What only matters when a machine falls: tests of that set it otherwise.
QUICK = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
_SMALL = {"max_connections": "80", "shared_buffers": "64MB", "max_wal_size": "256MB"}


def need_programs() -> None:
    """PostgreSQL's programs; without them a test is skipped on a laptop, and fails where ``CI`` is set."""
    try:
        programs()
    except RuntimeError as lacking:
        if os.environ.get("CI"):
            pytest.fail(str(lacking))
        pytest.skip(str(lacking))


@dataclass(kw_only=True)
class Server(Cluster):
    """A cluster, and databases in it that are lent."""

    port: int = field(default_factory=ports.free_port)
    settings: Mapping[str, str] = field(default_factory=lambda: {**_SMALL, **QUICK})
    _databases: int = 0
    #: Of each template, what nobody has.
    _free: dict[str, list[str]] = field(default_factory=dict, repr=False)

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


@contextmanager
def server(settings: Mapping[str, str] = QUICK) -> Iterator[Server]:
    """A server, ended and removed whatever happens."""
    need_programs()
    with folder_for_cluster() as folder:
        made = Server(folder=folder, settings={**_SMALL, **settings})
        try:
            made.make("--no-sync")
            made.start()
            made.make_template()
            yield made
        finally:
            made.kill()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for the tests of this process: what another process's tests write would hold up this one's feed."""
    with server() as made:
        yield made
