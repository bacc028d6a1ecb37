"""Files as if their rows arrived now: in order of event time, judged, under the case clock."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from huicheng.city import Instant, micros
from huicheng.ingest.batches import batched
from huicheng.ingest.following import Following
from huicheng.ingest.job import BATCH, Job, Tick
from huicheng.ingest.mapping import Mapping
from huicheng.ingest.order import NO_TIME, Timed, in_time
from huicheng.ingest.reading import Reading, Summary
from huicheng.ingest.replay import Pace, Replay
from huicheng.ingest.rows import Row
from huicheng.ingest.sifting import Sourced, Taken
from huicheng.stores import Transaction, Write

#: How many commits rows may be ahead of the slowest consumer.
_AHEAD = 5 * BATCH


class _Arriving(NamedTuple):
    """One row of one of the files, at its time."""

    at: Instant
    file: int
    row: Row


async def ingest_live(
    job: Job,
    paths: Sequence[Path],
    *,
    speed: float | None = None,
    consumers: Sequence[str] = (),
    running: bool = True,
) -> list[Summary]:
    """Let the rows of all files arrive in order of event time, each received at its own time.

    ``speed`` is seconds of event time in a second; ``None`` is as fast as it goes, yet never far
    ahead of ``consumers`` (names of those that judge the feed), unless they are not ``running``.
    Raises ``Invalid`` for a file that cannot be read, before any row of it is stored, and
    ``CasesUnderWallClock``.
    """
    readings = [await job.reading(path, "live") for path in paths]
    with ExitStack() as stack:
        for reading in readings:
            stack.callback(reading.close)
        following = Following(job.store, consumers, running=running)
        await following.announce()
        arrival = _Arrival(job, readings, speed, following)
        await arrival.run(_merged(readings, job.mapping))
    return [reading.summary() for reading in readings]


def _merged(readings: Sequence[Reading], mapping: Mapping) -> Iterator[_Arriving]:
    """The rows of all files that have not been stored, in order of time."""
    streams = [_arriving(number, reading, mapping) for number, reading in enumerate(readings) if not reading.known]
    return heapq.merge(*streams, key=attrgetter("at", "file"))


def _arriving(number: int, reading: Reading, mapping: Mapping) -> Iterator[_Arriving]:
    def time_of(row: Row) -> Instant:
        moment = None if row.flawed else mapping.moment_or_none(row.cells)
        return NO_TIME if moment is None else micros(moment)

    timed: Iterator[Timed] = in_time(reading.rows(), time_of)
    for one in islice(timed, reading.progress.rows, None):
        yield _Arriving(one.at, number, one.row)


class _Arrival:
    """The rows on their way into the store."""

    def __init__(self, job: Job, readings: Sequence[Reading], speed: float | None, following: Following) -> None:
        self._job, self._readings, self._following = job, readings, following
        self._sifter = job.sifter()
        self._speed, self._pace = speed, Pace(speed)
        self._replay: Replay | None = None
        self._last = NO_TIME
        self._seq = 0

    async def run(self, rows: Iterator[_Arriving]) -> None:
        """Store all of them, and wait until they have been judged."""
        for batch in batched(rows, BATCH):
            taken = await self._sifter.sift([Sourced(one.file, one.row) for one in batch])
            await self._arrive(batch, taken)
            self._tell()
            await self._following.until(self._seq - _AHEAD)
        await self._end()
        await self._following.until(self._seq)

    async def _arrive(self, batch: list[_Arriving], taken: list[Taken]) -> None:
        """Commit rows of one time together, each time when it has come."""
        due: list[Transaction] = []
        for at, members in groupby(zip(batch, taken, strict=True), key=lambda pair: pair[0].at):
            if at != NO_TIME:
                due = await self._wait(at, due)
            due.append(self._transaction(at, [one for _, one in members]))
        await self._commit(due)

    async def _wait(self, at: Instant, due: list[Transaction]) -> list[Transaction]:
        """Wait for an event time; what was due before it goes into the store first."""
        if self._replay is None:
            self._replay = await Replay.begin(self._job.store, at, self._speed)
        delay = self._pace.delay(at)
        if delay > 0:
            await self._commit(due)
            await asyncio.sleep(delay)
            due = []
        self._last = at
        return due

    def _transaction(self, at: Instant, taken: list[Taken]) -> Transaction:
        writes = [Write(entity=one.entity, newest=True) for one in taken if one.entity is not None]
        by_file = {one.file for one in taken}
        steps = [self._readings[file].step(one for one in taken if one.file == file) for file in sorted(by_file)]
        return Transaction(writes=list(writes), rows=steps, received_at=None if at == NO_TIME else at)

    async def _commit(self, due: list[Transaction]) -> None:
        """All that is due, the clock first. One flush of the disk serves many."""
        if not due:
            return
        clock = self._replay.set_to(self._last) if self._replay else []
        due = [Transaction(rows=clock), *due] if clock else due
        committed = await asyncio.gather(*(self._job.commit(one) for one in due))
        self._seq = max(self._seq, *(one.seq for one in committed))

    async def _end(self) -> None:
        rows = [reading.step((), finished=True) for reading in self._readings if not reading.known]
        clock = self._replay.end(self._last) if self._replay else []
        if rows or clock:
            await self._job.commit(Transaction(rows=rows + clock))

    def _tell(self) -> None:
        rows = sum(one.progress.rows for one in self._readings)
        rejected = sum(one.progress.rejected for one in self._readings)
        share = sum(one.progress.rows / one.total if one.total else 1.0 for one in self._readings)
        self._job.watch(Tick(rows, rejected, share / len(self._readings)))
