"""The geometry of a query, before any engine sees it."""

from __future__ import annotations

from math import cos, radians
from typing import Any

import msgspec
import shapely
from shapely.geometry import shape

from huicheng.errors import Invalid
from huicheng.stores.faces import GeoFilter
from huicheng.stores.places import Bounds, bounds

_HALF_TURN = 180.0
_METRES_A_DEGREE = 110_000.0  # a little less than anywhere, so that boxes come out a little large


def box_of(geo: GeoFilter) -> Bounds | None:
    """A box outside of which nothing can match; ``None`` when the relation has none."""
    if geo.relation == "disjoint" or (geo.relation == "near" and geo.max_distance is None):
        return None
    west, east, south, north = bounds(geo.geometry)
    if geo.relation == "near" and geo.max_distance is not None:
        high = geo.max_distance / _METRES_A_DEGREE
        furthest = min(89.0, max(abs(south), abs(north)) + high)
        wide = high / cos(radians(furthest))
        if west - wide < -_HALF_TURN or east + wide > _HALF_TURN:  # there it goes on at the other side
            return None
        return west - wide, east + wide, south - high, north + high
    return west, east, south, north


def check_geometry(geometry: dict[str, Any]) -> str:
    """The GeoJSON as text; ``Invalid`` when it is no valid geometry."""
    try:
        made = shape(geometry)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.GEOSException) as error:
        raise Invalid(place="geometry", why="This is no GeoJSON geometry: %(fault)s", fault=str(error)) from error
    if made.is_empty or not made.is_valid:
        raise Invalid(place="geometry", why="The geometry is empty or crosses itself.")
    return msgspec.json.encode(geometry).decode()
