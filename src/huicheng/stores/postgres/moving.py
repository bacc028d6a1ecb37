"""A city moves from its file into a PostgreSQL database: all of it, compared row by row, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec
from sqlglot import expressions as sql

from huicheng.city import attributes_of
from huicheng.errors import Unavailable
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

#: Transactions of a partition of the feed, times the numbers of each (see ``feed_room``).
_SPAN = 1 << 30
#: The name of the file after it has moved: whoever starts without the setting shall not go on with it.
MOVED = f"{CITY}.moved"
_encode = msgspec.json.Encoder(order="sorted").encode


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One table: the same here and there."""

    table: str
    rows: int
    #: Sum of the rows' SHA-256 (the first eight bytes of each), as hex.
    checksum: str


def move(data: Path, url: str) -> list[Moved]:
    """Move the city of a data directory whose server is stopped; its file is called :data:`MOVED` then.

    ``Unavailable`` when a server runs, when there is a city in the database, or when something differs: then the
    database is as it was.
    """
    lock = DataLock(data)
    links = Links(url, SCHEMA)
    connection = open_reading(data)
    try:
        check_migrated(connection)
        moved = links.wait(_moved(connection, links))
        connection.close()
        _put_away(data)
    finally:
        connection.close()
        links.close()
        lock.release()
    return moved


def _put_away(data: Path) -> None:
    """The log goes into the file first, which then is whole by itself."""
    open_writing(data).close()
    (data / CITY).rename(data / MOVED)


async def _moved(source: apsw.Connection, links: Links) -> list[Moved]:
    statements = Statements()
    try:
        target: Any = await links.writing()
        try:
            await migrate(target, statements, links.place)
            async with target.transaction():
                return await _Move(source, target, statements, links.place).all()
        finally:
            await target.close()
    except Exception as error:
        raise meaning(error, links.place) from error


class _Move:
    """One move, inside one transaction of the target."""

    def __init__(self, source: apsw.Connection, target: Any, statements: Statements, place: str) -> None:
        self._source = source
        self._target = target
        self._statements = statements
        self._place = place

    async def all(self) -> list[Moved]:
        reading, writing = self._statements.reading, self._statements.writing
        if await self._target.fetchval(reading("moving.inhabited")):
            why, mend = "There is a city in this database already.", "Name an empty database."
            raise Unavailable(place=self._place, why=why, mend=mend)
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
        await self._target.copy_records_to_table(table, schema_name=SCHEMA, columns=placed, records=records)
        before = _sum(self._source.execute(here), columns)
        after = await _sum_of(self._target.cursor(select.sql(dialect="postgres"), prefetch=500), columns)
        if before != after:
            sums = f"{before[0]} rows ({before[1]:016x}), {after[0]} arrived ({after[1]:016x})"
            why = f"The table {table} differs: {sums}."
            raise Unavailable(place=self._place, why=why, mend="Nothing was moved. Report this, with both versions.")
        return Moved(table=table, rows=before[0], checksum=f"{before[1]:016x}")


def _placed(rows: Iterable[tuple[Any, ...]], columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Rows as they are; entities, whose columns are given, with their place as PostGIS takes it."""
    if not columns:
        yield from rows
        return
    document = columns.index("doc")
    for row in rows:
        held = row[document]
        yield (*row, None if held is None else binary_of(location_of(attributes_of(held))))


def _sum(rows: Iterable[Any], columns: list[str]) -> tuple[int, int]:
    count = total = 0
    for row in rows:
        count += 1
        total += _digest(row, columns)
    return count, total % (1 << 64)


async def _sum_of(rows: AsyncIterator[Any], columns: list[str]) -> tuple[int, int]:
    count = total = 0
    async for row in rows:
        count += 1
        total += _digest(row, columns)
    return count, total % (1 << 64)


def _digest(row: Iterable[Any], columns: list[str]) -> int:
    """Of one row, whatever engine wrote its JSON: members in order, and whole numbers as such."""
    values = [
        _whole(msgspec.json.decode(value)) if name == "doc" and value else value
        for name, value in zip(columns, row, strict=True)
    ]
    return int.from_bytes(hashlib.sha256(_encode(values)).digest()[:8], "big")


def _whole(value: Any) -> Any:
    """JSON's whole numbers as texts: one engine writes 1e22 as it came, the other with all its digits."""
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == int(value) else value
