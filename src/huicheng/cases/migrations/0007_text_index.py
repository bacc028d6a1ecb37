"""The table of pairs of signs (sql/<engine>/text_index.sql), filled from the cases that are there."""

from pathlib import Path
from typing import Any

from django.db import migrations

from huicheng.people.migrating import EngineSQL
from huicheng.people.text_index import TextIndex

_SQL = Path(__file__).resolve().parent.parent / "sql"
_COLUMNS = ("number", "title", "description", "address")
_DAY_DIGITS = 6


def fill(apps: Any, _schema_editor: Any) -> None:
    rows = apps.get_model("cases", "Case").objects.values_list("pk", *_COLUMNS)
    index = TextIndex(_SQL, _COLUMNS)
    for pk, number, *texts in list(rows):
        index.keep([(pk, (f"{number} {number[_DAY_DIGITS:]}", *texts))])


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_search_and_order")]

    operations = [
        EngineSQL(_SQL, "text_index", undo="text_drop"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
