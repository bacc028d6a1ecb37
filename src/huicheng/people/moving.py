"""People move from their file into the database that Django has: all of them, compared row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import Cursor, sql

from huicheng.errors import Unavailable
from huicheng.people.migrating import migrate
from huicheng.people.setting import FILE, SCHEMA, database
from huicheng.stores import Moved, Sum, plain

#: The name of the file after it has moved.
MOVED = f"{FILE}.moved"
#: Django's word for the file while it is moved.
_FILE = "moving"
_SQL = Path(__file__).parent / "sql"
_ANEW = (_SQL / "anew.sql").read_text("utf-8")
_COPY = (_SQL / "copy.sql").read_text("utf-8")
_AT_ONCE = 2_000


def move(data: Path) -> list[Moved]:
    """Copy every table into the schema, made anew; texts are indexed by who knows them. Nothing where there is no file.

    Nobody writes to the file meanwhile: it is held by a transaction. ``Unavailable`` when the file is of another
    version, or when something differs.
    """
    if not (data / FILE).is_file():
        return []
    connections.settings[_FILE] = connections.configure_settings({"default": database(data, "")})["default"]
    try:
        with transaction.atomic(using=_FILE):
            _check_migrated(data)
            with connection.cursor() as cursor:
                cursor.execute(_ANEW)
            migrate()
            with transaction.atomic():
                return _all()
    finally:
        connections[_FILE].close()
        del connections[_FILE]
        del connections.settings[_FILE]


def put_away(data: Path) -> None:
    """Whoever starts without the setting shall not go on with the file. Its last connection has put its log into it."""
    if (data / FILE).is_file():
        (data / FILE).rename(data / MOVED)


def _check_migrated(data: Path) -> None:
    executor = MigrationExecutor(connections[_FILE])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Unavailable(
            place=str(data / FILE),
            why="It is older than this program.",
            mend="Start the server once without HUICHENG_DATABASE; it brings the file up to date.",
        )


def _all() -> list[Moved]:
    tables = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed and not one._meta.proxy]
    for model in tables:  # what Django's migrations enter by themselves
        model._base_manager.all().delete()
    moved = [_table(model) for model in tables]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)
    return moved


def _table(model: type[models.Model]) -> Moved:
    """Copy one table, and read both back."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    _copy(model, fields)
    before, after = _summed(model, fields, _FILE), _summed(model, fields, "default")
    if before != after:
        raise Unavailable(
            place=SCHEMA,
            why="The table %(table)s differs: %(rows)s rows (%(sum)s), %(arrived)s arrived (%(arrived_sum)s).",
            mend="Nothing was moved. Report this, with both versions.",
            table=model._meta.db_table,
            rows=before.rows,
            sum=before.checksum,
            arrived=after.rows,
            arrived_sum=after.checksum,
        )
    return Moved(table=f"{SCHEMA}.{model._meta.db_table}", rows=before.rows, checksum=before.checksum)


def _copy(model: type[models.Model], fields: list[Any]) -> None:
    table, columns = sql.Identifier(model._meta.db_table), [sql.Identifier(field.column) for field in fields]
    statement = sql.SQL(_COPY).format(table=table, columns=sql.SQL(", ").join(columns))
    with connection.cursor() as cursor, cast("Cursor", cursor).copy(statement) as to:
        for row in _rows(model, fields, _FILE):
            to.write_row([field.get_db_prep_save(one, connection) for field, one in zip(fields, row, strict=True)])


def _summed(model: type[models.Model], fields: list[Any], using: str) -> Sum:
    found = Sum()
    for row in _rows(model, fields, using):
        found.add([_compared(field, value) for field, value in zip(fields, row, strict=True)])
    return found


def _compared(field: Any, value: Any) -> Any:
    return plain(value) if isinstance(field, models.JSONField) else value


def _rows(model: type[models.Model], fields: list[Any], using: str) -> Iterator[tuple[Any, ...]]:
    names = [field.attname for field in fields]
    return model._base_manager.using(using).order_by().values_list(*names).iterator(_AT_ONCE)
