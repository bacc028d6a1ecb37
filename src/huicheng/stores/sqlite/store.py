"""The embedded store: state, feed and history of one data directory."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import apsw
import msgspec

from huicheng.access import EVERYTHING, Guard
from huicheng.stores.alike import AlikeStore
from huicheng.stores.driving import drive
from huicheng.stores.faces import (
    Committed,
    EntityQuery,
    Page,
    Selection,
    Transaction,
)
from huicheng.stores.found import Stored, stored
from huicheng.stores.guarding import untyped
from huicheng.stores.leases import Lease, Undisputed
from huicheng.stores.replies import Reply, answered, new_reply
from huicheng.stores.sensing import Sensed, Sought
from huicheng.stores.sensing.answering import Answering, may_be_brief
from huicheng.stores.sqlite.lock import DataLock
from huicheng.stores.sqlite.pulse import Pulse
from huicheng.stores.sqlite.query import run_extent, run_query
from huicheng.stores.sqlite.readers import BRIEF, LONGEST, Patience, Readers, soon
from huicheng.stores.sqlite.selection import run_selection
from huicheng.stores.sqlite.sensing.idiom import SqliteIdiom
from huicheng.stores.threads import NotBrief, off_the_loop


class Writes(Protocol):
    """Where transactions go: the writer's thread, or the process that has it."""

    def submit(self, transaction: Transaction, reply: Reply) -> None: ...
    def changes_of(self, family: str) -> int | None: ...
    def known_type(self, id: str) -> str | None: ...
    def close(self) -> None: ...


class EmbeddedStore(AlikeStore[Readers]):
    """A :class:`~huicheng.stores.Store` on SQLite and Parquet.

    Its coroutines work under an event loop (long reads then go to a thread) and, driven by
    :class:`~huicheng.stores.Blocking`, in a plain thread, where they never suspend.
    """

    idiom = SqliteIdiom()

    def __init__(self, data: Path, writes: Writes, readers: Readers, lock: DataLock | None) -> None:
        super().__init__(data, readers, lock)
        self._writes = writes
        self._pulse = Pulse(data)

    async def commit(self, transaction: Transaction) -> Committed:
        """See :meth:`Store.commit`."""
        reply = new_reply()
        self._writes.submit(transaction, reply)
        return await answered(reply)

    async def get(self, id: str, guard: Guard = EVERYTHING) -> Stored | None:
        """See :meth:`Store.get`."""
        if not guard.unlimited:
            page = self._query(EntityQuery(guard=guard, ids=[id], limit=1))
            return next(iter(page.entities), None)
        rows = self.readers.by_key(self.readers.statements.reading("state.get"), id)
        return stored(rows[0][1:]) if rows else None

    async def get_under(self, id: str, guard: Awaitable[Guard]) -> tuple[Stored | None, Guard]:
        """See :meth:`Store.get_under`: nothing waits here."""
        held = await guard
        return await self.get(id), held

    async def query(self, query: EntityQuery) -> Page:
        """See :meth:`Store.query`."""
        return await soon(self._query, query)

    def _query(self, query: EntityQuery, patience: Patience = LONGEST) -> Page:
        with self.readers.snapshot(patience) as snapshot:
            if untyped(query):
                types = [row[0] for row in snapshot.rows("state.types", tuple(query.ids))]
                if not types:
                    return Page(entities=[], count=0 if query.count else None)
                query = msgspec.structs.replace(query, types=types)
            return run_query(snapshot, query)

    async def extent(self, query: EntityQuery) -> tuple[float, float, float, float] | None:
        """See :meth:`Store.extent`."""
        return await off_the_loop(self._extent, query)

    def _extent(self, query: EntityQuery) -> tuple[float, float, float, float] | None:
        with self.readers.snapshot() as snapshot:
            return run_extent(snapshot, query)

    async def select(self, selection: Selection) -> dict[str, list[Any]]:
        """See :meth:`Store.select`."""
        return await off_the_loop(self._select, selection)

    def _select(self, selection: Selection) -> dict[str, list[Any]]:
        with self.readers.snapshot() as snapshot:
            return run_selection(snapshot.connection, selection)

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Mapping[str, Any]]:
        """See :meth:`Store.rows`."""
        sql = self.readers.statements.reading(statement)
        with self.readers.single() as connection:
            cursor = connection.execute(sql, tuple(parameters))
            try:
                names = [column[0] for column in cursor.get_description()]
            except apsw.ExecutionCompleteError:  # no row
                return []
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def changes_of(self, family: str) -> int | None:
        """See :meth:`Store.changes_of`."""
        return self._writes.changes_of(family)

    def known_type(self, id: str) -> str | None:
        """See :meth:`Store.known_type`: the process that writes knows what it has written lately."""
        return self._writes.known_type(id)

    def pulse(self) -> int:
        """See :meth:`Store.pulse`."""
        return self._pulse.read()

    async def warnings(self) -> list[str]:
        """See :meth:`Store.warnings`: what is wrong with the disk, commits tell themselves."""
        return []

    async def sense(self, sought: Sought) -> Sensed:
        """See :meth:`huicheng.stores.Store.sense`: what the state alone knows is answered at once."""
        if not may_be_brief(sought):
            return await super().sense(sought)
        try:
            return await soon(self._sensed, sought)
        except NotBrief:
            return await super().sense(sought)

    def _sensed(self, sought: Sought, patience: Patience) -> Sensed:
        is_brief = patience is BRIEF
        with self.readers.snapshot(patience) as snapshot:
            answering = Answering(self.idiom, self.readers, self.past, snapshot, sought, brief=is_brief)
            return drive(answering.answer(sought))

    def lease(self, name: str) -> Lease:
        """The right to some work: the data directory lets in one server only."""
        del name
        return Undisputed()

    async def close(self) -> None:
        """See :meth:`Store.close`."""
        await off_the_loop(self._writes.close)
        self.readers.close()
        self._pulse.close()
        self._let_go()
