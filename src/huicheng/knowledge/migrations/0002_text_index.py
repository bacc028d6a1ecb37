"""The table of pairs of signs, and triggers that keep versions as they were written (sql/<engine>/)."""

from pathlib import Path

from django.db import migrations

from huicheng.people.migrating import EngineSQL

_SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [EngineSQL(_SQL, "text_index"), EngineSQL(_SQL, "append_only")]
