"""Reading the feed: rows of ``feed`` become a :class:`Window`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apsw
import msgspec
import numpy as np

from huicheng.stores.faces import Change, Columns, Outcome, Window
from huicheng.stores.sqlite.arrays import Ints, unpack_ints
from huicheng.stores.sqlite.feed import OUTCOMES, Body, Observed, decode_body, observed
from huicheng.stores.sqlite.readers import Readers


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group commit."""

    seq: int
    received_at: int
    judged: bool
    body: Body


#: Row of the state → identifier and type.
Names = dict[int, tuple[str, str]]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader of the feed looks at; the rest is not even decoded."""

    #: Types of entities whose changes it wants; ``None``: all.
    types: frozenset[str] | None = None
    observations: bool = True


_EVERYTHING = Wanted()


def read_window(
    readers: Readers, connection: apsw.Connection, after: int, limit: int, wanted: Wanted = _EVERYTHING
) -> Window:
    """Whole commits after a position, until about ``limit`` changes or observations are gathered."""
    rows = list(_take(connection.execute(readers.statements.reading("feed.after"), (after,)), limit))
    if not rows:
        return Window(seq=after, changes=[], observations=columns([], {}, []))
    terms = readers.terms(connection)
    ids = (unpack_ints(row.body.ids) for row in rows)
    names = read_names(readers, connection, ids, None if wanted.observations else wanted.types)
    return Window(
        seq=rows[-1].seq,
        changes=_changes(rows, _of_types(names, wanted.types), terms),
        observations=columns(rows if wanted.observations else [], names, terms),
    )


def _of_types(names: Names, types: frozenset[str] | None) -> Names:
    if types is None:
        return names
    return {row: name for row, name in names.items() if name[1] in types}


def _take(found: Iterable[Any], limit: int) -> Iterator[FeedRow]:
    gathered = 0
    for seq, received_at, judged, changes, observations, body in found:
        yield FeedRow(seq=seq, received_at=received_at, judged=bool(judged), body=decode_body(body))
        gathered += max(changes, observations)
        if gathered >= limit:
            return


def read_names(
    readers: Readers, connection: apsw.Connection, ids: Iterable[Ints], types: frozenset[str] | None = None
) -> Names:
    """Identifiers and types of rows of the state, deleted ones included; only those of some types when given."""
    distinct = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *ids]))
    if not len(distinct) or types == frozenset():
        return {}
    if types is None:
        found = connection.execute(readers.statements.reading("state.names"), (apsw.carray(distinct),))
    else:
        both = (apsw.carray(distinct), apsw.carray(tuple(types)))
        found = connection.execute(readers.statements.reading("state.names_of"), both)
    return {row: (iri, kind) for row, iri, kind in found}


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


def columns(rows: list[FeedRow], names: Names, terms: list[str]) -> Columns:
    """The observations of some feed rows, with one list of strings for all of them."""
    parts = [observed(row.body) for row in rows]
    strings, entity_of, type_of = _strings(names, terms)
    entity = _joined(parts, "entity")
    lookup, place = np.unique(entity, return_inverse=True)
    counts = [len(part.number) for part in parts]
    return Columns(
        strings=strings,
        seq=np.repeat(np.array([row.seq for row in rows], dtype=np.int64), counts),
        entity=np.array([entity_of[row] for row in lookup.tolist()], dtype=np.int32)[place],
        type=np.array([type_of[row] for row in lookup.tolist()], dtype=np.int32)[place],
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


def _strings(names: Names, terms: list[str]) -> tuple[list[str], dict[int, int], dict[int, int]]:
    """Terms keep their codes; identifiers and types follow after them."""
    strings = list(terms)
    types: dict[str, int] = {}
    entity_of, type_of = {}, {}
    for row, (iri, kind) in names.items():
        entity_of[row] = len(strings)
        strings.append(iri)
        if kind not in types:
            types[kind] = len(strings)
            strings.append(kind)
        type_of[row] = types[kind]
    return strings, entity_of, type_of


def _others(parts: list[Observed], counts: list[int]) -> dict[int, Any]:
    """Values that are not numbers, by their place among all."""
    found: dict[int, Any] = {}
    start = 0
    for part, count in zip(parts, counts, strict=True):
        found.update((start + place, value) for place, value in part.other.items())
        start += count
    return found
