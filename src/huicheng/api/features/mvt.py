"""Mapbox vector tiles, version 2.1: layers of features as protocol buffers, written without a library for those."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import Polygon, orient

#: Steps across a tile.
EXTENT = 4096
_VERSION = 2
_MOVE, _LINE, _CLOSE = 1, 2, 7
#: GEOS's kinds of geometry → the tile's.
_POINT, _LINES, _AREA = 1, 2, 3
_KINDS = {"Point": _POINT, "LineString": _LINES, "LinearRing": _LINES, "Polygon": _AREA}

#: Steps of a tile: x to the east, y to the south.
Steps = NDArray[np.int64]


def encode(name: str, features: Iterable[tuple[BaseGeometry, Mapping[str, Any]]]) -> bytes:
    """One layer; geometries in steps of the tile, y to the south. A feature of several kinds becomes one of each."""
    words = _Words()
    shown = [
        _feature(words.tags(properties), kind, drawn)
        for geometry, properties in features
        for kind, drawn in _drawn(geometry)
    ]
    if not shown:
        return b""
    parts = [_text(1, name), *(_bytes(2, one) for one in shown), *words.written()]
    return _bytes(3, b"".join([*parts, _number(5, EXTENT), _number(15, _VERSION)]))


class _Words:
    """Names and values of a layer, each written once."""

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}
        self._values: dict[bytes, int] = {}

    def tags(self, properties: Mapping[str, Any]) -> list[int]:
        """Pairs of numbers; what is not known is left out."""
        return [
            number
            for name, held in properties.items()
            if held is not None
            for number in (
                self._keys.setdefault(name, len(self._keys)),
                self._values.setdefault(_value(held), len(self._values)),
            )
        ]

    def written(self) -> Iterator[bytes]:
        yield from (_text(3, name) for name in self._keys)
        yield from (_bytes(4, value) for value in self._values)


def _value(held: Any) -> bytes:
    """Text, truth or a number; anything else is its JSON."""
    if isinstance(held, bool):
        return _number(7, int(held))
    if isinstance(held, int) and -(2**63) <= held < 2**63:
        return _number(6, _zigzag(held))
    if isinstance(held, int | float):
        return _key(3, 1) + struct.pack("<d", float(held))
    return _text(1, held if isinstance(held, str) else msgspec.json.encode(held).decode())


def _feature(tags: list[int], kind: int, drawn: list[int]) -> bytes:
    return _packed(2, tags) + _number(3, kind) + _packed(4, drawn)


def _drawn(geometry: BaseGeometry) -> Iterator[tuple[int, list[int]]]:
    """Of each kind of its parts the commands that draw them."""
    by_kind: dict[int, list[BaseGeometry]] = {}
    for part in _parts(geometry):
        by_kind.setdefault(_KINDS[part.geom_type], []).append(part)
    for kind, parts in by_kind.items():
        pen = _Pen()
        if kind == _POINT:
            pen.points(np.concatenate([_steps(one) for one in parts]))
        for part in parts if kind != _POINT else ():
            if isinstance(part, Polygon):
                pen.area(orient(part))
            else:
                pen.line(_steps(part))
        if pen.commands:
            yield kind, pen.commands


def _parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    if geometry.is_empty:
        return
    if geometry.geom_type in _KINDS:
        yield geometry
        return
    for part in shapely.get_parts(geometry):
        yield from _parts(part)


def _steps(part: BaseGeometry) -> Steps:
    found: Steps = np.rint(shapely.get_coordinates(part)).astype(np.int64)
    return found


class _Pen:
    """Draws from where it stands."""

    def __init__(self) -> None:
        self.commands: list[int] = []
        self._at = np.zeros(2, np.int64)

    def points(self, steps: Steps) -> None:
        self._go(_MOVE, steps)

    def line(self, steps: Steps) -> None:
        kept = _moving(steps)
        if len(kept) > 1:
            self._go(_MOVE, kept[:1])
            self._go(_LINE, kept[1:])

    def area(self, polygon: Any) -> None:
        """The outer ring turns with the clock as a screen shows it, the inner ones against it."""
        for ring in (polygon.exterior, *polygon.interiors):
            kept = _moving(_steps(ring))[:-1]
            if len(kept) > 2 and _surface(kept):
                self._go(_MOVE, kept[:1])
                self._go(_LINE, kept[1:])
                self.commands.append(_CLOSE | 1 << 3)
            elif ring is polygon.exterior:
                return

    def _go(self, command: int, steps: Steps) -> None:
        deltas = np.diff(np.vstack([self._at, steps]), axis=0)
        self.commands.append(command | len(steps) << 3)
        self.commands.extend(((deltas << 1) ^ (deltas >> 63)).ravel().tolist())
        self._at = steps[-1]


def _moving(steps: Steps) -> Steps:
    """Without steps that stay where they are."""
    moves = np.any(np.diff(steps, axis=0) != 0, axis=1)
    kept: Steps = steps[np.concatenate([[True], moves])]
    return kept


def _surface(ring: Steps) -> bool:
    x, y = ring[:, 0], ring[:, 1]
    return bool(np.dot(x, np.roll(y, -1)) != np.dot(y, np.roll(x, -1)))


# -- protocol buffers


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _zigzag(number: int) -> int:
    return (number << 1) ^ (number >> 63)


def _number(field: int, number: int) -> bytes:
    return _key(field, 0) + _varint(number)


def _bytes(field: int, held: bytes) -> bytes:
    return _key(field, 2) + _varint(len(held)) + held


def _text(field: int, held: str) -> bytes:
    return _bytes(field, held.encode())


def _packed(field: int, numbers: list[int]) -> bytes:
    return _bytes(field, b"".join(map(_varint, numbers)))
