"""Bringing the database to this program's version, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.operations.base import Operation

_SQL = Path(__file__).parent / "sql"


def migrate() -> None:
    """Django's migrations; on PostgreSQL in a schema of our own, and one process at a time."""
    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        return
    _run("migrating_alone")
    try:
        _run("schema")
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    finally:
        _run("migrated")


def _run(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute((_SQL / f"{name}.sql").read_text("utf-8"))


class EngineSQL(Operation):
    """Runs ``<folder>/<engine>/<name>.sql``, and ``undo`` of there when it is taken back.

    ``engine`` is Django's word: sqlite or postgresql. An engine without the file needs nothing.
    """

    reduces_to_sql = True

    def __init__(self, folder: Path, name: str, undo: str = "") -> None:
        self.folder, self.name, self.undo = folder, name, undo

    @property
    def reversible(self) -> bool:  # type: ignore[override]  # the stubs know the class's attribute only
        """Whether it says what takes it back."""
        return bool(self.undo)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """No model changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Run it."""
        del app_label, from_state, to_state
        self._run(schema_editor, self.name)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Take it back."""
        del app_label, from_state, to_state
        self._run(schema_editor, self.undo)

    def describe(self) -> str:
        """For Django's own reports."""
        return f"SQL: {self.name}"

    def _run(self, schema_editor: Any, name: str) -> None:
        file = self.folder / schema_editor.connection.vendor / f"{name}.sql"
        if file.is_file():
            for statement in schema_editor.connection.ops.prepare_sql_script(file.read_text("utf-8")):
                schema_editor.execute(statement, params=None)
