"""What SQLite does by itself: the same entities, one thread, WAL, FULL, one commit a batch."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path

import apsw
import msgspec

_TABLE = "CREATE TABLE entity (id TEXT PRIMARY KEY, type TEXT NOT NULL, doc TEXT NOT NULL)"
_UPSERT = "INSERT INTO entity VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET type = excluded.type, doc = excluded.doc"

#: Group → versions of its entities as (id, type, document).
Groups = dict[int, list[list[tuple[str, str, str]]]]


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """What the plain upserts came to."""

    #: Entities a second.
    rate: float
    #: Length of a stored document.
    bytes_a_row: float
    commits: int


def rows_of(entities: dict[int, list[list[dict[str, object]]]]) -> Groups:
    """The batches of the load, as rows."""
    return {group: [[_row(one) for one in batch] for batch in versions] for group, versions in entities.items()}


def _row(entity: dict[str, object]) -> tuple[str, str, str]:
    document = {name: held for name, held in entity.items() if name not in {"id", "type"}}
    return str(entity["id"]), str(entity["type"]), json.dumps(document, separators=(",", ":"))


def upserts(path: Path, groups: Groups, seconds: float) -> Raw:
    """Write the batches in turn for some time; the last version of each row is checked."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(_TABLE)
    last: dict[int, int] = {}
    rows = commits = 0
    began = time.perf_counter()
    for turn in itertools.count():
        for group, versions in groups.items():
            last[group] = turn % len(versions)
            with connection:
                connection.executemany(_UPSERT, versions[last[group]])
            commits += 1
            rows += len(versions[last[group]])
        if time.perf_counter() - began >= seconds:
            break
    rate = rows / (time.perf_counter() - began)
    _check(connection, groups, last)
    [(length,)] = connection.execute("SELECT avg(length(CAST(doc AS BLOB))) FROM entity")
    connection.close()
    return Raw(rate=rate, bytes_a_row=length, commits=commits)


def _check(connection: apsw.Connection, groups: Groups, last: dict[int, int]) -> None:
    expected: Sequence[tuple[str, str, str]] = [
        row for group, versions in groups.items() for row in versions[last[group]]
    ]
    stored = dict(connection.execute("SELECT id, doc FROM entity"))
    if any(stored[name] != document for name, _, document in expected):
        raise AssertionError("The plain upserts did not change the bytes.")
