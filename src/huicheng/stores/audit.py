"""The audit log: who did what, appended only, each row chained to the one before by its hash.

Its readers can show that no row was changed or taken out: :meth:`AuditLog.broken` walks the chain.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huicheng.city import Instant
from huicheng.errors import Invalid
from huicheng.stores.faces import Rows, Store, Transaction

#: Two appends at one instant: the later is refused by the table and comes again.
_ATTEMPTS = 64
_PAGE = 1_000

_encoder = msgspec.json.Encoder(order="sorted")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What is written down: who (subject id), which verb, on which resource, and the facts of it."""

    subject: str
    action: str
    resource: str
    #: Plain values; never a key, a password or what was read.
    facts: dict[str, Any] = {}


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the log."""

    seq: int
    at: Instant
    act: Act
    previous: str
    hash: str


class AuditLog:
    """Appends to and reads the log of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def append(self, act: Act, rows: Sequence[Rows] = ()) -> None:
        """Write ``act`` down, in one transaction with the ``rows`` that carry it out."""
        for _ in range(_ATTEMPTS):
            last = await self._last()
            try:
                await self._store.commit(Transaction(rows=[*rows, _row(act, *last)]))
            except Invalid:
                if await self._last() == last:
                    raise
            else:
                return
        raise Invalid(place="audit", why="The audit log is written by too many at once.")

    async def _last(self) -> tuple[int, str]:
        found = await self._store.rows("audit.last")
        return (found[0]["seq"], found[0]["hash"]) if found else (0, "")

    async def after(self, seq: int = 0, limit: int = 100) -> list[Audited]:
        """Rows in order, from the one after ``seq``."""
        return [_audited(row) for row in await self._store.rows("audit.after", (seq, limit))]

    async def broken(self) -> int | None:
        """Number of the first row that was changed, or before which one is missing; ``None`` when all is whole."""
        seq, previous = 0, ""
        while page := await self.after(seq, _PAGE):
            for row in page:
                expected = _digest(seq + 1, row.at, row.act, previous)
                if (row.seq, row.previous, row.hash) != (seq + 1, previous, expected):
                    return row.seq
                seq, previous = row.seq, row.hash
        return None


def _row(act: Act, seq: int, previous: str) -> Rows:
    at = time.time_ns() // 1000
    facts = _encoder.encode(act.facts).decode()
    digest = _digest(seq + 1, at, act, previous)
    row = (seq + 1, at, act.subject, act.action, act.resource, facts, previous, digest)
    return Rows(statement="audit.append", parameters=[row])


def _audited(row: Mapping[str, Any]) -> Audited:
    facts = msgspec.json.decode(row["facts"])
    act = Act(subject=row["subject"], action=row["action"], resource=row["resource"], facts=facts)
    return Audited(seq=row["seq"], at=row["at"], act=act, previous=row["previous"], hash=row["hash"])


def _digest(seq: int, at: Instant, act: Act, previous: str) -> str:
    body = _encoder.encode([seq, at, act.subject, act.action, act.resource, act.facts, previous])
    return hashlib.sha256(body).hexdigest()
