"""The table of pairs of signs (sql/text_index.sql), filled from the cases that are there."""

from pathlib import Path
from typing import Any

from django.db import migrations

from huicheng.fulltext import indexed

_SQL = Path(__file__).resolve().parent.parent / "sql"
_DAY_DIGITS = 6


def _statement(name: str) -> str:
    return (_SQL / f"text_{name}.sql").read_text("utf-8")


def make(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    case = apps.get_model("cases", "Case")
    with connection.cursor() as cursor:
        cursor.execute(_statement("index"))
        keep = _statement("keep")
        rows = case.objects.values_list("pk", "number", "title", "description", "address").iterator(2_000)
        for pk, number, *texts in rows:
            cursor.execute(keep, [pk, indexed(f"{number} {number[_DAY_DIGITS:]}"), *map(indexed, texts)])


def drop(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_statement("drop"))


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_search_and_order")]

    operations = [migrations.RunPython(make, drop)]
