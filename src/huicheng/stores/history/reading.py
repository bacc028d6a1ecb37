"""Reading history: what is asked for becomes a :class:`Source`, the answer Observations or Buckets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant, Observation
from huicheng.errors import Invalid
from huicheng.stores.faces import Bucket, Course, HistoryQuery
from huicheng.stores.feed.body import kind_name
from huicheng.stores.feed.names import Names, read_names
from huicheng.stores.history.edits import Edit, Edits, Over
from huicheng.stores.history.ends import Ends, Span
from huicheng.stores.history.engine import Engine
from huicheng.stores.history.extents import NOTHING, Extents, FileExtents, extents
from huicheng.stores.history.latest import Lately
from huicheng.stores.history.reaches import Reaches
from huicheng.stores.history.selection import Source, buckets, newest, observations, spans
from huicheng.stores.history.tail import Tail, Tails, with_more
from huicheng.stores.reads import Reads
from huicheng.stores.snapshots import Snapshot
from huicheng.stores.threads import NotBrief

LAKE = "lake"
_EVER = 1 << 62


class HistoryFile(msgspec.Struct, frozen=True, kw_only=True):
    """A Parquet file of the list."""

    path: str
    period: str
    t_min: Instant
    t_max: Instant
    observations: int


class HistoryReader:
    """Answers history queries; any thread may call."""

    def __init__(self, data: Path, reads: Reads) -> None:
        self.lake = data / LAKE
        self.engine = Engine(self.lake)
        self._reads = reads
        self._tails = Tails()
        self.extents = FileExtents(self.engine)
        self._tail_extents: tuple[Tail, Extents] | None = None
        #: Of what came, whatever was edited since.
        self.reaches = Reaches(self.extents, self._compacted)
        self.edits = Edits(self.raw)

    @property
    def read_until(self) -> int:
        """Up to where in the feed the tail is kept."""
        return self._tails.last

    def raw(self, query: HistoryQuery) -> list[Observation]:
        """The observations as they came, whatever was edited since."""
        with self._reads.snapshot() as snapshot:
            source = self._source(snapshot, query, None)
        return self._observations(query, source)

    def observations(self, query: HistoryQuery, moment: Snapshot | None = None) -> list[Observation]:
        """See :meth:`Store.history`. Here and below, ``moment`` is one of the store that outlives its reading."""
        _check(query)
        return self._observations(query, self.source(query, moment), moment)

    def _observations(self, query: HistoryQuery, source: Source, moment: Snapshot | None = None) -> list[Observation]:
        if source.is_empty:
            return []
        rows = self.engine.fetch(observations(source, query.last_n, query.first), source.parameters, source.tables)
        names, terms = self._names(rows["entity"], moment)
        times = rows["observed_at"] if query.last_n is None else -rows["observed_at"]
        ordered = _ordered(rows, names, terms, (times, rows["dataset"], rows["ordinal"]))
        found = _observations(ordered, names, terms)
        if source.over is not None:
            found = _edited(found, ordered, source.over)
        return list(islice(found, query.limit))

    def buckets(
        self, query: HistoryQuery, period: Instant, offset: Instant, moment: Snapshot | None = None
    ) -> list[Bucket]:
        """See :meth:`Store.aggregate`."""
        _check(query)
        if period <= 0:
            raise Invalid(place="period", why="A period is longer than nothing.")
        source = self.source(query, moment)
        if source.is_empty:
            return []
        if source.over is None:  # then nothing but numbers is looked at
            source = msgspec.structs.replace(source, tail=source.tail.of_numbers())
        rows = self.engine.fetch(buckets(source, period, offset), source.parameters, source.tables)
        names, terms = self._names(rows["entity"], moment)
        ordered = _ordered(rows, names, terms, (rows["start"],))
        return list(islice(_buckets(ordered, names, terms), query.limit))

    def course(self, query: HistoryQuery, period: Instant, offset: Instant, moment: Snapshot | None = None) -> Course:
        """See :meth:`Store.course`."""
        if period <= 0:
            raise Invalid(place="period", why="A period is longer than nothing.")
        source = self.source(query, moment)
        if source.is_empty:
            return _course({name: np.empty(0, dtype=np.int64) for name in _COURSE}, {}, [])
        rows = self.engine.fetch(newest(source, period, offset), source.parameters, source.tables)
        return _course(rows, *self._names(np.unique(rows["entity"]), moment))

    def source(self, query: HistoryQuery, moment: Snapshot | None = None) -> Source:
        """What a query has to read: files and tail of one moment, cut by time and names."""
        with self._at(moment) as snapshot:
            edits = self._edits(snapshot, query)
            if not edits:
                return self._source(snapshot, query, None)
            codes = self._codes(snapshot)
        over = self.edits.losses(edits, codes) if query.as_came else self.edits.over(edits, codes)
        with self._at(moment) as snapshot:
            return self._source(snapshot, query, over)

    def _source(self, snapshot: Snapshot, query: HistoryQuery, over: Over | None) -> Source:
        """Of what is read, with edits of it."""
        entities = self._entities(snapshot, query)
        start, end = _with_moments(
            -_EVER if query.start is None else query.start, _EVER if query.end is None else query.end, over
        )
        files = self.files(snapshot, start, end)
        attributes = self._reads.codes(snapshot, query.attributes) if query.attributes else None
        tail = self.tail(snapshot).within(start, end).of(entities, attributes)
        return Source(
            files=[str(self.lake / file.path) for file in files],
            tail=tail,
            overlapping=_overlapping(files, tail),
            entities=entities,
            over=over,
            attributes=attributes,
            dataset=next(iter(self._reads.codes(snapshot, (query.dataset_id,))), -2) if query.dataset_id else None,
            start=query.start,
            end=query.end,
        )

    @contextmanager
    def _at(self, moment: Snapshot | None) -> Iterator[Snapshot]:
        """That one, or a reading transaction."""
        if moment is not None:
            yield moment
            return
        with self._reads.snapshot() as snapshot:
            yield snapshot

    def source_of(
        self,
        snapshot: Snapshot,
        entities: Sequence[int],
        attributes: Sequence[int],
        start: Instant | None,
        end: Instant | None,
    ) -> Source:
        """What rows of the state and codes of attributes have, as the caller's snapshot sees it."""
        first, last = -_EVER if start is None else start, _EVER if end is None else end
        files = self.files(snapshot, first, last)
        tail = self.tail(snapshot).within(first, last).of(entities, attributes)
        return Source(
            files=[str(self.lake / file.path) for file in files],
            tail=tail,
            overlapping=_overlapping(files, tail),
            entities=entities,
            over=self.losses(snapshot, entities),
            attributes=tuple(attributes),
            start=start,
            end=end,
        )

    def ends(self, snapshot: Snapshot, source: Source) -> Ends:
        """The ends of what :meth:`source_of` told."""
        first = -_EVER if source.start is None else source.start
        last = _EVER if source.end is None else source.end
        files = [
            Span(path=str(self.lake / one.path), first=one.t_min, last=one.t_max, count=one.observations)
            for one in self.files(snapshot, first, last)
        ]
        return Ends(self.engine, files, source)

    def losses(self, snapshot: Snapshot, entities: Sequence[int] | None) -> Over | None:
        """What is gone as a whole of rows of the state (``None``: of all)."""
        edits = self.edits.listed(snapshot, entities)
        return self.edits.losses(edits, self._codes(snapshot)) if edits else None

    def _edits(self, snapshot: Snapshot, query: HistoryQuery) -> list[Edit]:
        """What was edited of that which is asked for."""
        if not self.edits.are_there(snapshot):
            return []
        return self.edits.listed(snapshot, self._entities(snapshot, query))

    def _codes(self, snapshot: Snapshot) -> dict[str, int]:
        return {text: code for code, text in enumerate(self._reads.terms(snapshot))}

    def files(self, snapshot: Snapshot, start: Instant = -_EVER, end: Instant = _EVER) -> list[HistoryFile]:
        """Files that may hold something of a stretch of time."""
        rows = snapshot.rows("history.files", start, end)
        return [
            HistoryFile(path=path, period=period, t_min=t_min, t_max=t_max, observations=n)
            for path, period, t_min, t_max, n in rows
        ]

    def tail(self, snapshot: Snapshot) -> Tail:
        """What is in no file yet."""
        [(compacted, _)] = snapshot.rows("history.compacted")
        [(head,)] = snapshot.rows("feed.head")
        return with_more(self._tails.read(snapshot, compacted, head), snapshot.unsettled())

    def extents_of(self, snapshot: Snapshot) -> list[Extents]:
        """Of each file and of the tail, as observations came."""
        tail = self.tail(snapshot)
        held = [self.extents.of(self.lake / file.path) for file in self.files(snapshot)]
        return [*held, self._extents_of_tail(tail)] if len(tail) else held

    def _compacted(self, snapshot: Snapshot) -> tuple[int, list[Path]]:
        """Up to where the feed is in the files, and these."""
        [(compacted, _)] = snapshot.rows("history.compacted")
        return compacted, [self.lake / file.path for file in self.files(snapshot)]

    def edited_extents(self, entities: Sequence[str], attributes: Sequence[str]) -> Extents:
        """Of all series of these, as they stand edited."""
        source = self.source(HistoryQuery(entities=entities, attributes=attributes))
        if source.is_empty:
            return NOTHING
        return extents(self.engine.fetch(spans(source), source.parameters, source.tables))

    def _extents_of_tail(self, tail: Tail) -> Extents:
        """The tail is kept until something comes; so is what was reckoned of it."""
        known = self._tail_extents
        if known is not None and known[0] is tail:
            return known[1]
        source = Source(files=(), tail=tail, overlapping=True)
        found = extents(self.engine.fetch(spans(source), source.parameters, source.tables))
        self._tail_extents = tail, found
        return found

    def lately(self, snapshot: Snapshot, *, brief: bool) -> Lately:
        """Who knows the newest moments of series; ``NotBrief`` when that takes long and must not."""
        [(compacted, _)] = snapshot.rows("history.compacted")
        [(head,)] = snapshot.rows("feed.head")
        if brief and not self._tails.is_near(head):
            raise NotBrief
        files = sorted(self.files(snapshot), key=lambda file: -file.t_max)
        pieces = self._tails.pieces(snapshot, compacted, head)
        spans = [(self.lake / file.path, file.t_max) for file in files]
        return Lately(files=spans, pieces=pieces, extents=self.extents, brief=brief)

    def _entities(self, snapshot: Snapshot, query: HistoryQuery) -> list[int] | None:
        if query.entities is not None:
            wanted = tuple(dict.fromkeys(query.entities))
            if not wanted:
                return []
            return [row[1] for row in snapshot.rows("state.find", wanted)]
        if query.type is not None:
            return [row for (row,) in snapshot.rows("history.of_type", query.type)]
        return None

    def _names(self, entities: NDArray[Any], moment: Snapshot | None) -> tuple[Names, list[str]]:
        with self._at(moment) as snapshot:
            names = read_names(snapshot, np.unique(entities.astype(np.int64)))
            return names, self._reads.terms(snapshot)


def _check(query: HistoryQuery) -> None:
    if query.last_n is not None and query.last_n < 1:
        raise Invalid(place="lastN", why="At least one observation must be asked for.")


def _overlapping(files: list[HistoryFile], tail: Tail) -> bool:
    """Whether two sources share a stretch of time; if not, each observation is there once."""
    spans = [(file.t_min, file.t_max) for file in files]
    if len(tail):
        if not tail.rises:
            return True  # commits of the tail may repeat each other
        times = tail.numbers["observed_at"]
        spans.append((int(times.min()), int(times.max())))
    return any(first[1] >= second[0] for first, second in pairwise(sorted(spans)))


def _observations(rows: dict[str, NDArray[Any]], names: Names, terms: list[str]) -> Iterator[Observation]:
    ordered = ("entity", "attribute", "dataset", "unit", "kind", "observed_at", "received_at", "number", "text")
    columns = [rows[name].tolist() for name in (*ordered, "ordinal")]
    for entity, attribute, dataset, unit, kind, observed_at, received_at, number, text, n in zip(*columns, strict=True):
        iri, type_ = names[entity]
        yield Observation(
            entity=iri,
            type=type_,
            attribute=terms[attribute],
            observed_at=observed_at,
            received_at=received_at * 1_000_000,
            value=number if text is None else msgspec.json.decode(text),
            kind=kind_name(kind),
            unit_code=_term(terms, unit),
            dataset_id=_term(terms, dataset),
            n=n - 1,
        )


def _edited(found: Iterator[Observation], rows: dict[str, NDArray[Any]], over: Over) -> Iterator[Observation]:
    """With what an edit says beside the value, under the identifier that each has always had."""
    for one, first, number in zip(found, rows["first_at"].tolist(), rows["edit"].tolist(), strict=True):
        held = over.instead[number] if number >= 0 else None
        if held is None:
            yield one
        else:
            yield msgspec.structs.replace(one, kind=held.type, unit_code=held.unit_code, first_at=first)


def _with_moments(start: Instant, end: Instant, over: Over | None) -> tuple[Instant, Instant]:
    """A stretch of time that also holds what an edit may have moved into it."""
    moments = None if over is None else over.moments
    return (start, end) if moments is None else (min(start, moments[0]), max(end, moments[1] + 1))


def _term(terms: list[str], code: int) -> str | None:
    return None if code < 0 else terms[code]


def _ordered(
    rows: dict[str, NDArray[Any]], names: Names, terms: list[str], then: Sequence[NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The rows by identifier, attribute name, and then as ``then`` says."""
    entity = _ranks(rows["entity"], lambda code: names[code][0])
    attribute = _ranks(rows["attribute"], terms.__getitem__)
    order = np.lexsort((*reversed(then), attribute, entity))
    return {name: column[order] for name, column in rows.items()}


def _ranks(codes: NDArray[Any], text: Callable[[int], str]) -> NDArray[np.int64]:
    """The place of each code in the alphabetical order of their texts."""
    distinct, inverse = np.unique(codes, return_inverse=True)
    texts = list(map(text, distinct.tolist()))
    rank = np.empty(len(texts), dtype=np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    ranks: NDArray[np.int64] = rank[inverse]
    return ranks


_COURSE = ("entity", "attribute", "start", "number", "text", "observed_at")


def _course(rows: dict[str, NDArray[Any]], names: Names, terms: list[str]) -> Course:
    entities, entity = np.unique(rows["entity"], return_inverse=True)
    attributes, attribute = np.unique(rows["attribute"], return_inverse=True)
    return Course(
        entities=[names[row][0] for row in entities.tolist()],
        attributes=[terms[code] for code in attributes.tolist()],
        entity=entity,
        attribute=attribute,
        start=rows["start"].astype(np.int64),
        number=rows["number"].astype(np.float64),
        text=rows["text"].astype(object),
        observed_at=rows["observed_at"].astype(np.int64),
    )


def _buckets(rows: dict[str, NDArray[Any]], names: Names, terms: list[str]) -> Iterator[Bucket]:
    columns = [rows[name].tolist() for name in ("entity", "attribute", "start", "count", "fsum", "min", "max")]
    for entity, attribute, start, n, total, least, most in zip(*columns, strict=True):
        yield Bucket(
            entity=names[entity][0],
            attribute=terms[attribute],
            start=start,
            n=n,
            avg=total / n,
            min=least,
            max=most,
            sum=total,
        )
