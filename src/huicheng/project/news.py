"""News of the two databases: whoever waits for something is woken when somebody has written.

Each consumer that looked for itself, ten times a second, took a hundredth of a core. Now one look at both databases'
change counters, which costs some microseconds, stands for all of them. It may come often, and has to: an order passes
from consumer to consumer until its device's answer is known, and waits for one look each time; what a consumer of this
process passes on is looked at at once. Most commits to the city change no entity: those who follow the feed sleep on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from huicheng.errors import HuichengError
from huicheng.stores import Store

_log = logging.getLogger(__name__)

#: Seconds between two looks: so late a consumer hears of a change, at most.
_EVERY = 0.025
#: Seconds between two rings for people where the city's pulse stands for theirs, too: nearly every commit that it tells
#: of is the city's alone, and three consumers asked forty times a second in vain. What rests longer rings at once.
_PEOPLE_EVERY = 0.1
#: Seconds until the next look when one has failed.
_LATER = 1.0

#: Names of what can be listened to: the city's database, of it the feed alone, and the one of people and cases.
CITY, FEED, PEOPLE = "city", "feed", "people"


class Bell:
    """Rings when one of some databases was written to, until it is hung up anew."""

    def __init__(self, databases: frozenset[str], look: Callable[[], None] = lambda: None) -> None:
        self.databases = databases
        self._look = look
        self._rung = asyncio.Event()

    def hang_up(self) -> None:
        """Forget what has rung. Do it before looking at the databases, so that nothing is missed."""
        self._rung.clear()

    def ring(self) -> None:
        """Wake who waits."""
        self._rung.set()

    def worked(self) -> None:
        """Who listens has just done something for which others wait."""
        self._look()

    async def heard(self, within: float) -> None:
        """Return when it rings, or after so many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._rung.wait()
        except TimeoutError:
            return


class News:
    """Rings bells. Work of this process is news as well as work of another: consumers follow each other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bells: list[Bell] = []
        #: Set while the next look is waited for.
        self._next: asyncio.Future[None] | None = None
        #: Somebody has worked since the last look began.
        self._worked = False
        #: What was there at the last look, and the seconds until the next.
        self._seen: dict[str, int] = {}
        self._due = _EVERY
        #: When it may ring for people again (of ``time.monotonic``).
        self._people_due = 0.0
        #: For the looks at people.db; ``None`` where the city's pulse tells of it.
        self._people: BaseDatabaseWrapper | None = None

    def bell(self, *databases: str) -> Bell:
        """A bell for some databases; for none it rings at the end only."""
        made = Bell(frozenset(databases), self._hurry)
        self._bells.append(made)
        return made

    async def begin(self) -> None:
        """Take the first look. What is written after it rings; what was there before, everyone sees by themselves."""
        self._people = await asyncio.to_thread(_apart)
        self._due = await self._look()

    async def watch(self, stopping: asyncio.Event) -> None:
        """Look and ring until ``stopping``; then ring every bell. Call :meth:`begin` before."""
        try:
            while not stopping.is_set():
                await self._pause(self._due)
                self._due = await self._look()
        finally:
            if self._people is not None:
                await asyncio.to_thread(self._people.close)
        self._ring(None)

    async def _pause(self, seconds: float) -> None:
        """Until the next look is due, or somebody has worked. A timeout's exception would cost more than the look."""
        loop = asyncio.get_running_loop()
        self._next = loop.create_future()
        timer = loop.call_later(0.0 if self._worked else seconds, self._wake)
        await self._next
        timer.cancel()

    def _hurry(self) -> None:
        self._worked = True
        self._wake()

    def _wake(self) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(None)

    async def _look(self) -> float:
        """Ring for what has changed since the last look; seconds until the next."""
        hurried, self._worked = self._worked, False
        try:
            if self._people is not None or hurried or time.monotonic() >= self._people_due:
                self._compare(PEOPLE, self._people_version())
            pulse = self._store.pulse()
            if self._seen.get(CITY) != pulse:
                head = await self._store.head()  # before the pulse is known: when this fails, both are looked at again
                self._compare(CITY, pulse)
                self._compare(FEED, head)
        except (HuichengError, DatabaseError):
            _log.exception("it cannot be seen whether there is news; next look in %.1f s", _LATER)
            return _LATER
        return _EVERY

    def _people_version(self) -> int:
        """One database holds both halves on PostgreSQL: the city's pulse is that of every commit there."""
        return self._store.pulse() if self._people is None else _version(self._people)

    def _compare(self, database: str, now: int) -> None:
        if self._seen.get(database) != now:
            self._seen[database] = now
            if database == PEOPLE:
                self._people_due = time.monotonic() + _PEOPLE_EVERY
            self._ring(database)

    def _ring(self, database: str | None) -> None:
        for bell in self._bells:
            if database is None or database in bell.databases:
                bell.ring()


def _apart() -> BaseDatabaseWrapper | None:
    """A connection of Django's own to people.db, for the loop that looks: no other thread's, and none's to close.

    ``None`` where people are no file.
    """
    if connections[DEFAULT_DB_ALIAS].vendor != "sqlite":
        return None
    made = connections.create_connection(DEFAULT_DB_ALIAS)
    made.inc_thread_sharing()
    made.ensure_connection()
    return made


def _version(people: BaseDatabaseWrapper) -> int:
    """Grows with the commits of all others. The look takes microseconds and no lock, so it needs no thread."""
    return int(people.connection.execute("PRAGMA data_version").fetchone()[0])
