"""Rows in order of event time, in bounded memory: sorted stretches are set down and merged."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Any, NamedTuple

import msgspec

from huicheng.city import Instant
from huicheng.ingest.problem import Sentence
from huicheng.ingest.rows import Flawed, Row

#: Rows sorted in memory at once.
STRETCH = 200_000

#: Where rows without a readable time stand: first, so that their rejects come first.
NO_TIME: Instant = -(2**62)


class Timed(NamedTuple):
    """A row and its event time. Equal times stay in the order of the file."""

    at: Instant
    line: int
    row: Row


def in_time(rows: Iterable[Row], time_of: Callable[[Row], Instant], *, stretch: int = STRETCH) -> Iterator[Timed]:
    """The rows by event time, then line."""
    timed = (Timed(time_of(row), row.line, row) for row in rows)
    sorted_one = _sorted(timed, stretch)
    if len(sorted_one) < stretch:
        yield from sorted_one
        return
    with tempfile.TemporaryFile() as file:
        runs = [_set_down(sorted_one, file)]
        while more := _sorted(timed, stretch):
            runs.append(_set_down(more, file))
        yield from heapq.merge(*(_read_back(run, file) for run in runs), key=_place)


def _sorted(timed: Iterator[Timed], size: int) -> list[Timed]:
    return sorted(islice(timed, size), key=_place)


def _place(one: Timed) -> tuple[Instant, int]:
    return (one.at, one.line)


# -- stretches on the disk: length-prefixed MessagePack ----------------------------------------------

_LENGTH = 4


def _set_down(stretch: list[Timed], file: IO[bytes]) -> tuple[int, int]:
    """Append a sorted stretch; where it begins and ends."""
    start = file.seek(0, 2)
    encode = msgspec.msgpack.Encoder(enc_hook=lambda held: held.tolist()).encode
    for one in stretch:
        packed = encode((one.at, one.line, list(one.row.cells), one.row.flawed))
        file.write(len(packed).to_bytes(_LENGTH, "big") + packed)
    return start, file.tell()


def _read_back(run: tuple[int, int], file: IO[bytes]) -> Iterator[Timed]:
    """The rows of one stretch, a block at a time: several stretches share the file."""
    start, end = run
    waiting = b""
    while start < end or waiting:
        file.seek(start)
        block = file.read(min(1 << 18, end - start))
        start += len(block)
        rows, waiting = _unpacked(waiting + block)
        yield from rows
        if not block and waiting:
            raise EOFError("A stretch of sorted rows has been cut off.")


def _unpacked(data: bytes) -> tuple[list[Timed], bytes]:
    rows = []
    at = 0
    while at + _LENGTH <= len(data):
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH], "big")
        if end > len(data):
            break
        rows.append(_row(msgspec.msgpack.decode(data[at + _LENGTH : end])))
        at = end
    return rows, data[at:]


def _row(packed: list[Any]) -> Timed:
    at, line, cells, flawed = packed
    held = Flawed(Sentence(*flawed[0]), flawed[1]) if flawed else None
    return Timed(at, line, Row(line, cells, held))
