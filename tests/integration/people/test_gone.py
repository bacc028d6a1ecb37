"""PostgreSQL goes and comes back: pages are told at once, and served as soon as it is there (Q2, N6)."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from postgres import Server
from pytest_django import DjangoDbBlocker

from huicheng.people.setting import PATIENCE, database

Eventually = Callable[..., object]


@pytest.fixture
def door(postgres_server: Server) -> Iterator[Path]:
    """Where PostgreSQL's socket is looked for; the name is short, as a socket's must be."""
    folder = Path(tempfile.mkdtemp(prefix="huicheng-"))
    yield folder / f".s.PGSQL.{postgres_server.port}"
    shutil.rmtree(folder)


def test_who_asks_while_postgresql_is_gone_is_told_soon_and_served_once_it_is_back(
    postgres_server: Server, door: Path, eventually: Eventually, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        goes_and_comes_back(postgres_server, door, eventually)


def goes_and_comes_back(postgres_server: Server, door: Path, eventually: Eventually) -> None:
    where = database(door.parent, f"postgresql://huicheng@/postgres?host={door.parent}&port={postgres_server.port}")
    people = ConnectionHandler({"default": {}, "elsewhere": where})["elsewhere"]
    began = time.monotonic()
    for _ in range(20):  # as a page does, from its session to the words of its fault
        with pytest.raises(OperationalError):
            people.ensure_connection()
    assert time.monotonic() - began < PATIENCE / 2
    door.symlink_to(postgres_server.folder / door.name)
    back = time.monotonic()
    eventually(lambda: people.ensure_connection() is None)
    assert time.monotonic() - back < PATIENCE / 2
    with people.cursor() as cursor:
        cursor.execute("SELECT 1")
    people.close()
    people.close_pool()
