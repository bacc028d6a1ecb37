"""``huicheng ingest --follow``: rows of files that grow, stored as they are added, until somebody says stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from huicheng.errors import Invalid, Unavailable
from huicheng.ingest.growing import Growing, Piece, Place
from huicheng.ingest.job import BATCH, Job, Tick
from huicheng.ingest.progress import Progress
from huicheng.ingest.reading import Summary
from huicheng.ingest.rejects import RejectFile
from huicheng.ingest.rows import Row
from huicheng.ingest.sifting import Sifter, Sourced, Taken
from huicheng.stores import Rows, Transaction, Write

#: Seconds between two looks at a file.
_EVERY = 0.5
_ELSEWHERE = "followed.path"


async def ingest_growing(job: Job, paths: Sequence[Path], stopping: asyncio.Event, *, judged: bool) -> list[Summary]:
    """Store what is added to the files until ``stopping``; ``judged``: the rules look at it. Raises ``Invalid``."""
    following = [await _Following.begin(job, path.absolute()) for path in paths]
    while not stopping.is_set():
        moved = [await one.step(judged=judged) for one in following]
        _tell(job, following)
        if not any(moved):
            await _wait(stopping)
    return [one.summary() for one in following]


async def _wait(stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_EVERY):
            await stopping.wait()
    except TimeoutError:
        return


def _tell(job: Job, following: Iterable[_Following]) -> None:
    rows = sum(one.progress.rows for one in following)
    job.watch(Tick(rows, sum(one.progress.rejected for one in following), 1.0))


class _Following:
    """One file that grows. Counts are of this run."""

    def __init__(self, job: Job, growing: Growing, sifter: Sifter, rejects: RejectFile, reject_bytes: int) -> None:
        self._job, self._growing, self._sifter, self._rejects = job, growing, sifter, rejects
        #: Where the store knows the reading to be.
        self._stored = growing.place
        self.progress = Progress(reject_bytes=reject_bytes)

    @classmethod
    async def begin(cls, job: Job, path: Path) -> _Following:
        """Where an earlier run left it."""
        found = await job.store.rows("ingest.followed", (str(path), job.name))
        row = dict(found[0]) if found else {}
        reject_bytes = row.pop("reject_bytes", 0)
        growing = Growing(path, Place(**row), job.encoding)
        rejects = RejectFile(job.rejects, path.name, job.name, size=reject_bytes)
        return cls(job, growing, job.sifter(), rejects, reject_bytes)

    async def step(self, *, judged: bool) -> bool:
        """Store what has been added; True when there was anything."""
        moved = False
        try:
            for piece in self._growing.pieces():
                await self._store(piece, judged=judged)
                moved = True
        except FileNotFoundError:  # between two files of a rotation
            return moved
        return moved

    async def _store(self, piece: Piece, *, judged: bool) -> None:
        """A piece in one transaction, together with how far it comes."""
        mapping = self._job.mapping
        if piece.table.columns is not None:
            mapping.check_columns(piece.table.columns, str(self._growing.path))
        shift = piece.before - (1 if piece.table.columns is not None else 0)
        rows = [_placed(row, shift) for row in piece.table.rows(mapping.made.delivered)]
        rows = [row if row.flawed else row._replace(cells=mapping.made.complete(row.cells)) for row in rows]
        taken: list[Taken] = []
        for first in range(0, len(rows), BATCH):
            taken += await self._sifter.sift([Sourced(0, row) for row in rows[first : first + BATCH]])
        writes = [Write(entity=one.entity, newest=True) for one in taken if one.entity is not None]
        counted = self._counted(taken)
        step = self._step(piece.after, counted.reject_bytes)
        await self._commit(Transaction(writes=list(writes), rows=[step], judged=judged))
        self._growing.place = self._stored = piece.after
        self.progress = self.progress.plus(counted)

    def _counted(self, taken: Sequence[Taken]) -> Progress:
        fates: Counter[str] = Counter(one.fate for one in taken)
        observations = sum(len(one.entity.attributes) for one in taken if one.entity)
        reject_bytes = self._rejects.write([reject for one in taken for reject in one.rejects])
        return Progress(
            rows=fates.total(), **fates, observations=observations, reject_bytes=reject_bytes, finished=False
        )

    def _step(self, after: Place, reject_bytes: int) -> Rows:
        before = self._stored
        place = (after.identity, after.head, after.head_bytes, after.bytes, after.lines, reject_bytes)
        path = str(self._growing.path)
        return Rows(
            statement="ingest.follow", parameters=[(path, self._job.name, *place, before.bytes, before.identity)]
        )

    async def _commit(self, transaction: Transaction) -> None:
        try:
            await self._job.store.commit(transaction)
        except Invalid as fault:
            if _ELSEWHERE not in str(fault):
                raise
            raise Unavailable(
                place=str(self._growing.path),
                why="Another process follows this file at the same time.",
                mend="Let one of them do it.",
            ) from fault

    def summary(self) -> Summary:
        """What came of it in this run."""
        path = self._rejects.path if self.progress.rejected else None
        return Summary(file=self._growing.path, progress=self.progress, rejects=path)


def _placed(row: Row, shift: int) -> Row:
    return row._replace(line=row.line + shift)
