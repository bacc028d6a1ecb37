"""The one writer: a thread that commits whatever has gathered, then answers everybody at once.

One BEGIN … COMMIT holds them all, so that sixty callers pay for one flush of the disk and for few
statements. When one of them fails, they begin again, each under a savepoint, so that it goes alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import apsw
import msgspec

from huicheng.city import Instant
from huicheng.errors import HuichengError, Invalid, Unavailable
from huicheng.stores.faces import Committed, Outcome, Transaction
from huicheng.stores.feed.body import Taken, Touched, encode_body, encode_taken
from huicheng.stores.replies import Reply, settle
from huicheng.stores.sqlite.apply import CHANGE_WHAT_IS_KEPT, Applier
from huicheng.stores.sqlite.database import meaning
from huicheng.stores.sqlite.statements import Statements
from huicheng.stores.sqlite.terms import Terms
from huicheng.stores.statements import family_of

#: A group ends at so many transactions or entity writes, so that nobody waits long for an answer.
_GROUP_TRANSACTIONS = 256
_GROUP_WRITES = 10_000

_Request = tuple[Transaction, Reply]
_Answer = Committed | HuichengError


class _Effect(msgspec.Struct, frozen=True):
    """What one transaction that went well did."""

    outcomes: list[Outcome]
    touched: list[Touched]
    #: What came before it.
    taken: Taken | None = None


#: Received at, judged, and of taken readings the units: what is alike in these stands in one row of the feed.
_Kind = tuple[Instant, bool, tuple[tuple[str, str | None], ...] | None]


class Writer:
    """Takes transactions from any thread; owns the connection from construction to close."""

    def __init__(self, connection: apsw.Connection, statements: Statements, data: Path) -> None:
        self._connection = connection
        self._statements = statements
        self._data = data
        self._append = statements.writing("feed.append")
        self._advance = statements.writing("feed.advance")
        self._applier = Applier(connection, statements)
        self._terms = Terms(connection, statements)
        self._seq = 0
        self._remember()
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        #: Family of statements → how often one has been committed.
        self._changes: Counter[str] = Counter()
        self._closed = False
        self._thread = Thread(target=self._run, name="huicheng-writer", daemon=True)
        self._thread.start()

    def submit(self, transaction: Transaction, reply: Reply) -> None:
        """Queue a transaction; the reply is settled after its commit has reached the disk."""
        if self._closed:
            raise Unavailable(place=str(self._data), why="The store is closed.", mend="Start the server again.")
        self._requests.put((transaction, reply))

    def changes_of(self, family: str) -> int:
        """See :meth:`Store.changes_of`: nobody else writes."""
        return self._changes[family]

    def known_type(self, id: str) -> str | None:
        """See :meth:`Store.known_type`."""
        return self._applier.known_type(id)

    def close(self) -> None:
        """Commit what is queued, then end the thread and close the connection."""
        self._closed = True
        self._requests.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._gather()
            if group:
                settle(zip((reply for _, reply in group), self._answers([t for t, _ in group]), strict=True))

    def _gather(self) -> tuple[list[_Request], bool]:
        """Wait for one request, then take what has queued up; False when the store closes."""
        request = self._requests.get()
        group: list[_Request] = []
        writes = 0
        while request is not None:
            group.append(request)
            writes += len(request[0].writes) + len(request[0].block or ())
            if len(group) >= _GROUP_TRANSACTIONS or writes >= _GROUP_WRITES:
                return group, True
            try:
                request = self._requests.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _answers(self, group: list[Transaction]) -> list[_Answer]:
        """Commit a group. What hits one transaction fails it alone; what hits the disk, all."""
        now = time.time_ns() // 1000
        try:
            if not self._certain:
                self._remember()
            effects = self._effects(group, now)
            self._append_feed(group, effects, now)
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, callers get it and the thread goes on
            self._roll_back()
            return [meaning(error, self._data)] * len(group)
        finally:  # also when it is not certain that nothing was written
            self._changes.update(family_of(rows.statement) for transaction in group for rows in transaction.rows)
        return [self._answer(effect) for effect in effects]

    def _answer(self, effect: _Effect | HuichengError) -> _Answer:
        if isinstance(effect, HuichengError):
            return effect
        return Committed(seq=self._seq, outcomes=effect.outcomes)

    def _effects(self, group: list[Transaction], now: Instant) -> list[_Effect | HuichengError]:
        """Begin, and run the group: together, or one by one after a fault."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            return self._together(group, now)
        except Exception as error:
            if not self._connection.in_transaction or isinstance(error, _HITS_ALL):
                raise
        self._connection.execute("ROLLBACK")
        self._applier.forget()
        self._connection.execute("BEGIN IMMEDIATE")
        return [self._isolated(transaction, now) for transaction in group]

    def _together(self, group: list[Transaction], now: Instant) -> list[_Effect | HuichengError]:
        """What nearly always goes well: documents are read and written in one statement for all."""
        if len(group) > 1:
            self._applier.foresee([write for transaction in group for write in transaction.writes])
        effects: list[_Effect | HuichengError] = [self._effect(transaction, now) for transaction in group]
        self._applier.flush()
        return effects

    def _isolated(self, transaction: Transaction, now: Instant) -> _Effect | HuichengError:
        """Run one transaction under a savepoint."""
        self._connection.execute("SAVEPOINT one")
        try:
            effect = self._effect(transaction, now)
            self._applier.flush()
        except Exception as error:
            if not self._connection.in_transaction or isinstance(error, _HITS_ALL):
                raise
            self._connection.execute("ROLLBACK TO one")
            self._applier.forget()
            return meaning(error, self._data)
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE one")
        return effect

    def _effect(self, transaction: Transaction, now: Instant) -> _Effect:
        at = now if transaction.received_at is None else transaction.received_at
        effect = self._applied(transaction, at)
        if transaction.rows:
            self._applier.flush()  # statements see what the writes before them have done
        for rows in transaction.rows:
            self._connection.executemany(self._statements.writing(rows.statement), rows.parameters)
            if rows.statement in CHANGE_WHAT_IS_KEPT:
                self._applier.notice()
        if transaction.position is not None:
            position = transaction.position
            if position.seq > self._seq:
                raise Invalid(place=position.consumer, why="The position lies beyond the end of the feed.")
            self._connection.execute(self._advance, (position.consumer, position.seq))
        return effect

    def _applied(self, transaction: Transaction, at: Instant) -> _Effect:
        """State as the transaction wants it: its block first."""
        if transaction.block is None:
            return _Effect(*self._applier.apply(transaction.writes, at))
        outcomes, touched, taken = self._applier.apply_block(transaction.block, at)
        more_outcomes, more_touched = self._applier.apply(transaction.writes, at)
        return _Effect([*outcomes, *more_outcomes], [*touched, *more_touched], taken)

    def _append_feed(self, group: list[Transaction], effects: list[_Effect | HuichengError], now: Instant) -> None:
        """One row for all changes; more where they differ in time or judgement, and for readings taken as columns."""
        for (at, judged, units), parts in groupby(_changes(group, effects, now), key=itemgetter(0)):
            changes: list[Any] = list(chain.from_iterable(part for _, part in parts))
            body, observations = (encode_body if units is None else encode_taken)(changes, self._terms.code)
            count = len(changes) if units is None else sum(len(one.rows) for one in changes)
            self._append_row(at, judged, count, observations, body)

    def _append_row(self, at: Instant, judged: bool, changes: int, observations: int, body: bytes) -> None:  # noqa: FBT001 - a column
        self._connection.execute(self._append, (self._seq + 1, at, judged, changes, observations, body))
        self._seq += 1

    def _roll_back(self) -> None:
        """Nothing of the group stays on disk; what is remembered is read again before the next."""
        self._certain = False
        if self._connection.in_transaction:
            with suppress(apsw.Error):  # the disk may refuse even this; closing the file rolls back
                self._connection.execute("ROLLBACK")

    def _remember(self) -> None:
        self._applier.forget()
        self._terms.read()
        self._seq = self._connection.execute(self._statements.reading("feed.head")).get
        self._certain = True


def _changes(
    group: list[Transaction], effects: list[_Effect | HuichengError], now: Instant
) -> Iterator[tuple[_Kind, Sequence[Touched] | Sequence[Taken]]]:
    """What the group changed, in order."""
    for transaction, effect in zip(group, effects, strict=True):
        if isinstance(effect, HuichengError):
            continue
        at = now if transaction.received_at is None else transaction.received_at
        if effect.taken is not None:
            yield (at, transaction.judged, tuple(effect.taken.readings.units.items())), [effect.taken]
        if effect.touched:
            yield (at, transaction.judged, None), effect.touched


#: Errors of the disk: SQLite may have rolled everything back, and the next transaction meets them too.
_HITS_ALL = (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CorruptError, apsw.NoMemError)
