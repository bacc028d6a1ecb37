"""Triggers that refuse to change or remove a case event (sql/append_only.sql)."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parent.parent / "sql" / "append_only.sql"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.RunSQL(
            _SQL.read_text("utf-8"),
            reverse_sql="DROP TRIGGER case_event_stays_as_written; DROP TRIGGER case_event_is_never_removed;",
        ),
    ]
