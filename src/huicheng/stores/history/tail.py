"""The newest history: rows of the feed that are in no file yet, decoded once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.stores.feed.body import decode_body, observed
from huicheng.stores.history.engine import Table
from huicheng.stores.history.extents import keys_of
from huicheng.stores.snapshots import Snapshot

_NEVER = (1 << 63) - 1
#: So many pieces are looked through one by one.
_MOST_PIECES = 64
#: So many commits are decoded while an event loop waits.
_NEAR = 16
_COLUMNS = ("seq", "entity", "attribute", "dataset", "unit", "kind", "observed_at", "received_at", "number")


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """Observations of a stretch of the feed, as tables for the engine."""

    #: Observations that are numbers, without ``text``.
    numbers: Table
    #: The others: ``text`` is their JSON, and ``number`` is missing.
    others: Table

    def __len__(self) -> int:
        return len(self.numbers["seq"]) + len(self.others["seq"])

    @property
    def rises(self) -> bool:
        """Whether each series has come in the order of its moments, none of them twice; where it has only numbers."""
        if len(self.others["seq"]):
            return False
        series = keys_of(self.numbers["entity"], self.numbers["attribute"])
        order = series.argsort(kind="stable")
        series, at = series[order], self.numbers["observed_at"][order]
        return bool(((at[1:] > at[:-1]) | (series[1:] != series[:-1])).all())

    def within(self, start: int, end: int) -> Tail:
        """The observations of ``start <= observed_at < end``."""
        return Tail(
            numbers=_between(self.numbers, "observed_at", start, end),
            others=_between(self.others, "observed_at", start, end),
        )

    def of_series(self, entity: int, attribute: int) -> Tail:
        """The observations of one series."""
        return Tail(
            numbers=_of_series(self.numbers, entity, attribute), others=_of_series(self.others, entity, attribute)
        )

    def of_numbers(self) -> Tail:
        """Without the others."""
        return Tail(numbers=self.numbers, others=no_tail().others)

    def of(self, entities: Sequence[int] | None, attributes: Sequence[int] | None) -> Tail:
        """The observations of some entities and attributes (``None``: of all): the engine looks at every row."""
        return Tail(
            numbers=_among(self.numbers, entities, attributes), others=_among(self.others, entities, attributes)
        )


class Tails:
    """Keeps the decoded tail between queries; a new commit costs only its own decoding."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pieces: list[Tail] = []
        self._after = 0
        self._last = 0

    def read(self, snapshot: Snapshot, after: int, head: int) -> Tail:
        """Observations of ``after < seq <= head``, as the snapshot sees them."""
        with self._lock:
            if after < self._after:  # an older snapshot than what is kept
                return _joined(_parts(snapshot.rows("feed.after", after)))
            self._advance(snapshot, after, head)
            if len(self._pieces) != 1:
                self._pieces = [_joined(self._pieces)]
            [kept], last = self._pieces, self._last
        return kept if last == head else _cut(kept, after, head)

    def pieces(self, snapshot: Snapshot, after: int, head: int) -> list[Tail]:
        """The same in pieces: to put them together costs more than to look for a few observations in each."""
        with self._lock:
            if after < self._after:
                return _parts(snapshot.rows("feed.after", after))
            self._advance(snapshot, after, head)
            if len(self._pieces) > _MOST_PIECES:
                self._pieces = [_joined(self._pieces)]
            pieces, last = [*self._pieces], self._last
        return pieces if last == head else [_cut(one, after, head) for one in pieces]

    @property
    def last(self) -> int:
        """Up to where the feed was read."""
        return self._last

    def is_near(self, head: int) -> bool:
        """Whether little has to be decoded to get there."""
        return head - self._last <= _NEAR

    def _advance(self, snapshot: Snapshot, after: int, head: int) -> None:
        fresh = _parts(snapshot.rows("feed.after", max(self._last, after)))
        if after > self._after:
            self._pieces = [_cut(one, after, None) for one in self._pieces]
        self._pieces = [*self._pieces, *fresh]
        self._after, self._last = after, max(self._last, head)


def no_tail() -> Tail:
    """Nothing, where files alone are read."""
    return _joined([])


def with_more(tail: Tail, rows: Iterable[tuple[Any, ...]]) -> Tail:
    """The tail and these rows of the feed, which nobody has kept."""
    parts = _parts(rows)
    return _joined([tail, *parts]) if parts else tail


def read_tail(rows: Iterable[tuple[Any, ...]], most: int) -> tuple[Tail, int]:
    """Whole commits until about ``most`` observations are gathered, and the last one's number."""
    parts, upto, gathered = [], 0, 0
    for seq, received_at, _, _, count, body in rows:
        upto, gathered = seq, gathered + count
        if count:
            parts.append(_part(seq, received_at, body))
        if gathered >= most:
            break
    return _joined(parts), upto


def _parts(rows: Iterable[tuple[Any, ...]]) -> list[Tail]:
    return [_part(row[0], row[1], row[5]) for row in rows if row[4]]


def _part(seq: int, received_at: int, body: bytes) -> Tail:
    found = observed(decode_body(body))
    length = len(found.number)
    columns = {
        "seq": np.full(length, seq, dtype=np.int64),
        # µs here, because an edit may come within the same second; seconds in the files, where µs would cost
        # as much as the reading itself.
        "received_at": np.full(length, received_at, dtype=np.int64),
        **{name: getattr(found, name) for name in _COLUMNS if name not in {"seq", "received_at"}},
    }
    at = np.fromiter(found.other, dtype=np.int64, count=len(found.other))
    text = np.array([msgspec.json.encode(value).decode() for value in found.other.values()], dtype=object)
    is_number = np.ones(length, dtype=np.bool_)
    is_number[at] = False
    others: dict[str, NDArray[Any]] = {name: column[at] for name, column in columns.items()}
    return Tail(
        numbers={name: column[is_number] for name, column in columns.items()},
        others={**others, "text": text},
    )


def _joined(parts: list[Tail]) -> Tail:
    return Tail(
        numbers=_stacked([part.numbers for part in parts], _COLUMNS),
        others=_stacked([part.others for part in parts], (*_COLUMNS, "text")),
    )


def _stacked(tables: list[Table], names: Iterable[str]) -> Table:
    kinds: dict[str, Any] = {"number": np.float64, "text": object}
    empty = {name: np.empty(0, dtype=kinds.get(name, np.int64)) for name in names}
    return {name: np.concatenate([start, *(table[name] for table in tables)]) for name, start in empty.items()}


def _cut(tail: Tail, after: int, head: int | None) -> Tail:
    """The part of ``after < seq <= head``."""
    last = _NEVER if head is None else head + 1
    return Tail(
        numbers=_between(tail.numbers, "seq", after + 1, last), others=_between(tail.others, "seq", after + 1, last)
    )


def _among(table: Table, entities: Sequence[int] | None, attributes: Sequence[int] | None) -> Table:
    wanted = {"entity": entities, "attribute": attributes}
    keep = [np.isin(table[name], held) for name, held in wanted.items() if held is not None]
    return {one: values[np.logical_and.reduce(keep)] for one, values in table.items()} if keep else table


def _of_series(table: Table, entity: int, attribute: int) -> Table:
    at = np.flatnonzero((table["entity"] == entity) & (table["attribute"] == attribute))
    return {one: values[at] for one, values in table.items()}


def _between(table: Table, name: str, first: int, end: int) -> Table:
    """The rows whose column lies in ``first <= value < end``; the same table when all of them do."""
    column = table[name]
    keep = (column >= first) & (column < end)
    return table if keep.all() else {one: values[keep] for one, values in table.items()}
