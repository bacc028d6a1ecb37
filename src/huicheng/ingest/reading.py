"""One reading of one file: where it stands, what it counts, where its rejects go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from huicheng.ingest.formats import open_table
from huicheng.ingest.mapping import Mapping
from huicheng.ingest.progress import Key, Progress, advance
from huicheng.ingest.rejects import Reject, RejectFile
from huicheng.ingest.rows import Row, Table
from huicheng.ingest.sifting import Taken
from huicheng.stores import Rows


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file, earlier parts of the same reading included."""

    file: Path
    progress: Progress
    #: Rows that an earlier, interrupted run had stored.
    resumed_at: int = 0
    #: The whole file had been read before; nothing was read now.
    known: bool = False
    #: Mapped columns that the file lacks.
    lacking: tuple[str, ...] = ()
    #: Where rejected rows are listed; ``None`` when there are none.
    rejects: Path | None = None


class Reading:
    """A file being read. Steps are taken in memory and become durable with the rows' transaction."""

    def __init__(self, path: Path, mapping: Mapping, key: Key, progress: Progress, folder: Path) -> None:
        self.path = path
        self.key = key
        self.progress = progress
        self.resumed_at = 0 if progress.finished else progress.rows
        self.known = progress.finished
        #: Rows found in the file so far.
        self.total = progress.rows
        self.lacking: tuple[str, ...] = ()
        self._mapping = mapping
        self._rejects = RejectFile(folder, path.name, key.source, size=progress.reject_bytes)
        self._table: Table | None = None

    def open(self, encoding: str | None = None) -> None:
        """Open the file and check its columns; raises ``Invalid``."""
        self._table = table = open_table(self.path, encoding, self._mapping.member)
        if table.columns is None:
            return
        try:
            self.lacking = self._mapping.check_columns(table.columns, str(self.path))
        except BaseException:
            table.close()
            raise

    def rows(self, skip: int = 0) -> Iterator[Row]:
        """The rows of the opened file after the first ``skip``."""
        if self._table is None:
            return
        self.total = skip
        made = self._mapping.made
        for row in self._table.rows(made.delivered, skip):
            self.total += 1
            yield row if row.flawed else row._replace(cells=made.complete(row.cells))

    @property
    def fraction(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return 1.0 if self._table is None else self._table.fraction

    def step(self, taken: Iterable[Taken], *, finished: bool = False) -> Rows:
        """Count these rows, write their rejects, and give the statement that says so."""
        fates: Counter[str] = Counter()
        rejects: list[Reject] = []
        observations = 0
        for one in taken:
            fates[one.fate] += 1
            rejects.extend(one.rejects)
            observations += len(one.entity.attributes) if one.entity else 0
        before = self.progress
        counted = Progress(
            rows=fates.total(),
            **fates,
            observations=observations,
            reject_bytes=self._rejects.write(rejects),
            finished=finished,
        )
        self.progress = before.plus(counted)
        return advance(self.key, before, self.progress)

    def summary(self) -> Summary:
        """What came of it so far."""
        return Summary(
            file=self.path,
            progress=self.progress,
            resumed_at=self.resumed_at,
            known=self.known,
            lacking=self.lacking,
            rejects=self._rejects.path if self.progress.reject_bytes else None,
        )

    def close(self) -> None:
        """Let go of the file."""
        if self._table is not None:
            self._table.close()
