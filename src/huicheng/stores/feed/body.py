"""The body of a feed row: what one group commit changed, in columns.

Rows of the state stand for entities, terms for names, units and data sets, so that a change of
five readings takes some 30 bytes. The same body is the change feed and the newest history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain, compress
from math import isfinite
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.city import Attribute, Attributes, Readings, micros
from huicheng.stores.faces import Outcome
from huicheng.stores.feed.arrays import (
    Floats,
    Ints,
    PackedFloats,
    PackedInts,
    pack_floats,
    pack_ints,
    unpack_floats,
    unpack_ints,
)

#: Text → code of the term table; ``None`` → -1.
Code = Callable[[str | None], int]

OUTCOMES = (Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED)
#: float64 seconds are exact to the µs until the year 2100.
_EXACT_SECONDS = 4_102_444_800.0
_EXACT_INTEGER = 1 << 53


#: What a transaction did to one entity: row of the state, position in :data:`OUTCOMES`, attributes written
#: (of a deleted entity none).
Touched = tuple[int, int, Attributes]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Readings that simply took the place of older ones."""

    #: Of the state, one for each entity.
    rows: list[int]
    readings: Readings


class Body(msgspec.Struct, frozen=True, array_like=True):
    """One feed row, encoded. ``Packed`` columns have a place for each change or observation."""

    ids: PackedInts
    outcomes: PackedInts
    #: Distinct lists of attribute codes, and which one each change wrote.
    shapes: list[list[int]]
    shape: PackedInts
    #: Observations of each change; they follow in the order of the changes.
    counts: PackedInts
    #: Distinct (attribute, unit, data set, kind), and which one each observation has.
    series: list[tuple[int, int, int, int]]
    serie: PackedInts
    observed_at: PackedInts
    #: Numbers of the observations that have one, in order.
    numbers: PackedFloats
    #: Position among the observations, and value, of those that are not numbers.
    other_at: PackedInts
    others: bytes


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """Observations of one feed row, decoded: columns of equal length."""

    #: Row of the state.
    entity: Ints
    attribute: Ints
    unit: Ints
    dataset: Ints
    kind: Ints
    observed_at: Ints
    number: Floats
    other: dict[int, Any]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Body).decode


def encode_body(touched: list[Touched], code: Code) -> tuple[bytes, int]:
    """The body of a feed row, and how many observations it holds."""
    ids, outcomes, written = zip(*touched, strict=True)
    wrote = list(map(tuple, written))
    shapes = {shape: position for position, shape in enumerate(dict.fromkeys(wrote))}
    names, instances, counts = _flatten(written)
    names, instances, per_change = _observed_only(names, instances, np.array(counts, dtype=np.int64))
    series, serie = _series(names, instances)
    numbers, other_at, others = _values(instances)
    body = Body(
        ids=pack_ints(ids),
        outcomes=pack_ints(outcomes),
        shapes=[[code(name) for name in names] for names in shapes],
        shape=pack_ints(list(map(shapes.__getitem__, wrote))),
        counts=pack_ints(per_change),
        series=[(code(n), code(unit), code(dataset), _KINDS.index(kind)) for n, unit, dataset, kind in series],
        serie=pack_ints(serie),
        observed_at=pack_ints(_times([one.observed_at for one in instances])),
        numbers=pack_floats(numbers),
        other_at=pack_ints(other_at),
        others=msgspec.json.encode(others),
    )
    return _encode(body), len(instances)


def encode_taken(taken: Sequence[Taken], code: Code) -> tuple[bytes, int]:
    """The same for readings in the same units, of which every column is known at once."""
    rows = list(chain.from_iterable(one.rows for one in taken))
    units = taken[0].readings.units
    values = chain.from_iterable(one.readings.values for one in taken)
    # Batch by batch, because each for itself nearly always has one time.
    moments = np.concatenate([_times(one.readings.observed_at) for one in taken])
    changes, observations = len(rows), len(moments)
    body = Body(
        ids=pack_ints(rows),
        outcomes=PackedInts(changes, OUTCOMES.index(Outcome.UPDATED)),
        shapes=[[code(name) for name in units]],
        shape=PackedInts(changes),
        counts=PackedInts(changes, len(units)),
        series=[(code(name), code(unit), -1, _KINDS.index("Property")) for name, unit in units.items()],
        serie=pack_ints(np.tile(np.arange(len(units)), changes)),
        observed_at=pack_ints(moments),
        numbers=pack_floats(np.fromiter(values, dtype=np.float64, count=observations)),
        other_at=PackedInts(0),
        others=msgspec.json.encode([]),
    )
    return _encode(body), observations


def decode_body(body: bytes) -> Body:
    """The inverse of :func:`encode_body`, columns still packed."""
    return _decode(body)


def observed(body: Body) -> Observed:
    """The observations of a body, unpacked."""
    series = np.array(body.series, dtype=np.int64).reshape(-1, 4)[unpack_ints(body.serie)]
    other_at = unpack_ints(body.other_at)
    number = np.full(len(series), np.nan)
    number[_complement(other_at, len(series))] = unpack_floats(body.numbers)
    return Observed(
        entity=np.repeat(unpack_ints(body.ids), unpack_ints(body.counts)),
        attribute=series[:, 0],
        unit=series[:, 1],
        dataset=series[:, 2],
        kind=series[:, 3],
        observed_at=unpack_ints(body.observed_at),
        number=number,
        other=dict(zip(other_at.tolist(), msgspec.json.decode(body.others), strict=True)),
    )


def kind_name(kind: int) -> str:
    """The kind of attribute that a number in :attr:`Observed.kind` stands for."""
    return _KINDS[kind]


#: By their place here they are stored: only ever added to.
_KINDS = (
    *("Property", "Relationship", "GeoProperty", "LanguageProperty", "JsonProperty", "VocabProperty"),
    *("ListProperty", "ListRelationship"),
)


def _flatten(written: Sequence[Attributes]) -> tuple[list[str], list[Attribute], list[int]]:
    """Every instance with its attribute's name, and how many instances each change has."""
    held: list[Any] = list(chain.from_iterable(map(dict.values, written)))
    if list not in set(map(type, held)):
        return list(chain.from_iterable(written)), held, list(map(len, written))
    pairs = [[(name, one) for name, held in a.items() for one in instances(held)] for a in written]
    flat = list(chain.from_iterable(pairs))
    return [name for name, _ in flat], [one for _, one in flat], list(map(len, pairs))


def instances(held: Attribute | list[Attribute]) -> list[Attribute]:
    """The instances of an attribute, be there one or several."""
    return held if isinstance(held, list) else [held]


def _observed_only(names: list[str], held: list[Attribute], counts: Ints) -> tuple[list[str], list[Attribute], Ints]:
    """Only instances with an observed_at, and how many of them each change has."""
    keep = [one.observed_at is not None for one in held]
    if all(keep):
        return names, held, counts
    owner = np.repeat(np.arange(len(counts)), counts)
    left = np.bincount(owner[np.array(keep, dtype=bool)], minlength=len(counts))
    return list(compress(names, keep)), list(compress(held, keep)), left


_Serie = tuple[str, str | None, str | None, str]


def _series(names: list[str], held: list[Attribute]) -> tuple[list[_Serie], list[int]]:
    columns = (names, *(list(map(attrgetter(one), held)) for one in ("unit_code", "dataset_id", "type")))
    repeated = _repeated(columns)
    if repeated is not None:
        return repeated
    keys = list(zip(*columns, strict=True))
    place = {key: position for position, key in enumerate(dict.fromkeys(keys))}
    return list(place), list(map(place.__getitem__, keys))


def _repeated(columns: tuple[list[Any], ...]) -> tuple[list[_Serie], list[int]] | None:
    """The same few series again and again, as a batch of like sensors has them: a tenth of the time."""
    names = columns[0]
    length = names.index(names[0], 1) if names and names[0] in names[1:64] else len(names)
    times, rest = divmod(len(names), max(length, 1))
    if rest or length > 63 or any(column[:length] * times != column for column in columns):
        return None
    return list(zip(*(column[:length] for column in columns), strict=True)), list(range(length)) * times


def _times(moments: list[Any]) -> Ints:
    if moments and moments.count(moments[0]) == len(moments):  # as a source sends them; a third of the time
        return np.full(len(moments), micros(moments[0]), dtype=np.int64)
    seconds = np.fromiter(map(datetime.timestamp, moments), dtype=np.float64, count=len(moments))
    if len(seconds) and np.abs(seconds).max() > _EXACT_SECONDS:
        return np.array([micros(moment) for moment in moments], dtype=np.int64)
    return np.rint(seconds * 1e6).astype(np.int64)


def _values(held: list[Attribute]) -> tuple[Floats, list[int], list[Any]]:
    """The numbers, and positions and values of what is no number."""
    values = list(map(attrgetter("value"), held))
    if set(map(type, values)) == {float}:
        return np.array(values), [], []
    other_at = [place for place, value in enumerate(values) if not _is_number(value)]
    gone = set(other_at)
    numbers = [value for place, value in enumerate(values) if place not in gone]
    return np.array(numbers, dtype=np.float64), other_at, [held[place].content for place in other_at]


def _is_number(value: object) -> bool:
    """A finite float, or an integer that a float64 holds exactly; True and False are none."""
    if type(value) is float:
        return isfinite(value)
    return type(value) is int and -_EXACT_INTEGER < value < _EXACT_INTEGER


def _complement(positions: Ints, length: int) -> NDArray[np.bool_]:
    mask = np.ones(length, dtype=np.bool_)
    mask[positions] = False
    return mask
