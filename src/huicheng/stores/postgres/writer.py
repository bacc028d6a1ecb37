"""What this process writes: whatever has gathered goes in one transaction, then everybody is answered at once.

Other processes do the same at the same time. Entities are held in the order of their identifiers, and what a
transaction appends to the feed is numbered by the transaction, so nobody waits for another's flush to the disk.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from huicheng.city import Entity, Instant
from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.stores.faces import Committed, Outcome, Position, Removal, Rows, Transaction, Write
from huicheng.stores.postgres.codes import Codes
from huicheng.stores.postgres.connection import Connection
from huicheng.stores.postgres.faults import GONE, MET, is_closed, meaning
from huicheng.stores.postgres.links import Links
from huicheng.stores.postgres.parts import Effect, Part, parts_of, taken_parts
from huicheng.stores.postgres.standing import Standings
from huicheng.stores.postgres.state import Met, State
from huicheng.stores.postgres.statements import Statements
from huicheng.stores.postgres.taking import Piece, Taker, columns_of, types_of
from huicheng.stores.replies import Answer, Reply, settle

#: A group ends at so many transactions or entity writes, so that nobody waits long for an answer.
_GROUP_TRANSACTIONS = 256
_GROUP_WRITES = 10_000
#: How often a group that met another's begins again.
_ATTEMPTS = 8

_Request = tuple[Transaction, Reply]


class Writer:
    """Takes transactions from any thread; works on the loop of the connections."""

    def __init__(self, links: Links, statements: Statements) -> None:
        self._links = links
        self._statements = statements
        self._state = State(statements)
        self._taker = Taker()
        self._codes = Codes(links, statements)
        self._take, self._append = statements.writing("state.take"), statements.writing("feed.append")
        self._room, self._by_key = statements.reading("feed.room"), statements.reading("state.by_key")
        self._last, self._reach = statements.reading("feed.last"), statements.writing("feed.reach")
        self._connection: Connection | None = None
        self._requests: deque[_Request] = deque()
        self._called = asyncio.Event()
        #: The last number of the feed that was seen here.
        self._seq = 0
        #: Nobody has called since it fell asleep.
        self._asleep = False
        self._closed = False
        self._work = links.start(self._run())

    def submit(self, transaction: Transaction, reply: Reply) -> None:
        """Queue a transaction; the reply is settled after its commit has reached the disk."""
        if self._closed:
            raise Unavailable(place=self._links.place, why="The store is closed.", mend="Start the server again.")
        self._requests.append((transaction, reply))
        if self._asleep:  # else it looks once more before it sleeps
            self._asleep = False
            self._links.loop.call_soon_threadsafe(self._called.set)

    def known_type(self, id: str) -> str | None:
        """The type of an entity that this process wrote lately; any thread may ask."""
        return self._taker.known_type(id)

    def covers(self, entity: Entity) -> bool:
        """Whether it covers what this process wrote last of it; any thread may ask."""
        return self._taker.covers(entity)

    def close(self) -> None:
        """Commit what is queued, then let go of the connection; from another thread."""
        if not self._closed:
            self._closed = True
            self._links.loop.call_soon_threadsafe(self._called.set)
            self._work.result()

    async def _run(self) -> None:
        while self._requests or not self._closed:
            await self._sleep()
            while group := self._gather():
                answers = await self._answers([transaction for transaction, _ in group])
                settle(zip((reply for _, reply in group), answers, strict=True))
        await self._let_go()

    async def _sleep(self) -> None:
        """Until there is something to do. Whoever comes sees that it sleeps, or it sees what they have brought."""
        self._called.clear()
        self._asleep = True
        if not self._requests and not self._closed:
            await self._called.wait()
        self._asleep = False

    def _gather(self) -> list[_Request]:
        """What has queued up, as far as a group goes."""
        group: list[_Request] = []
        writes = 0
        while self._requests and len(group) < _GROUP_TRANSACTIONS and writes < _GROUP_WRITES:
            group.append(self._requests.popleft())
            writes += len(group[-1][0].writes) + len(group[-1][0].block or ())
        return group

    async def _answers(self, group: list[Transaction]) -> Sequence[Answer]:
        """Commit a group, whatever happens. What hits one transaction fails it alone; what hits the server, all."""
        try:
            return await self._committed(group)
        except Exception as error:  # noqa: BLE001 - whatever it is, callers get it and the writer goes on
            await self._let_go()
            return [meaning(error, self._links.place)] * len(group)

    async def _committed(self, group: list[Transaction]) -> Sequence[Answer]:
        alone = False
        for _ in range(_ATTEMPTS):
            connection = await self._connected()
            try:
                return await self._attempt(connection, group, alone=alone)
            except (Met, *MET):
                await asyncio.sleep(0)
            except Exception as error:
                if _is_without_room(error):
                    await connection.fetch(self._room)
                elif alone or isinstance(error, GONE) or is_closed(error):
                    raise
                else:
                    alone = True
        raise Unavailable(place=self._links.place, why="Too many write the same at once.", mend="Send it again.")

    async def _attempt(self, connection: Connection, group: list[Transaction], *, alone: bool) -> Sequence[Answer]:
        """One database transaction: all together, or after a fault each under a savepoint."""
        pieces = None if alone else self._taker.foreseen(group)
        if pieces is not None:
            return await self._taken(connection, group, pieces)
        now = time.time_ns() // 1000
        writes = [writes_of(transaction) for transaction in group]
        async with connection.transaction():
            standings = await self._state.hold(connection, (one for several in writes for one in several))
            effects: list[Effect | HuichengError] = []
            for transaction, asked in zip(group, writes, strict=True):
                run = self._isolated if alone else self._effect
                effects.append(await run(connection, transaction, asked, standings, now))
            await self._state.flush(connection, standings)
            parts = parts_of(effects, standings)
            seq, written = await self._append_feed(connection, parts) if parts or any(writes) else (self._seq, "")
        if written and not alone:
            changes = [one for effect in effects if isinstance(effect, Effect) for one in effect.changes]
            self._taker.learn(group, changes, standings, written)
        return [
            effect if isinstance(effect, HuichengError) else Committed(seq=seq, outcomes=effect.outcomes)
            for effect in effects
        ]

    async def _isolated(
        self,
        connection: Connection,
        transaction: Transaction,
        writes: Sequence[Write | Removal],
        standings: Standings,
        now: Instant,
    ) -> Effect | HuichengError:
        """Run one transaction under a savepoint."""
        mark = standings.mark()
        try:
            async with connection.transaction():
                effect = await self._effect(connection, transaction, writes, standings, now)
                await self._state.flush(connection, standings)
        except (Met, *MET, *GONE):
            raise
        except Exception as error:
            if is_closed(error):
                raise
            standings.go_back(mark)
            return meaning(error, self._links.place)
        return effect

    async def _effect(
        self,
        connection: Connection,
        transaction: Transaction,
        writes: Sequence[Write | Removal],
        standings: Standings,
        now: Instant,
    ) -> Effect:
        at = now if transaction.received_at is None else transaction.received_at
        done = [standings.apply(write, at) for write in writes]
        if transaction.rows:
            await self._state.flush(connection, standings)  # statements see what the writes before them have done
        for rows in transaction.rows:
            await self._execute(connection, rows)
        if transaction.position is not None:
            await self._advance_to(connection, transaction.position)
        changes = [change for _, change in done if change is not None]
        return Effect([outcome for outcome, _ in done], changes, at, transaction.judged)

    async def _execute(self, connection: Connection, rows: Rows) -> None:
        sql = self._statements.writing(rows.statement)
        if len(rows.parameters) == 1:
            await connection.execute(sql, *rows.parameters[0])
        else:
            await connection.executemany(sql, rows.parameters)

    async def _advance_to(self, connection: Connection, position: Position) -> None:
        if position.seq > await connection.fetchval(self._reach, position.consumer, position.seq):
            raise Invalid(place=position.consumer, why="The position lies beyond the end of the feed.")

    async def _taken(self, connection: Connection, group: list[Transaction], pieces: list[Piece]) -> Sequence[Answer]:
        """The same for what takes the place of this process's older attributes."""
        now = time.time_ns() // 1000
        times = [now if one.received_at is None else one.received_at for one in group]
        feed = await self._feed(taken_parts(pieces, times, [one.judged for one in group]))
        try:
            appended = await connection.fetch(self._take, *columns_of(pieces, times), types_of(pieces), *feed)
        except asyncpg.NotNullViolationError as error:
            self._taker.forget(iri for piece in pieces for iri in piece.ids)
            raise Met from error
        seq, written = self._last_of(appended)
        self._taker.note(pieces, written)
        return [Committed(seq=seq, outcomes=[Outcome.UPDATED] * len(piece.ids)) for piece in pieces]

    async def _append_feed(self, connection: Connection, parts: list[Part]) -> tuple[int, str]:
        """One row for each part; the number of the last, and the transaction's as its rows have it ("": no row)."""
        if not parts:
            self._seq = int(await connection.fetchval(self._last))
            return self._seq, ""
        return self._last_of(await connection.fetch(self._append, *await self._feed(parts)))

    def _last_of(self, appended: Sequence[Any]) -> tuple[int, str]:
        """Of rows that were appended to the feed: the highest number, and the transaction's as rows have it."""
        self._seq = max(int(row["seq"]) for row in appended)
        return self._seq, appended[0]["written"]

    async def _feed(self, parts: list[Part]) -> list[list[Any]]:
        """Rows of the feed, column by column."""
        bodies = [one.encode(self._codes.code) for one in parts]
        if await self._codes.learn():
            bodies = [one.encode(self._codes.code) for one in parts]
        return [
            [one.at for one in parts],
            [int(one.judged) for one in parts],
            [one.changes for one in parts],
            [observations for _, observations in bodies],
            [body for body, _ in bodies],
        ]

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._taker.forget()
            self._connection = await self._links.writing()
            await self._connection.fetch(self._by_key)
        return self._connection

    async def _let_go(self) -> None:
        """Nothing of an unfinished transaction stays; the next group connects anew."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._taker.forget()
            with suppress(Exception):  # it may be gone already
                await connection.close(timeout=1)


def writes_of(transaction: Transaction) -> list[Write | Removal]:
    """All writes of a transaction, its block's first."""
    return [*(() if transaction.block is None else transaction.block.writes()), *transaction.writes]


def _is_without_room(error: Exception) -> bool:
    """Whether the feed has no partition for this transaction's number."""
    return isinstance(error, asyncpg.CheckViolationError) and "no partition" in str(error)
