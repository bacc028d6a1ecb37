"""What every ingest of files needs: the source, the store, the data directory, somebody watching."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from huicheng.errors import Invalid, Unavailable
from huicheng.ingest.acceptance import Ingest
from huicheng.ingest.known import Known
from huicheng.ingest.mapping import Mapping
from huicheng.ingest.progress import Progress, Way, forget, key_of, read_progress
from huicheng.ingest.reading import Reading
from huicheng.ingest.rows import check_file
from huicheng.ingest.sifting import Sifter
from huicheng.packs import Source
from huicheng.stores import Committed, Store, Transaction

#: Rows in one transaction of a history import, and looked at together in a live one.
BATCH = 2_000

_ELSEWHERE = "ingest_progress.rows"


class Tick(NamedTuple):
    """How far an ingest has come, told after each batch."""

    rows: int
    rejected: int
    #: Of all files, 0 to 1.
    fraction: float


def _unwatched(_tick: Tick) -> None:
    """Nobody looks at the progress."""


class Job:
    """One call of ``huicheng ingest``: a source, and what is done with every file of it."""

    def __init__(  # noqa: PLR0913 - the options of one command
        self,
        ingest: Ingest,
        name: str,
        source: Source,
        data: Path,
        *,
        encoding: str | None = None,
        again: bool = False,
        watch: Callable[[Tick], None] = _unwatched,
    ) -> None:
        entity_type = ingest.sieve.types.get(source.entity_type)
        if entity_type is None:
            raise Invalid(
                place=name, why="The source's entity type “%(type)s” is not declared.", type=source.entity_type
            )
        self.ingest = ingest
        self.mapping = Mapping(source, entity_type)
        self.watch = watch
        #: ``pack/source``; where rejects go; how files are encoded, where somebody has said so.
        self.name, self.rejects, self.encoding = name, data / "rejects", encoding
        self._source, self._type = source, entity_type
        self._again = again

    @property
    def store(self) -> Store:
        """Where rows go."""
        return self.ingest.store

    async def commit(self, transaction: Transaction) -> Committed:
        """Store rows together with how far their files have been read."""
        try:
            return await self.store.commit(transaction)
        except Invalid as fault:
            # The statement that notes the progress refuses a file that stands elsewhere (ingest.advance).
            if _ELSEWHERE not in str(fault):
                raise
            raise Unavailable(
                place=self.name,
                why="Another process reads this file at the same time.",
                mend="Wait until it has come to its end; the same command then goes on where it is.",
            ) from fault

    def sifter(self) -> Sifter:
        """Checks that remember what they have seen in this run."""
        return Sifter(self.ingest, self.mapping, Known(self.store, self._source.entity_type))

    async def reading(self, path: Path, way: Way) -> Reading:
        """The file where the last run left it; opened unless it has been read to its end."""
        check_file(path)
        key = key_of(path, self.name, self._source, self._type, way)
        progress = await read_progress(self.store, key)
        if self._again and progress.finished:
            await self.store.commit(Transaction(rows=[forget(key)]))
            progress = Progress()
        reading = Reading(path, self.mapping, key, progress, self.rejects)
        if not reading.known:
            reading.open(self.encoding)
        return reading
