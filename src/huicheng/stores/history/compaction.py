"""Compaction: what has gathered in the feed becomes Parquet, small files become large ones.

Each step first writes files, then commits the list that names them together with what they replace;
a crash between the two leaves files that nobody lists, which are removed later. Nothing is deleted
from the feed before it is both in a file and behind every consumer.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

import msgspec
import numpy as np

from huicheng.stores.faces import Rows, Transaction
from huicheng.stores.history.edits import Over
from huicheng.stores.history.engine import Engine
from huicheng.stores.history.files import Written, lake_lock, periods, remove_orphans, write_file
from huicheng.stores.history.reading import HistoryFile
from huicheng.stores.history.selection import Source
from huicheng.stores.history.tail import Tail, no_tail, read_tail
from huicheng.stores.opened import OpenedStore
from huicheng.stores.threads import off_the_loop

_SECOND = 1_000_000


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """When to compact, and how large files grow. Times in seconds."""

    #: Observations in the feed that are worth a file ...
    least: int = 200_000
    #: ... or the age of the oldest, whatever their number.
    age: float = 3600.0
    #: Observations taken at once; bounds memory to some 200 MB.
    batch: int = 2_000_000
    #: Observations of a full file.
    file: int = 4_000_000
    #: So many files of like size are merged into one.
    fan: int = 4
    #: How long a merged file stays for readers that began before.
    grace: float = 600.0
    #: How long a commit stays in the feed after it is in a file, for consumers that have not registered yet.
    keep: float = 3600.0


class Compacted(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has done."""

    #: Observations that went from the feed into files.
    observations: int = 0
    added: int = 0
    merged: int = 0
    removed: int = 0


async def compact(store: OpenedStore, sizes: Sizes | None = None) -> Compacted:
    """Compact what is due; at once when nothing is, or when another process is at it."""
    run = _Run(store, sizes or Sizes())
    with lake_lock(store.past.lake) as ours:
        if not ours:
            return Compacted()
        try:
            return await run.all()
        finally:
            run.engine.close()  # gives back what sorting took


class _Run:
    def __init__(self, store: OpenedStore, sizes: Sizes) -> None:
        self.store = store
        self.sizes = sizes
        self.engine = Engine(store.past.lake)

    async def all(self) -> Compacted:
        observations = added = merged = 0
        while await self._is_due():
            tail, upto = await off_the_loop(self._take)
            files = await off_the_loop(self._write_tail, tail)
            await self._commit(files, (), upto)
            observations, added = observations + len(tail), added + len(files)
        while group := self._to_merge(await off_the_loop(self._files)):
            await self._commit([await off_the_loop(self._write_merged, group)], group, None)
            merged += len(group)
        return Compacted(observations=observations, added=added, merged=merged, removed=await self._tidy())

    # -- the feed

    async def _is_due(self) -> bool:
        [waiting] = await self.store.rows("history.tail")
        if not waiting["commits"]:
            return False
        return bool(waiting["observations"] >= self.sizes.least or waiting["since"] < _ago(self.sizes.age))

    def _take(self) -> tuple[Tail, int]:
        """The oldest commits that are in no file, and the last of them."""
        with self.store.readers.snapshot() as snapshot:
            [(compacted, _)] = snapshot.rows("history.compacted")
            return read_tail(snapshot.rows("feed.after", compacted), self.sizes.batch)

    def _write_tail(self, tail: Tail) -> list[Written]:
        times = np.concatenate([tail.numbers["observed_at"], tail.others["observed_at"]])
        written = []
        for period in periods(times, self.sizes.file):
            source = Source(
                files=(), tail=tail, overlapping=True, start=period.start, end=period.end, over=self._losses()
            )
            written.append(write_file(self.engine, self.store.past.lake, source, period.name))
        return written

    # -- merging

    def _files(self) -> list[HistoryFile]:
        with self.store.readers.snapshot() as snapshot:
            return self.store.past.files(snapshot)

    def _to_merge(self, files: Iterable[HistoryFile]) -> list[HistoryFile]:
        """Files of one period and of like size, neighbours in time; empty when nothing is worth it."""
        alike: dict[tuple[str, int], list[HistoryFile]] = defaultdict(list)
        for file in files:
            if file.observations <= self.sizes.file // self.sizes.fan:
                tier = int(np.log(max(file.observations, 1)) / np.log(self.sizes.fan))
                alike[file.period, tier].append(file)
        for group in alike.values():
            if len(group) >= self.sizes.fan:
                return group[: self.sizes.fan]
        return []

    def _write_merged(self, group: list[HistoryFile]) -> Written:
        lake = self.store.past.lake
        source = Source(
            files=[str(lake / file.path) for file in group], tail=no_tail(), overlapping=True, over=self._losses()
        )
        return write_file(self.engine, lake, source, group[0].period)

    def _losses(self) -> Over | None:
        """What is gone as a whole until now: it goes into no file any more."""
        with self.store.readers.snapshot() as snapshot:
            return self.store.past.losses(snapshot, None)

    # -- the list

    async def _commit(self, added: Iterable[Written], retired: Iterable[HistoryFile], upto: int | None) -> None:
        now = _ago(0)
        rows = [
            Rows(statement="history.add_file", parameters=[msgspec.structs.astuple(file) for file in added]),
            Rows(statement="history.retire_file", parameters=[(file.path, now) for file in retired]),
        ]
        if upto is not None:
            rows.append(Rows(statement="history.advance", parameters=[(upto, now)]))
        await self.store.commit(Transaction(rows=rows))

    async def _tidy(self) -> int:
        """Let go of feed rows and files that nobody needs any more; how many files."""
        old = await self.store.rows("history.retired", (_ago(self.sizes.grace),))
        gone = [str(row["path"]) for row in old]
        await self.store.commit(
            Transaction(
                rows=[
                    Rows(statement="history.forget_feed", parameters=[(_ago(self.sizes.keep),)]),
                    Rows(statement="history.forget_file", parameters=[(path,) for path in gone]),
                ]
            )
        )
        for path in gone:
            (self.store.past.lake / path).unlink(missing_ok=True)
        listed = {str(row["path"]) for row in await self.store.rows("history.all_files")}
        # A commit whose answer was lost may still come: what is young may yet be listed.
        return len(gone) + remove_orphans(self.store.past.lake, listed, time.time() - 3600)


def _ago(seconds: float) -> int:
    return time.time_ns() // 1000 - int(seconds * _SECOND)
