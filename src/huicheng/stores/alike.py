"""What the stores of both engines do alike: they read the feed, and the history that lies as Parquet beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from huicheng.city import Entity, Instant, Observation
from huicheng.stores.driving import drive
from huicheng.stores.faces import Bucket, Course, HistoryQuery, Window
from huicheng.stores.feed.window import Wanted, read_window
from huicheng.stores.history.reading import HistoryReader
from huicheng.stores.reads import Reads
from huicheng.stores.sensing import Sensed, Sought
from huicheng.stores.sensing.answering import Answering
from huicheng.stores.sensing.idiom import Idiom
from huicheng.stores.sqlite.lock import DataLock
from huicheng.stores.threads import off_the_loop

R = TypeVar("R", bound=Reads)
T = TypeVar("T")


class AlikeStore(Generic[R]):
    """The part of a :class:`~huicheng.stores.Store` that asks its engine by named statements and snapshots only."""

    #: How its engine speaks of SensorThings.
    idiom: ClassVar[Idiom]

    def __init__(self, data: Path, readers: R, lock: DataLock | None) -> None:
        self.data = data
        #: Reading transactions, for this room's own use.
        self.readers = readers
        #: History, for this room's compaction.
        self.past = HistoryReader(data, readers)
        self._lock = lock

    @property
    def is_writer(self) -> bool:
        """Whether this process holds the data directory; on PostgreSQL others write to the database all the same."""
        return self._lock is not None

    def known_type(self, id: str) -> str | None:
        """See :meth:`Store.known_type`; the embedded one's writer remembers."""
        del id
        return None

    def covers(self, entity: Entity) -> bool:
        """See :meth:`Store.covers`; the embedded one reads as fast as it remembers."""
        del entity
        return False

    async def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Mapping[str, Any]]:
        """See :meth:`Store.rows`; each engine's own."""
        raise NotImplementedError

    async def window(
        self,
        after: int,
        limit: int = 200_000,
        *,
        changes_of: Collection[str] | None = None,
        observations: bool = True,
    ) -> Window:
        """See :meth:`Store.window`."""
        types = None if changes_of is None else frozenset(changes_of)
        return await off_the_loop(self._window, after, limit, Wanted(types=types, observations=observations))

    def _window(self, after: int, limit: int, wanted: Wanted) -> Window:
        with self.readers.snapshot() as snapshot:
            return read_window(self.readers, snapshot, after, limit, wanted)

    async def head(self) -> int:
        """See :meth:`Store.head`: on PostgreSQL below every transaction that is still going on."""
        [row] = await self.rows("feed.head")
        return int(row["seq"])

    async def position(self, consumer: str) -> int:
        """See :meth:`Store.position`."""
        found = await self.rows("feed.position", (consumer,))
        return int(found[0]["seq"]) if found else 0

    async def history(self, query: HistoryQuery) -> list[Observation]:
        """See :meth:`Store.history`."""
        return await self._of_history(query, self.past.observations)

    async def aggregate(self, query: HistoryQuery, period: Instant, offset: Instant = 0) -> list[Bucket]:
        """See :meth:`Store.aggregate`."""
        return await self._of_history(query, self.past.buckets, period, offset)

    async def course(self, query: HistoryQuery, period: Instant, offset: Instant = 0) -> Course:
        """See :meth:`Store.course`."""
        return await self._of_history(query, self.past.course, period, offset)

    async def _of_history(self, query: HistoryQuery, read: Callable[..., T], *more: Any) -> T:
        """What a method of its reader answers."""
        return await off_the_loop(read, query, *more)

    async def sense(self, sought: Sought) -> Sensed:
        """See :meth:`huicheng.stores.Store.sense`."""
        return await off_the_loop(self._sense, sought)

    def _sense(self, sought: Sought) -> Sensed:
        with self.readers.snapshot() as snapshot:
            return drive(Answering(self.idiom, self.readers, self.past, snapshot, sought).answer(sought))

    def _let_go(self) -> None:
        """Of history and the data directory, once the engine has let go of the rest."""
        self.past.engine.close()
        if self._lock is not None:
            self._lock.release()
