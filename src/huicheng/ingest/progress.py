"""How far a file has been read: kept in city.db, and committed together with the rows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from huicheng.packs import EntityType, Source
from huicheng.stores import Rows, Store

Way = Literal["history", "live"]

_BLOCK = 1 << 20


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What makes two readings the same reading."""

    #: SHA-256 of the file's bytes: a renamed file is the same file.
    file: str
    #: ``pack/source``.
    source: str
    #: SHA-256 of the source's and type's declarations: with another mapping it is another reading.
    mapping: str
    way: Way


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one reading. ``rows`` = accepted + duplicates + rejected + empty."""

    #: Rows read so far, in the order of reading.
    rows: int = 0
    #: Rows with at least one observation that was new.
    accepted: int = 0
    #: Rows whose every observation was stored already.
    duplicates: int = 0
    rejected: int = 0
    #: Rows without a single value.
    empty: int = 0
    #: Observations stored.
    observations: int = 0
    #: Length of the reject file that belongs to these rows.
    reject_bytes: int = 0
    finished: bool = False

    def plus(self, other: Progress) -> Progress:
        """The sum of two counts; length and end are the later one's."""
        return Progress(
            rows=self.rows + other.rows,
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            rejected=self.rejected + other.rejected,
            empty=self.empty + other.empty,
            observations=self.observations + other.observations,
            reject_bytes=other.reject_bytes,
            finished=other.finished,
        )


def key_of(path: Path, name: str, source: Source, type: EntityType, way: Way) -> Key:
    """The key of reading this file as this source."""
    declared = msgspec.json.encode([source, type], order="sorted")
    return Key(file=digest(path), source=name, mapping=hashlib.sha256(declared).hexdigest(), way=way)


def digest(path: Path) -> str:
    """SHA-256 of a file, block by block."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


async def read_progress(store: Store, key: Key) -> Progress:
    """Where to go on; nothing read when the store does not know the key."""
    found = await store.rows("ingest.progress", (key.file, key.source, key.mapping, key.way))
    if not found:
        return Progress()
    row = dict(found[0])
    return Progress(**{**row, "finished": bool(row["finished"])})


def advance(key: Key, before: Progress, after: Progress) -> Rows:
    """The statement that goes into the transaction of the rows.

    It fails, and the rows with it, when the file does not stand at ``before``: another process is
    reading it, or an earlier part was not stored.
    """
    counts = (after.rows, after.accepted, after.duplicates, after.rejected, after.empty)
    rest = (after.observations, after.reject_bytes, int(after.finished), before.rows)
    return Rows(
        statement="ingest.advance",
        parameters=[(key.file, key.source, key.mapping, key.way, *counts, *rest)],
    )


def forget(key: Key) -> Rows:
    """The statement that makes the next reading start anew."""
    return Rows(statement="ingest.forget", parameters=[(key.file, key.source, key.mapping, key.way)])
