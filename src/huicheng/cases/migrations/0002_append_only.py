"""Triggers that refuse to change or remove a case event (sql/<engine>/append_only.sql)."""

from pathlib import Path

from django.db import migrations

from huicheng.people.migrating import EngineSQL

_SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [EngineSQL(_SQL, "append_only", undo="append_only_undo")]
