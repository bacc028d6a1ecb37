"""Rows of the feed to be: what the transactions of a group did, those alike in time and judgement together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, groupby
from typing import Any

import msgspec

from huicheng.city import Instant
from huicheng.errors import HuichengError
from huicheng.stores.faces import Outcome
from huicheng.stores.feed.body import OUTCOMES, Code, Taken, Touched, encode_body, encode_taken
from huicheng.stores.postgres.standing import Change, Standings
from huicheng.stores.postgres.taking import Piece

_UPDATED = OUTCOMES.index(Outcome.UPDATED)


class Effect(msgspec.Struct, frozen=True):
    """What one transaction that went well did."""

    outcomes: list[Outcome]
    changes: list[Change]
    at: Instant
    judged: bool


class Part(msgspec.Struct, frozen=True):
    """A row of the feed to be."""

    at: Instant
    judged: bool
    changes: int
    encode: Callable[[Code], tuple[bytes, int]]


def parts_of(effects: Sequence[Effect | HuichengError], standings: Standings) -> list[Part]:
    """What the group changed, in order."""
    went_well = [one for one in effects if isinstance(one, Effect) and one.changes]
    found = []
    for (at, judged), several in groupby(went_well, key=lambda one: (one.at, one.judged)):
        touched = standings.touched([change for one in several for change in one.changes])
        found.append(Part(at, judged, len(touched), partial(encode_body, touched)))
    return found


def taken_parts(pieces: Sequence[Piece], times: Sequence[Instant], judged: Sequence[bool]) -> list[Part]:
    """The same for attributes that took the place of older ones; blocks in the same units together."""
    found = []
    grouped = groupby(zip(times, judged, pieces, strict=True), key=lambda one: (*one[:2], _units(one[2])))
    for (at, counts, units), several in grouped:
        alike = [piece for _, _, piece in several]
        changes = sum(len(piece.ids) for piece in alike)
        encode = partial(encode_body, list(_touched(alike))) if units is None else _encoding_blocks(alike)
        found.append(Part(at, counts, changes, encode))
    return found


def _units(piece: Piece) -> tuple[Any, ...] | None:
    return None if piece.block is None else tuple(piece.block.readings.units.items())


def _touched(pieces: Sequence[Piece]) -> Iterator[Touched]:
    for row, write in chain.from_iterable(zip(one.rows, one.writes, strict=True) for one in pieces):
        yield row, _UPDATED, write.entity.attributes


def _encoding_blocks(pieces: Sequence[Piece]) -> Callable[[Code], tuple[bytes, int]]:
    taken = [Taken(rows=one.rows, readings=one.block.readings) for one in pieces if one.block is not None]
    return partial(encode_taken, taken)
