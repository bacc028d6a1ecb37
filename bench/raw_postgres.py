"""What PostgreSQL does by itself: COPY of a batch into a temporary table and one merge, one commit a batch.

One connection, binary COPY, prepared statements. The table is the state's in short: identifier (primary key), type,
time, and the document as ``jsonb``, with the same room for new values beside the old (``fillfactor`` 70).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg

from bench.engine import database_of
from bench.raw import Groups, Raw

RAW_IS = "binary COPY of the same batches into a temporary table and one merge, one connection, one commit a batch"

_TABLE = """
CREATE TABLE entity (
  iri text COLLATE "C" PRIMARY KEY, type text NOT NULL, modified_at bigint NOT NULL, doc jsonb NOT NULL
) WITH (fillfactor = 70)
"""
_COMING = "CREATE TEMPORARY TABLE coming (LIKE entity) ON COMMIT DELETE ROWS"
_MERGE = """
INSERT INTO entity SELECT iri, type, modified_at, doc FROM coming ORDER BY iri
ON CONFLICT (iri) DO UPDATE SET type = excluded.type, modified_at = excluded.modified_at, doc = excluded.doc
"""
_LENGTH = "SELECT avg(octet_length(doc::text))::float8 FROM entity"
_COLUMNS = ("iri", "type", "modified_at", "doc")


def merges(data: Path, groups: Groups, seconds: float) -> Raw:
    """Write the batches in turn for some time, into a database of their own; what came last is read back."""
    return asyncio.run(_merges(database_of(data), groups, seconds))


async def _merges(url: str, groups: Groups, seconds: float) -> Raw:
    connection = await asyncpg.connect(url, server_settings={"synchronous_commit": "on", "jit": "off"})
    try:
        for statement in (_TABLE, _COMING):
            await connection.execute(statement)
        for versions in groups.values():  # every row is there before the clock starts
            await _merge(connection, versions[0])
        last, rows, rate = await _turns(connection, groups, seconds)
        await _check(connection, [row for group, versions in groups.items() for row in versions[last % len(versions)]])
        length = await connection.fetchval(_LENGTH)
    finally:
        await connection.close()
    return Raw(rate=rate, bytes_a_row=length, commits=rows // len(groups[next(iter(groups))][0]))


async def _turns(connection: Any, groups: Groups, seconds: float) -> tuple[int, int, float]:
    """Which turn was the last, how many rows were written, and how many a second."""
    rows, began = 0, time.perf_counter()
    for turn in itertools.count(1):
        for versions in groups.values():
            batch = versions[turn % len(versions)]
            await _merge(connection, batch)
            rows += len(batch)
        if time.perf_counter() - began >= seconds:
            break
    return turn, rows, rows / (time.perf_counter() - began)


async def _merge(connection: Any, batch: Sequence[tuple[str, str, str]]) -> None:
    at = time.time_ns() // 1000
    async with connection.transaction():
        records = ((iri, kind, at, document) for iri, kind, document in batch)
        await connection.copy_records_to_table("coming", records=records, columns=_COLUMNS)
        await connection.fetch(_MERGE)  # prepared once: “execute” without arguments would not be


async def _check(connection: Any, expected: Sequence[tuple[str, str, str]]) -> None:
    stored = {row["iri"]: json.loads(row["doc"]) for row in await connection.fetch("SELECT iri, doc FROM entity")}
    if any(stored[iri] != json.loads(document) for iri, _, document in expected):
        raise AssertionError("The plain merges did not change the bytes.")
