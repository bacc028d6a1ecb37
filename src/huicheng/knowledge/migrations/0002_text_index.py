"""The table of pairs of signs, and triggers that keep versions as they were written (sql/)."""

from pathlib import Path
from typing import Any

from django.db import migrations

_SQL = Path(__file__).resolve().parent.parent / "sql"


def make(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute((_SQL / "text_index.sql").read_text("utf-8"))


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [
        migrations.RunPython(make, migrations.RunPython.noop),
        migrations.RunSQL((_SQL / "append_only.sql").read_text("utf-8"), migrations.RunSQL.noop),
    ]
