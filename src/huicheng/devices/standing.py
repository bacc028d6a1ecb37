"""Before one more is built: what stands there that senses the same, and whose it is (重复建设核查, G2)."""

from __future__ import annotations

import msgspec

from huicheng.city import great_circle
from huicheng.devices.register import Registered, registered
from huicheng.stores import GeoFilter
from huicheng.web.reading import Reader

FARTHEST = 20_000.0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One that stands, and how far away."""

    thing: Registered
    metres: float


def standing(reader: Reader, place: tuple[float, float], metres: float, senses: str) -> list[Standing]:
    """Those within ``metres`` (at most 20 km) of a place that sense this, the nearest first."""
    point = {"type": "Point", "coordinates": list(place)}
    near = GeoFilter(relation="near", geometry=point, max_distance=min(metres, FARTHEST))
    found = [Standing(thing=one, metres=great_circle(*place, *one.place)) for one in registered(reader, senses, near)]
    return sorted(found, key=lambda one: one.metres)
