"""From a window of the feed to rows: one for each entity, commit and instant, with what was known then.

The outcome must not depend on how the feed is cut into windows. So lateness is a matter of the
feed's order alone: an observation is late when one of the same attribute of the same entity with a
later instant has come in an earlier commit; within one commit, instants are taken in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Instant
from huicheng.rules.newest import NEVER, Newest
from huicheng.stores import BoolArray, Columns, IntArray

_BEFORE = -1  # the commit under which what was known already is filed


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Judged observations of one entity type, as columns of equal length, in feed order."""

    entities: list[str]
    entity: NDArray[np.int64]
    attribute: NDArray[np.int64]
    seq: NDArray[np.int64]
    at: NDArray[np.int64]
    received: NDArray[np.int64]
    #: Floats; objects when one of them is no number.
    value: NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Late:
    """Observations of one attribute of one entity that came after later ones."""

    entity: str
    attribute: str
    count: int
    newest: Instant


@dataclass(frozen=True, kw_only=True)
class ObservedRows:
    """Rows ordered by entity and, in each, by feed. Columns of equal length."""

    entities: list[str]
    #: Index into ``entities``.
    entity: IntArray
    at: IntArray
    received: IntArray
    #: Attribute → value at or before the row's instant, NaN or ``None`` where none is known.
    values: dict[str, NDArray[Any]]
    #: Attribute → when that value was observed (0 where none is known).
    instants: dict[str, IntArray]
    #: Attribute → whether it was observed at this very row.
    fresh: dict[str, BoolArray]
    #: Attribute → whether that value came after another one of the same instant.
    again: dict[str, BoolArray]
    late: list[Late]
    #: What is known after the last row, of each of ``entities``.
    known: Newest

    def __len__(self) -> int:
        return len(self.at)


def before(columns: Columns, seq: int) -> Columns:
    """The observations that came with earlier commits; what is no number keeps its place."""
    upto = int(np.searchsorted(columns.seq, seq))
    if upto == len(columns):
        return columns
    arrays = {
        name: held[:upto] for name, held in msgspec.structs.asdict(columns).items() if isinstance(held, np.ndarray)
    }
    return msgspec.structs.replace(columns, **arrays)


def readings(columns: Columns, type: str, attributes: Sequence[str]) -> Readings:
    """The judged observations of a type's attributes. Only default instances (no ``datasetId``) are judged."""
    index = np.full(len(columns.strings), -1, dtype=np.int64)
    for name, code in columns.attributes().items():
        if name in attributes:
            index[code] = attributes.index(name)
    mask = columns.judged & (columns.dataset == -1) & (columns.type == columns.types().get(type, -1))
    place = np.flatnonzero(mask & (index[columns.attribute] >= 0))
    found, entity = _numbered(columns.entity[place], len(columns.strings))
    return Readings(
        entities=[columns.strings[code] for code in found.tolist()],
        entity=entity,
        attribute=index[columns.attribute[place]],
        seq=columns.seq[place].astype(np.int64),
        at=columns.observed_at[place].astype(np.int64),
        received=columns.received_at[place].astype(np.int64),
        value=_content(columns, place),
    )


def _numbered(codes: IntArray, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct codes below a bound, ascending, and the place of each code among them: by counting, as they are many."""
    there = np.bincount(codes, minlength=most) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[codes]


def _content(columns: Columns, place: NDArray[np.intp]) -> NDArray[Any]:
    number = columns.number[place]
    other = np.flatnonzero(np.isnan(number))
    if not len(other):
        return number
    value = number.astype(object)
    for i in other.tolist():
        value[i] = columns.other.get(int(place[i]))
    return value


def observed_rows(got: Readings, attributes: Sequence[str], known: Newest) -> ObservedRows:
    """Rows of a window, given what earlier windows have left behind."""
    full = _in_order(_with_known(got, attributes, known))
    late = _late(full)
    kept = take(full, ~late)
    changes = (np.diff(kept.entity, prepend=-1) != 0) | (np.diff(kept.seq, prepend=-2) != 0)
    row_of = np.cumsum(changes | (np.diff(kept.at, prepend=-1) != 0)) - 1
    first = np.flatnonzero(np.diff(row_of, prepend=-1))
    last = np.append(first[1:], len(row_of)) - 1 if len(first) else first
    filled = {name: _newest(kept, row_of, len(first), i) for i, name in enumerate(attributes)}
    shown = np.flatnonzero(kept.seq[first] != _BEFORE)
    return ObservedRows(
        entities=got.entities,
        entity=kept.entity[first][shown],
        at=kept.at[first][shown],
        received=kept.received[last][shown],
        values={name: _values(kept, at, kept.at[first])[shown] for name, at in filled.items()},
        instants={name: np.where(at >= 0, kept.at[at], 0)[shown] for name, at in filled.items()},
        fresh={name: ((at >= 0) & (row_of[at] == np.arange(len(first))))[shown] for name, at in filled.items()},
        again={name: _again(kept, i)[filled[name]][shown] for i, name in enumerate(attributes)},
        late=_count_late(take(full, late), attributes),
        known=_known_after(kept, filled, first, len(got.entities)),
    )


def _with_known(got: Readings, attributes: Sequence[str], known: Newest) -> Readings:
    places = [np.flatnonzero(known.at[name] != NEVER) for name in attributes]
    at = [known.at[name][place] for name, place in zip(attributes, places, strict=True)]
    old = sum(map(len, places))
    return Readings(
        entities=got.entities,
        entity=np.concatenate([*places, got.entity]),
        attribute=np.concatenate([np.repeat(np.arange(len(places)), list(map(len, places))), got.attribute]),
        seq=np.concatenate([np.full(old, _BEFORE, dtype=np.int64), got.seq]),
        at=np.concatenate([*at, got.at]),
        received=np.concatenate([*at, got.received]),
        value=np.concatenate(
            [*(known.value[name][place] for name, place in zip(attributes, places, strict=True)), got.value]
        ),
    )


def _in_order(got: Readings) -> Readings:
    return take(got, np.lexsort((got.at, got.seq, got.entity)))


def take(got: Readings, which: NDArray[np.intp] | BoolArray) -> Readings:
    """Some of the readings; places in ``entities`` stay as they are."""
    return Readings(
        entities=got.entities,
        entity=got.entity[which],
        attribute=got.attribute[which],
        seq=got.seq[which],
        at=got.at[which],
        received=got.received[which],
        value=got.value[which],
    )


def _late(got: Readings) -> BoolArray:
    late = np.zeros(len(got.at), dtype=np.bool_)
    for attribute in np.unique(got.attribute):
        own = np.flatnonzero(got.attribute == attribute)
        late[own] = older_than_before(got.entity[own], got.at[own])
    return late


def older_than_before(group: IntArray, at: IntArray) -> BoolArray:
    """Where ``at`` is below an earlier one of the same group; ``group`` is ascending."""
    if not len(at):
        return np.zeros(0, dtype=np.bool_)
    # Ranks, because group times instant would not fit 64 bits.
    instants, rank = np.unique(at, return_inverse=True)
    combined = group * len(instants) + rank
    result: BoolArray = combined < np.maximum.accumulate(combined)
    return result


def _newest(kept: Readings, row_of: IntArray, rows: int, attribute: int) -> IntArray:
    """For each row the position of the attribute's newest observation in the entity so far, or -1."""
    newest = np.full(rows, -1, dtype=np.int64)
    own = np.flatnonzero(kept.attribute == attribute)
    newest[row_of[own]] = own
    filled = np.maximum.accumulate(newest) if rows else newest
    entity_of_row = np.zeros(rows, dtype=np.int64)
    entity_of_row[row_of] = kept.entity
    same = (filled >= 0) & (kept.entity[filled] == entity_of_row) if rows else filled >= 0
    return np.where(same, filled, -1).astype(np.int64)


def _again(kept: Readings, attribute: int) -> BoolArray:
    again = np.zeros(len(kept.at), dtype=np.bool_)
    own = np.flatnonzero(kept.attribute == attribute)
    same = (np.diff(kept.entity[own]) == 0) & (np.diff(kept.at[own]) == 0)
    again[own[1:]] = same
    return again


def _values(kept: Readings, newest: IntArray, at: IntArray) -> NDArray[Any]:
    """Values; one that is newer than its row's instant would be foreknowledge and counts as unknown."""
    values = _unknown(kept, len(newest))
    usable = (newest >= 0) & (kept.at[newest] <= at) if len(newest) else newest >= 0
    values[usable] = kept.value[newest[usable]]
    return values


def _unknown(kept: Readings, length: int) -> NDArray[Any]:
    """A column of values none of which is known, of the kind of those that are kept."""
    return np.full(length, None if kept.value.dtype == object else np.nan, dtype=kept.value.dtype)


def _known_after(kept: Readings, filled: Mapping[str, IntArray], first: IntArray, entities: int) -> Newest:
    entity = kept.entity[first]
    ends = np.flatnonzero(np.diff(entity, append=-1))
    after = Newest(
        at={name: np.full(entities, NEVER, dtype=np.int64) for name in filled},
        value={name: _unknown(kept, entities) for name in filled},
    )
    for name, at in filled.items():
        known = ends[at[ends] >= 0]
        after.at[name][entity[known]] = kept.at[at[known]]
        after.value[name][entity[known]] = kept.value[at[known]]
    return after


def _count_late(late: Readings, attributes: Sequence[str]) -> list[Late]:
    counted: dict[tuple[int, int], list[int]] = {}
    for entity, attribute, at in zip(late.entity, late.attribute, late.at, strict=True):
        counted.setdefault((int(entity), int(attribute)), []).append(int(at))
    return [
        Late(entity=late.entities[e], attribute=attributes[a], count=len(ats), newest=max(ats))
        for (e, a), ats in counted.items()
    ]
