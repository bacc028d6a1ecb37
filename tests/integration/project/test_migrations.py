"""people.db: no migration is missing, and what is acknowledged is on the disk (Q1)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

pytestmark = pytest.mark.usefixtures("town")


def test_no_migration_is_missing() -> None:
    said = StringIO()
    # With ``check`` it leaves by SystemExit when there is one to make.
    call_command("makemigrations", check=True, dry_run=True, skip_checks=True, stdout=said)
    assert said.getvalue() == "No changes detected\n"


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("setting", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_the_database_is_opened_so_that_nothing_acknowledged_is_lost(setting: str, value: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {setting}")
        assert cursor.fetchone()[0] == value


@pytest.mark.engines("sqlite")  # people/test_one_writer.py has the same of PostgreSQL
def test_a_transaction_takes_the_lock_when_it_begins() -> None:
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as other:
        with transaction.atomic(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
