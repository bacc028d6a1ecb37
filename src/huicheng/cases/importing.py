"""Cases from files: rows of another system become cases, opened and closed at their own times (W4.1, G4).

Bringing a file in again, also after an interruption, files nothing twice: the sender's number is the case's
``client_key``. A case that was open then and is closed in a later file is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from django.db import transaction

from huicheng.cases.engine import PLATFORM, Filing, open_case, take_over
from huicheng.cases.errors import FormInvalid
from huicheng.cases.forms import About, clean
from huicheng.cases.imported import Imported, RowReader, Unusable
from huicheng.cases.kinds import category_of, kind_of
from huicheng.cases.models import Case, Source
from huicheng.errors import Invalid
from huicheng.ingest import Reject, RejectFile, Row, Tick, batched, open_table
from huicheng.packs import CaseImport
from huicheng.platform import current

#: Rows in one transaction: few, because whoever reports something waits for it.
_BATCH = 20


class Counts(msgspec.Struct, kw_only=True):
    """What came of the rows of one file: ``rows`` = ``opened`` + ``known`` + ``rejects``."""

    rows: int = 0
    opened: int = 0
    #: Brought in before.
    known: int = 0
    rejects: int = 0
    #: Of all that are closed now, by this run.
    closed: int = 0
    #: Opened without a position.
    unplaced: int = 0


class CaseFile:
    """One file and its declaration."""

    def __init__(self, path: Path, source: str, encoding: str | None = None) -> None:
        """``source`` is ``pack/import``; ``Invalid`` when there is none, or when the file lacks a column."""
        self.path = path
        self.source = source
        self.counts = Counts()
        self.pack, self._declared = _declared(source)
        self._reader = RowReader(self._declared)
        self._rejects = RejectFile(current().data / "rejects", path.name, source)
        self._table = open_table(path, encoding)
        lacking = [name for name in self._reader.columns if name not in (self._table.columns or self._reader.columns)]
        if lacking:
            self._table.close()
            raise Invalid(place=str(path), why="The file has no column %(columns)s.", columns=", ".join(lacking))

    @property
    def rejected(self) -> Path | None:
        """Where rejected rows are listed; ``None`` when there are none."""
        return self._rejects.path if self.counts.rejects else None

    def bring_in(self, watch: Callable[[Tick], None] = lambda _: None) -> Counts:
        """Every row of it; what one transaction has brought in stays whatever happens to the next."""
        try:
            for batch in batched(self._table.rows(self._reader.columns), _BATCH):
                self._batch(batch)
                watch(Tick(self.counts.rows, self.counts.rejects, self._table.fraction))
        finally:
            self._table.close()
        return self.counts

    def _batch(self, rows: Sequence[Row]) -> None:
        rejects: list[Reject] = []
        read = [one for one in (self._read(row, rejects) for row in rows) if one is not None]
        with transaction.atomic():
            keys = [self._client_key(one) for one in read]
            filed = {case.client_key: case for case in Case.objects.select_for_update().filter(client_key__in=keys)}
            for one in read:
                self._keep(one, filed, rejects)
        self.counts.rows += len(rows)
        self.counts.rejects += len({one.line for one in rejects})
        self._rejects.write(rejects)

    def _read(self, row: Row, rejects: list[Reject]) -> Imported | None:
        try:
            one = self._reader.read(row)
            category_of(f"{self.pack}/{self._declared.kind}", one.category)
        except Unusable as error:
            rejects.append(error.at(row.line))
            return None
        return one

    def _keep(self, one: Imported, filed: dict[str | None, Case], rejects: list[Reject]) -> None:
        """Open it if it is new, close it if it is to be; all of the row or nothing."""
        case = filed.get(self._client_key(one))
        try:
            with transaction.atomic():
                kept = case or open_case(self._filing(one), PLATFORM)
                closing = one.closed is not None and kept.closed_at is None
                if closing:
                    take_over(kept, self._declared.closes, one.closed or 0, one.closing, self._facts(one))
        except FormInvalid as error:
            rejects.append(Reject(line=one.line, column="", value=one.key, reason=str(error), remedy=""))
            return
        filed[kept.client_key] = kept
        self.counts.closed += closing
        self.counts.known += case is not None
        self.counts.opened += case is None
        self.counts.unplaced += case is None and one.place is None

    def _filing(self, one: Imported) -> Filing:
        kind = f"{self.pack}/{self._declared.kind}"
        fields = {**kind_of(kind).opening, **category_of(kind, one.category).questions}
        asked = {name: fields[name] for name in one.answers}
        return Filing(
            kind=kind,
            category=one.category,
            source=str(Source.FILE),
            title=one.title,
            description=one.description,
            address=one.address,
            place=one.place,
            opened_at=one.opened,
            marks=() if one.place else (self._declared.unplaced,),
            form={**clean(asked, one.answers, About(kind=kind, category=one.category)), **self._facts(one)},
            client_key=self._client_key(one),
        )

    def _client_key(self, one: Imported) -> str:
        return f"{self.source}:{one.key}"

    def _facts(self, one: Imported) -> dict[str, str | int]:
        """Where it came from, for the history."""
        return {"file": self.path.name, "line": one.line}


def _declared(source: str) -> tuple[str, CaseImport]:
    known = {f"{pack.id}/{key}": (pack.id, one) for pack in current().packs for key, one in pack.imports.items()}
    if source not in known:
        raise Invalid(
            place="--source",
            why="There is no import “%(source)s”; there are: %(known)s.",
            source=source,
            known=", ".join(sorted(known)),
        )
    return known[source]
