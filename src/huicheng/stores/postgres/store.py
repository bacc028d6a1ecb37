"""The store on PostgreSQL: state and feed in one schema, history as Parquet in the data directory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from huicheng.access import EVERYTHING, Guard
from huicheng.city import Entity
from huicheng.stores.alike import AlikeStore
from huicheng.stores.faces import (
    Committed,
    EntityQuery,
    HistoryQuery,
    Page,
    Selection,
    Transaction,
    Window,
)
from huicheng.stores.feed.window import FeedRow, Wanted, window_of
from huicheng.stores.found import Stored, stored
from huicheng.stores.guarding import untyped
from huicheng.stores.leases import Lease
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.faults import meaning
from huicheng.stores.postgres.gathered import Gathered
from huicheng.stores.postgres.leases import PostgresLease
from huicheng.stores.postgres.links import Links, on_a_loop
from huicheng.stores.postgres.moment import Moment, moment_of
from huicheng.stores.postgres.pool import Planning
from huicheng.stores.postgres.pulse import Pulse
from huicheng.stores.postgres.query import planning_of, run_extent, run_query
from huicheng.stores.postgres.readers import Readers
from huicheng.stores.postgres.schema import check_migrated, migrate
from huicheng.stores.postgres.selection import run_selection
from huicheng.stores.postgres.sensing.asking import AskingSnapshot
from huicheng.stores.postgres.sensing.idiom import PostgresIdiom
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.tail import Tail, Unasked
from huicheng.stores.postgres.writer import Writer
from huicheng.stores.replies import answered, new_reply
from huicheng.stores.sensing import Sensed, Sought
from huicheng.stores.sensing.answering import Answering, is_by_links, is_single, may_be_brief
from huicheng.stores.sqlite.lock import DataLock
from huicheng.stores.threads import NotBrief, off_the_loop
from huicheng.stores.together import Together

T = TypeVar("T")

#: What comes with each entity.
_POLICIES = "policy.version"
#: The schema of the default tenant.
SCHEMA = "city"
#: Changes or observations of the feed that are handed out on an event loop; more of them in a thread.
_BRIEF = 1_000
#: Seconds that a transaction may stand still before an operator is told.
_TOO_LONG = 30


class PostgresStore(AlikeStore[Readers]):
    """A :class:`~huicheng.stores.Store` that any number of processes open, all of which write.

    Its coroutines work under any event loop and, driven by :class:`~huicheng.stores.Blocking`, in a plain thread.
    """

    idiom = PostgresIdiom()

    def __init__(self, data: Path, links: Links, statements: Statements, lock: DataLock | None) -> None:
        super().__init__(data, Readers(links, statements), lock)
        self._links = links
        self._statements = statements
        self._writer = Writer(links, statements)
        self._pulse = Pulse(links, statements)
        self._tail = Tail(links, statements)
        self._gathered = Gathered(links, statements)
        self._common: dict[str, Together[list[Mapping[str, Any]]]] = {}

    async def commit(self, transaction: Transaction) -> Committed:
        """See :meth:`Store.commit`."""
        reply = new_reply()
        self._writer.submit(transaction, reply)
        committed = await answered(reply)
        self._pulse.beat()
        return committed

    async def get(self, id: str, guard: Guard = EVERYTHING) -> Stored | None:
        """See :meth:`Store.get`."""
        if not guard.unlimited:
            page = await self.query(EntityQuery(guard=guard, ids=[id], limit=1))
            return next(iter(page.entities), None)
        _, row = await self._gathered.ask(id)
        return None if row is None else stored(row)

    async def get_under(self, id: str, guard: Awaitable[Guard]) -> tuple[Stored | None, Guard]:
        """See :meth:`Store.get_under`: the number of the policies comes with the entity."""
        if not on_a_loop():
            held = await guard
            return await self.get(id), held
        asked = asyncio.ensure_future(self._gathered.ask(id))
        try:
            held = await guard
        except BaseException:
            asked.cancel()
            raise
        _, row = await asked
        return None if row is None else stored(row), held

    async def query(self, query: EntityQuery) -> Page:
        """See :meth:`Store.query`."""

        async def read(connection: Connection) -> Page:
            if not untyped(query):
                return await run_query(connection, query)
            # An entity that comes under another type between the two is not found, as if it had not come yet.
            types = [row[0] for row in await connection.fetch(self._statements.reading("state.types"), list(query.ids))]
            if not types:
                return Page(entities=[], count=0 if query.count else None)
            return await run_query(connection, msgspec.structs.replace(query, types=types))

        return await self._links.ask(read, planning_of(query))

    async def extent(self, query: EntityQuery) -> tuple[float, float, float, float] | None:
        """See :meth:`Store.extent`."""

        async def read(connection: Connection) -> tuple[float, float, float, float] | None:
            return await run_extent(connection, query)

        return await self._links.ask(read)

    async def select(self, selection: Selection) -> dict[str, list[Any]]:
        """See :meth:`Store.select`."""

        async def read(connection: Connection) -> dict[str, list[Any]]:
            return await run_selection(connection, selection)

        return await self._links.ask(read)

    async def sense(self, sought: Sought) -> Sensed:
        """See :meth:`Store.sense`: the state alone is asked on an event loop."""
        if may_be_brief(sought):

            async def read(connection: Connection) -> Sensed | None:
                return await self._sensed(connection, sought)

            found = await self._links.ask(read, Planning.ONCE if is_by_links(sought) else Planning.ANEW)
            if found is not None:
                return found
        return await super().sense(sought)

    async def _sensed(self, connection: Connection, sought: Sought) -> Sensed | None:
        """``None`` where history has to be asked."""
        snapshot = AskingSnapshot(connection, self._statements)
        answering = Answering(self.idiom, self.readers, self.past, snapshot, sought, brief=True)
        try:
            if is_single(sought):
                return await answering.answer(sought)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await answering.answer(sought)
        except NotBrief:
            return None

    async def _of_history(self, query: HistoryQuery, read: Callable[..., T], *more: Any) -> T:
        """See :meth:`AlikeStore._of_history`: of entities by identifier one statement tells all that is to be known."""
        if query.entities is None:
            return await super()._of_history(query, read, *more)
        terms, since, iris = self.readers.known_terms, self.past.read_until, list(query.entities)
        sql = self._statements.reading("history.moment")

        async def ask(connection: Connection) -> Moment:
            return await moment_of(connection, sql, terms, since, iris)

        try:
            return await off_the_loop(read, query, *more, await self._links.ask(ask, Planning.ONCE))
        except NotBrief:
            return await super()._of_history(query, read, *more)

    async def window(
        self,
        after: int,
        limit: int = 200_000,
        *,
        changes_of: Collection[str] | None = None,
        observations: bool = True,
    ) -> Window:
        """See :meth:`Store.window`: one question, if that, unless something in it has a name that is not known."""
        wanted = Wanted(types=None if changes_of is None else frozenset(changes_of), observations=observations)
        mark = self.readers.names.mark()
        rows = await self._tail.after(after, limit)
        if sum(row.size for row in rows) <= _BRIEF:
            with suppress(NotBrief):
                return window_of(self.readers, Unasked(), mark, after=after, rows=rows, wanted=wanted)
        return await off_the_loop(self._named, mark, after, rows, wanted)

    def _named(self, mark: int, after: int, rows: list[FeedRow], wanted: Wanted) -> Window:
        with self.readers.snapshot() as snapshot:
            return window_of(self.readers, snapshot, mark, after=after, rows=rows, wanted=wanted)

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Mapping[str, Any]]:
        """See :meth:`Store.rows`. What asks for nothing in particular is asked once for all who do so at the time."""
        if parameters:
            return await self._rows(statement, parameters)
        if statement == _POLICIES:
            return [{"version": (await self._gathered.ask(None))[0]}]
        common = self._common.get(statement)
        if common is None:
            common = self._common[statement] = Together(partial(self._rows, statement, ()))
        return list(await common.answer())

    async def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Mapping[str, Any]]:
        sql = self._statements.reading(statement)

        async def read(connection: Connection) -> list[Mapping[str, Any]]:
            return [dict(row) for row in await connection.fetch(sql, *parameters)]

        # Without values there is nothing to plan anew.
        return await self._links.ask(read, Planning.ANEW if parameters else None)

    def changes_of(self, family: str) -> int | None:
        """See :meth:`Store.changes_of`: others write, too."""
        del family
        return None

    def known_type(self, id: str) -> str | None:
        """See :meth:`Store.known_type`: of what this process wrote lately; another may have been there since."""
        return self._writer.known_type(id)

    def covers(self, entity: Entity) -> bool:
        """See :meth:`Store.covers`."""
        return self._writer.covers(entity)

    def pulse(self) -> int:
        """See :meth:`Store.pulse`."""
        return self._pulse.read()

    async def warnings(self, seconds: int = _TOO_LONG) -> list[str]:
        """See :meth:`Store.warnings`: who has written, does nothing, and holds every reader of the feed up."""
        sql = self._statements.reading("feed.hindered")

        async def read(connection: Connection) -> list[str]:
            return [_hindrance(row) for row in await connection.fetch(sql, float(seconds))]

        return await self._links.ask(read)

    def lease(self, name: str) -> Lease:
        """The right to some work, among all processes of the database."""
        return PostgresLease(self._links, self._statements, name)

    async def close(self) -> None:
        """See :meth:`Store.close`."""
        await off_the_loop(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._pulse.close()
        self._links.close()
        self._let_go()


def _hindrance(row: Mapping[str, Any]) -> str:
    who = f"process {row['pid']} ({row['application_name']}, user {row['usename']})"
    return (
        f"Nothing new reaches rules, cases and subscribers: in PostgreSQL, {who} has left a transaction open for"
        f" {row['seconds']} s. End it there, or by SELECT pg_terminate_backend({row['pid']})."
    )


def open_postgres(data: Path, url: str, lock: DataLock | None, *, schema: str = SCHEMA) -> PostgresStore:
    """The store of a database. Who holds the data directory brings its schema up to date; others refuse an older one.

    The lock is the store's from then on.
    """
    statements = Statements()
    links = Links(url, schema)
    try:
        links.wait(_prepared(links, statements, migrates=lock is not None))
        return PostgresStore(data, links, statements, lock)
    except BaseException:
        links.close()
        raise


async def _prepared(links: Links, statements: Statements, *, migrates: bool) -> None:
    try:
        connection = await links.writing()
        try:
            await (migrate if migrates else check_migrated)(connection, statements, links.place)
        finally:
            await connection.close()
    except Exception as error:
        raise meaning(error, links.place) from error
