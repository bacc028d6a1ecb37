"""Writing entities: the store beside the raw limit of SQLite, in one run.

    python bench/stores_write.py [--seconds 5] [--entities 20000] [--folder DIR]

Both write the same batches of 500 entities with five changing readings each, one commit a batch
that has reached the disk. *Raw* is one apsw thread that upserts identifier, type and document
(encoded before the clock starts). *Store* is everything that a commit does: state, place, feed and
history, from ``Entity`` values, with documents encoded inside. Prints rows a second, the ratio,
and bytes a row in the files.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw

from huicheng.city import Attribute, Entity
from huicheng.stores import EmbeddedStore, Mode, Transaction, Write, open_store

BATCH = 500
UNDER_WAY = 4
NAMES = ("pm25", "pm10", "so2", "no2", "o3")
START = datetime(2026, 1, 1, tzinfo=UTC)
_SCHEMA = "CREATE TABLE entity (iri TEXT PRIMARY KEY, type TEXT, modified_at INTEGER, doc TEXT) WITHOUT ROWID"
_UPSERT = """INSERT INTO entity (iri, type, modified_at, doc) VALUES (?, ?, ?, ?)
ON CONFLICT (iri) DO UPDATE SET type = excluded.type, modified_at = excluded.modified_at, doc = excluded.doc"""


def batches(entities: int, rounds: int) -> list[list[Entity]]:
    """``rounds`` times every entity, each time with other values, in batches."""
    made = [_entity(number, turn) for turn in range(rounds) for number in range(entities)]
    return [made[start : start + BATCH] for start in range(0, len(made), BATCH)]


def _entity(number: int, turn: int) -> Entity:
    moment = START + timedelta(seconds=turn)
    readings: dict[str, Attribute | list[Attribute]] = {
        name: Attribute(
            type="Property",
            value=round((number * 7 + turn * 13 + rank) % 900 / 10, 1),
            unit_code="GQ",
            observed_at=moment,
        )
        for rank, name in enumerate(NAMES)
    }
    return Entity(id=f"urn:ngsi-ld:AirQualityObserved:{number:07}", type="AirQualityObserved", attributes=readings)


def raw(folder: Path, work: list[list[Entity]], seconds: float) -> float:
    """Rows a second of upserts alone."""
    connection = apsw.Connection(str(folder / "raw.db"))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.execute(_SCHEMA)
    rows = [[(e.id, e.type, 1, e.document().decode()) for e in batch] for batch in work]

    def one(number: int) -> None:
        with connection:
            connection.executemany(_UPSERT, rows[number % len(rows)])

    speed = _timed(one, seconds)
    connection.close()
    return speed


def _timed(one: Callable[[int], None], seconds: float) -> float:
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        one(done)
        done += 1
    return done * BATCH / (time.perf_counter() - began)


async def through_store(store: EmbeddedStore, work: list[list[Entity]], seconds: float) -> float:
    """Rows a second through the store, with some batches under way at once."""
    transactions = [Transaction(writes=[Write(entity=entity, mode=Mode.REPLACE) for entity in batch]) for batch in work]
    began, done = time.perf_counter(), 0

    async def client(first: int) -> None:
        nonlocal done
        number = first
        while time.perf_counter() - began < seconds:
            await store.commit(transactions[number % len(transactions)])
            number += UNDER_WAY
            done += 1

    await asyncio.gather(*(client(first) for first in range(UNDER_WAY)))
    return done * BATCH / (time.perf_counter() - began)


def size(folder: Path) -> int:
    """Bytes of the database files in a folder."""
    return sum(file.stat().st_size for file in folder.glob("*.db*"))


async def measure(folder: Path, entities: int, seconds: float) -> None:
    """Run both and print what came out."""
    work = batches(entities, 4)
    (folder / "raw").mkdir()
    limit = raw(folder / "raw", work, seconds)
    store = open_store(folder / "store", writer=True)
    speed = await through_store(store, work, seconds)
    head = await store.head()
    [feed] = await store.rows("feed.size")
    await store.close()
    print(f"raw upsert    {limit:10,.0f} rows/s  {size(folder / 'raw') / entities:6.0f} bytes a row")
    print(f"store commit  {speed:10,.0f} rows/s  {size(folder / 'store') / entities:6.0f} bytes a row, all files")
    per_observation = feed["bytes"] / max(1, feed["observations"])
    print(f"feed          {head:10,} commits  {per_observation:6.1f} bytes an observation")
    print(f"ratio         {speed / limit:10.3f}")


def main() -> None:
    """Read the arguments and measure in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--entities", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (default: a temporary folder)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=arguments.folder))
    try:
        asyncio.run(measure(folder, arguments.entities, arguments.seconds))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
