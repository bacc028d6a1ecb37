"""Streets of the example district, cut into segments."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec

from huicheng.simulation.model import Text
from huicheng.simulation.placement import Place, metres


class Street(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    name: Text
    lanes: int
    #: km/h.
    free: float
    course: tuple[Place, ...]


class Way:
    """A course on the ground that can be walked by metres."""

    def __init__(self, course: tuple[Place, ...]) -> None:
        self.course = course
        self._steps = [metres(one, other) for one, other in pairwise(course)]
        self.length = sum(self._steps)

    def at(self, far: float) -> tuple[Place, int]:
        """The place so many metres from its beginning, and on which of its steps that is."""
        for number, step in enumerate(self._steps):
            if far <= step or number == len(self._steps) - 1:
                share = min(1.0, far / step) if step else 0.0
                (west, south), (east, north) = self.course[number], self.course[number + 1]
                return (round(west + (east - west) * share, 6), round(south + (north - south) * share, 6)), number
            far -= step
        return self.course[-1], 0


class _Feature(msgspec.Struct, kw_only=True):
    id: str
    properties: dict[str, str | float]
    geometry: _Line


class _Line(msgspec.Struct, kw_only=True):
    coordinates: list[Place]


class _Features(msgspec.Struct, kw_only=True):
    features: list[_Feature]


def read_streets(file: str) -> list[Street]:
    """The streets of a GeoJSON file: ``zh-hans``, ``en``, ``lanes`` and ``freeFlowSpeed`` (km/h) of each."""
    read = msgspec.json.decode(Path(file).read_bytes(), type=_Features)
    return [
        Street(
            key=one.id,
            name={language: str(one.properties[language]) for language in ("zh-hans", "en")},
            lanes=int(one.properties["lanes"]),
            free=float(one.properties["freeFlowSpeed"]),
            course=tuple(one.geometry.coordinates),
        )
        for one in read.features
    ]


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A street between two of its corners, both ways."""

    key: str
    street: Street
    ends: tuple[Place, Place]

    @property
    def middle(self) -> Place:
        (west, south), (east, north) = self.ends
        return round((west + east) / 2, 6), round((south + north) / 2, 6)


def segments(streets: list[Street]) -> list[Segment]:
    """Every street from corner to corner."""
    return [
        Segment(key=f"{street.key}-{number}", street=street, ends=(one, other))
        for street in streets
        for number, (one, other) in enumerate(pairwise(street.course), start=1)
    ]
