"""A city moves from its file into a PostgreSQL database: all of it, compared row by row, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import apsw
import msgspec
from sqlglot import expressions as sql

from huicheng.city import attributes_of
from huicheng.errors import Unavailable
from huicheng.stores.moved import Moved, Sum, plain
from huicheng.stores.places import location_of
from huicheng.stores.postgres.faults import meaning
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.schema import migrate
from huicheng.stores.postgres.state import binary_of
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.store import SCHEMA
from huicheng.stores.sqlite.database import CITY, open_reading, open_writing
from huicheng.stores.sqlite.lock import DataLock
from huicheng.stores.sqlite.schema import check_migrated
from huicheng.stores.statements import named_statements
from huicheng.stores.tenants import FOLDER, schema_of, tenant_names

#: Transactions of a partition of the feed, times the numbers of each (see ``feed_room``).
_SPAN = 1 << 30
#: The name of the file after it has moved: whoever starts without the setting shall not go on with it.
MOVED = f"{CITY}.moved"


def move(data: Path, url: str, beside: Callable[[], list[Moved]]) -> list[Moved]:
    """Move the city of a data directory whose server is stopped, and its tenants; a file is called :data:`MOVED` then.

    ``beside`` moves what else there is, once it is known that the database has no city, and before the city is
    there: whatever happens between, a database with a city has all of it. ``Unavailable`` when a server runs, when
    there is a city in the database, or when something differs: then the database has none.
    """
    tenants = {schema_of(name): data / FOLDER / name for name in tenant_names(data)}

    def others() -> list[Moved]:
        return [*beside(), *(one for schema, place in tenants.items() for one in _tenant(place, url, schema))]

    with ExitStack() as held:
        for place in (data, *tenants.values()):
            held.callback(DataLock(place).release)
        moved = _copied(data, url, SCHEMA, others)
        for place in (*tenants.values(), data):
            _put_away(place)
    return moved


def _tenant(data: Path, url: str, schema: str) -> list[Moved]:
    """Where there is no city, a tenant in the database is what an attempt before this one has left."""
    links = Links(url, schema)
    try:
        links.wait(_forgotten(links))
    finally:
        links.close()
    moved = _copied(data, url, schema, list)
    return [msgspec.structs.replace(one, table=f"{schema}.{one.table}") for one in moved]


async def _forgotten(links: Links) -> None:
    connection = await links.writing()
    try:
        await connection.execute(Statements().writing("moving.forget"))
    finally:
        await connection.close()


def _copied(data: Path, url: str, schema: str, beside: Callable[[], list[Moved]]) -> list[Moved]:
    links = Links(url, schema)
    connection = open_reading(data)
    try:
        check_migrated(connection)
        return links.wait(_moved(connection, links, beside))
    finally:
        connection.close()
        links.close()


def _put_away(data: Path) -> None:
    """The log goes into the file first, which then is whole by itself."""
    open_writing(data).close()
    (data / CITY).rename(data / MOVED)


async def _moved(source: apsw.Connection, links: Links, beside: Callable[[], list[Moved]]) -> list[Moved]:
    statements = Statements()
    try:
        target: Any = await links.writing()
        try:
            await migrate(target, statements, links.place)
            async with target.transaction():
                one = _Move(source, target, statements, links)
                await one.check_empty()
                others = await asyncio.to_thread(beside)
                return [*await one.all(), *others]
        finally:
            await target.close()
    except Exception as error:
        raise meaning(error, links.place) from error


class _Move:
    """One move, inside one transaction of the target."""

    def __init__(self, source: apsw.Connection, target: Any, statements: Statements, links: Links) -> None:
        self._source = source
        self._target = target
        self._statements = statements
        self._place = links.place
        self._schema = links.schema

    async def check_empty(self) -> None:
        if await self._target.fetchval(self._statements.reading("moving.inhabited")):
            raise Unavailable(
                place=self._place, why="There is a city in this database already.", mend="Name an empty database."
            )

    async def all(self) -> list[Moved]:
        reading, writing = self._statements.reading, self._statements.writing
        schema = await self._target.fetchval(reading("moving.geometry"))
        await self._target.set_type_codec("geometry", schema=schema, encoder=bytes, decoder=bytes, format="binary")
        await self._target.execute(writing("moving.begin"))
        await self._make_room()
        moved = [await self._table(table, columns) for table, columns in self._tables().items()]
        await self._target.execute(writing("moving.finish"))
        return moved

    def _tables(self) -> dict[str, list[str]]:
        tables: dict[str, list[str]] = {}
        for table, column in self._source.execute(named_statements("sqlite")["moving.tables"].sql):
            tables.setdefault(table, []).append(column)
        # What others refer to comes first.
        return dict(sorted(tables.items(), key=lambda held: (not held[0].endswith("subscription"), held[0])))

    async def _make_room(self) -> None:
        select = sql.select(sql.func("min", sql.column("seq")), sql.func("max", sql.column("seq"))).from_("feed")
        [(first, last)] = self._source.execute(select.sql(dialect="sqlite"))
        for number in range((first or 0) // _SPAN, (last or 0) // _SPAN + 1, 2):
            await self._target.fetch(self._statements.reading("moving.room"), number * _SPAN)

    async def _table(self, table: str, columns: list[str]) -> Moved:
        """Copy one table, and read both back."""
        names = [sql.column(sql.to_identifier(name, quoted=True)) for name in columns]
        select = sql.select(*names).from_(sql.to_table(table))
        here = select.sql(dialect="sqlite")
        placed = [*columns, "place"] if table == "entity" else columns
        records = _placed(self._source.execute(here), columns if table == "entity" else [])
        await self._target.copy_records_to_table(table, schema_name=self._schema, columns=placed, records=records)
        before, after = Sum(), Sum()
        for row in self._source.execute(here):
            before.add(_compared(row, columns))
        async for row in self._target.cursor(select.sql(dialect="postgres"), prefetch=500):
            after.add(_compared(row, columns))
        if before != after:
            raise Unavailable(
                place=self._place,
                why="The table %(table)s differs: %(rows)s rows (%(sum)s), %(arrived)s arrived (%(arrived_sum)s).",
                mend="Nothing was moved. Report this, with both versions.",
                table=table,
                rows=before.rows,
                sum=before.checksum,
                arrived=after.rows,
                arrived_sum=after.checksum,
            )
        return Moved(table=table, rows=before.rows, checksum=before.checksum)


def _placed(rows: Iterable[tuple[Any, ...]], columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows as they are; entities, whose columns are given, with their place as PostGIS takes it."""
    if not columns:
        yield from rows
        return
    document = columns.index("doc")
    for row in rows:
        held = row[document]
        yield (*row, None if held is None else binary_of(location_of(attributes_of(held))))


def _compared(row: Iterable[Any], columns: list[str]) -> list[Any]:
    """Of one row, whatever engine wrote its JSON: members in order, and whole numbers as such."""
    return [
        plain(msgspec.json.decode(value)) if name == "doc" and value else value
        for name, value in zip(columns, row, strict=True)
    ]
