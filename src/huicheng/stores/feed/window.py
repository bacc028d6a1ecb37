"""Reading the feed: rows of ``feed`` become a :class:`Window`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from huicheng.stores.faces import Change, Columns, Outcome, Window
from huicheng.stores.feed.arrays import Ints, unpack_ints
from huicheng.stores.feed.body import OUTCOMES, Body, Observed, decode_body, observed
from huicheng.stores.feed.names import Name, Names
from huicheng.stores.reads import Reads
from huicheng.stores.snapshots import Snapshot


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group commit."""

    seq: int
    received_at: int
    judged: bool
    #: Changes or observations, whichever are more.
    size: int
    body: Body

    @property
    def terms(self) -> int:
        """How many terms one must know to read it."""
        series = chain.from_iterable(one[:3] for one in self.body.series)
        return 1 + max(chain(series, chain.from_iterable(self.body.shapes)), default=-1)


_UPDATED = OUTCOMES.index(Outcome.UPDATED)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader of the feed looks at; the rest is not even decoded."""

    #: Types of entities whose changes it wants; ``None``: all.
    types: frozenset[str] | None = None
    observations: bool = True


_EVERYTHING = Wanted()


def read_window(reads: Reads, snapshot: Snapshot, after: int, limit: int, wanted: Wanted = _EVERYTHING) -> Window:
    """Whole commits after a position, until about ``limit`` changes or observations are gathered."""
    mark = reads.names.mark()
    rows = list(until(limit, map(feed_row, snapshot.rows("feed.after", after))))
    return window_of(reads, snapshot, mark, after=after, rows=rows, wanted=wanted)


def window_of(  # noqa: PLR0913 - where names are from, what there is, and what is wanted of it
    reads: Reads, snapshot: Snapshot, mark: int, *, after: int, rows: list[FeedRow], wanted: Wanted
) -> Window:
    """The same of rows that follow a position; ``mark`` is that of ``reads.names`` from before the snapshot."""
    if not rows:
        return Window(seq=after, changes=[], observations=columns([], _NOBODY, []))
    reads.names.passed(after, rows[-1].seq, chain.from_iterable(map(_renamed, rows)))
    terms = reads.terms(snapshot, max(row.terms for row in rows))
    changed = np.unique(np.concatenate([unpack_ints(row.body.ids) for row in rows]))
    named = Named.of(reads, snapshot, changed, mark) if wanted.observations else _NOBODY
    return Window(
        seq=rows[-1].seq,
        changes=_changes(rows, _changed(reads, snapshot, changed, mark, wanted.types), terms),
        observations=columns(rows if wanted.observations else [], named, terms),
    )


def _changed(reads: Reads, snapshot: Snapshot, rows: Ints, mark: int, types: frozenset[str] | None) -> Names:
    """The names of those whose changes are wanted."""
    if types is not None:
        return reads.names.of_types(snapshot, rows, mark, types) if types else {}
    return dict(zip(rows.tolist(), reads.names.read(snapshot, rows, mark), strict=True))


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the state, ascending, and their names."""

    rows: Ints
    names: list[Name]

    @classmethod
    def of(cls, reads: Reads, snapshot: Snapshot, rows: Ints, mark: int) -> Named:
        """By what is remembered of them, or the store."""
        return cls(rows=rows, names=reads.names.read(snapshot, rows, mark))


_NOBODY = Named(rows=np.empty(0, dtype=np.int64), names=[])


def _renamed(row: FeedRow) -> list[int]:
    """Which rows of the state were created or deleted."""
    outcomes = row.body.outcomes
    if not outcomes.width and outcomes.base == _UPDATED:
        return []
    renamed: list[int] = unpack_ints(row.body.ids)[unpack_ints(outcomes) != _UPDATED].tolist()
    return renamed


def feed_row(row: Any) -> FeedRow:
    """A row of ``feed``, decoded."""
    seq, received_at, judged, changes, observations, body = row
    size = max(changes, observations)
    return FeedRow(seq=seq, received_at=received_at, judged=bool(judged), size=size, body=decode_body(body))


def until(limit: int, rows: Iterable[FeedRow]) -> Iterator[FeedRow]:
    """Whole rows, until about ``limit`` changes or observations are gathered."""
    gathered = 0
    for row in rows:
        yield row
        gathered += row.size
        if gathered >= limit:
            return


def _changes(rows: list[FeedRow], names: Names, terms: list[str]) -> list[Change]:
    """The changes of entities that are named."""
    return [change for row in rows for change in _changes_of(row, names, terms)] if names else []


def _changes_of(row: FeedRow, names: Names, terms: list[str]) -> Iterator[Change]:
    shapes = [tuple(terms[code] for code in shape) for shape in row.body.shapes]
    packed = (row.body.ids, row.body.outcomes, row.body.shape)
    for entity, outcome, shape in zip(*(unpack_ints(column).tolist() for column in packed), strict=True):
        name = names.get(entity)
        if name is None:
            continue
        done: Outcome = OUTCOMES[outcome]
        yield Change(
            seq=row.seq,
            id=name[0],
            type=name[1],
            outcome=done,
            attributes=shapes[shape],
            received_at=row.received_at,
            judged=row.judged,
        )


def columns(rows: list[FeedRow], named: Named, terms: list[str]) -> Columns:
    """The observations of some feed rows, with one list of strings for all of them: terms, identifiers, types."""
    parts = [observed(row.body) for row in rows]
    kinds = {kind: None for _, kind in named.names}
    first = len(terms) + len(named.names)
    code = {kind: first + place for place, kind in enumerate(kinds)}
    type_of = np.array([code[kind] for _, kind in named.names], dtype=np.int32)
    place = np.searchsorted(named.rows, _joined(parts, "entity"))
    counts = [len(part.number) for part in parts]
    return Columns(
        strings=[*terms, *(iri for iri, _ in named.names), *kinds],
        seq=np.repeat(np.array([row.seq for row in rows], dtype=np.int64), counts),
        entity=(place + len(terms)).astype(np.int32),
        type=type_of[place],
        attribute=_joined(parts, "attribute").astype(np.int32),
        unit=_joined(parts, "unit").astype(np.int32),
        dataset=_joined(parts, "dataset").astype(np.int32),
        observed_at=_joined(parts, "observed_at"),
        received_at=np.repeat(np.array([row.received_at for row in rows], dtype=np.int64), counts),
        number=np.concatenate([np.empty(0), *(part.number for part in parts)]),
        other=_others(parts, counts),
        judged=np.repeat(np.array([row.judged for row in rows], dtype=np.bool_), counts),
    )


def _joined(parts: list[Observed], column: str) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int64), *(getattr(part, column) for part in parts)])


def _others(parts: list[Observed], counts: list[int]) -> dict[int, Any]:
    """Values that are not numbers, by their place among all."""
    found: dict[int, Any] = {}
    start = 0
    for part, count in zip(parts, counts, strict=True):
        found.update((start + place, value) for place, value in part.other.items())
        start += count
    return found
