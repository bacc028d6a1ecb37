"""A network's own coordinates laid over the district: moved, scaled, turned, never bent."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

#: Metres in a degree of latitude, near enough for an example.
_DEGREE = 110_950.0
_EQUATOR = 111_320.0

Place = tuple[float, float]


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where the middle of a network comes to lie, how wide it is there, and how far it is turned."""

    #: Longitude, latitude (WGS 84).
    centre: Place
    #: Metres from its western to its eastern end.
    width: float
    #: Degrees, against the clock.
    turn: float = 0.0


class Map:
    """The affine map of one placement for one network."""

    def __init__(self, placement: Placement, points: Iterable[Place]) -> None:
        across, up = zip(*points, strict=True)
        self._middle = ((min(across) + max(across)) / 2, (min(up) + max(up)) / 2)
        scale = placement.width / ((max(across) - min(across)) or 1.0)
        turn = math.radians(placement.turn)
        self._cos, self._sin = scale * math.cos(turn), scale * math.sin(turn)
        self._centre = placement.centre

    def place(self, point: Place) -> Place:
        """Longitude and latitude of a point of the network, to a decimetre."""
        x, y = point[0] - self._middle[0], point[1] - self._middle[1]
        east, north = x * self._cos - y * self._sin, x * self._sin + y * self._cos
        longitude, latitude = self._centre
        return (
            round(longitude + east / (_EQUATOR * math.cos(math.radians(latitude))), 6),
            round(latitude + north / _DEGREE, 6),
        )


def metres(one: Place, other: Place) -> float:
    """Distance on the ground; good to a metre over a few kilometres."""
    east = (other[0] - one[0]) * _EQUATOR * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, (other[1] - one[1]) * _DEGREE)
