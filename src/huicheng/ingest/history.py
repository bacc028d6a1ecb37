"""Files into history: stored and counted, judged by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huicheng.ingest.batches import batched
from huicheng.ingest.job import BATCH, Job, Tick
from huicheng.ingest.reading import Reading, Summary
from huicheng.ingest.sifting import Sourced, Taken
from huicheng.stores import Transaction, Write


async def ingest_history(job: Job, paths: Sequence[Path]) -> list[Summary]:
    """Store the rows of the files, file by file. Raises ``Invalid`` for a file that cannot be read (on).

    What was stored before the fault stays, and the next run goes on after it.
    """
    done: list[Summary] = []
    for number, path in enumerate(paths):
        reading = await job.reading(path, "history")
        try:
            if not reading.known:
                await _store(job, reading, done, number / len(paths), 1 / len(paths))
        finally:
            reading.close()
        done.append(reading.summary())
    return done


async def _store(job: Job, reading: Reading, done: list[Summary], begun: float, share: float) -> None:
    sifter = job.sifter()
    before = sum(one.progress.rows for one in done)
    for rows in batched(reading.rows(reading.progress.rows), BATCH):
        await _commit(job, reading, await sifter.sift([Sourced(0, row) for row in rows]))
        rejected = reading.progress.rejected + sum(one.progress.rejected for one in done)
        job.watch(Tick(before + reading.progress.rows, rejected, begun + share * reading.fraction))
    await job.commit(Transaction(rows=[reading.step((), finished=True)], judged=False))


async def _commit(job: Job, reading: Reading, taken: list[Taken]) -> None:
    writes = [Write(entity=one.entity, newest=True) for one in taken if one.entity is not None]
    await job.commit(Transaction(writes=list(writes), rows=[reading.step(taken)], judged=False))
