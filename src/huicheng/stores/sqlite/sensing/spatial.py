"""Spatial functions of OData (18-088, table 23) on GeoJSON, as one function inside SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import apsw
import msgspec
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from huicheng.city import great_circle
from huicheng.stores.sqlite.geometry import distance

#: huicheng_spatial(function, geometry, geometry, pattern); the last ones where the function takes them.
FUNCTION = "huicheng_spatial"


def register_spatial(connection: apsw.Connection) -> None:
    """Make :data:`FUNCTION` known to a connection."""
    connection.create_scalar_function(FUNCTION, spatial, -1, deterministic=True)


def spatial(*arguments: Any) -> Any:
    """The value of a function; ``None`` when an argument is no geometry. Lengths and distances are metres."""
    name, *rest = arguments
    geometries = [_geometry(one) for one in rest[:2]]
    if None in geometries:
        return None
    found = _BY_NAME[name](*geometries, *rest[2:])
    return float(found) if name in _LENGTHS else bool(found)  # shapely's own are not those of SQLite


@lru_cache(maxsize=256)
def _geometry(text: str | None) -> BaseGeometry | None:
    """A geometry, or that of a GeoJSON feature."""
    try:
        held = msgspec.json.decode(text or "null")
        return shape(held["geometry"] if held.get("type") == "Feature" else held)
    except Exception:  # noqa: BLE001 - whatever is wrong with a stored value, it is no geometry
        return None


def _length(line: BaseGeometry) -> float:
    """Along the line, on the mean Earth radius."""
    parts = (shapely.get_coordinates(part).tolist() for part in shapely.get_parts(line))
    return sum(great_circle(*one, *other) for points in parts for one, other in pairwise(points))


def _relates(one: BaseGeometry, other: BaseGeometry, pattern: str) -> bool:
    try:
        return bool(shapely.relate_pattern(one, other, pattern))
    except shapely.errors.GEOSException:
        return False


_LENGTHS = frozenset({"geo.distance", "geo.length"})
_BY_NAME: Mapping[str, Callable[..., Any]] = {
    "geo.distance": distance,
    "geo.length": _length,
    "geo.intersects": shapely.intersects,
    "st_equals": shapely.equals,
    "st_disjoint": shapely.disjoint,
    "st_touches": shapely.touches,
    "st_within": shapely.covered_by,
    "st_overlaps": shapely.overlaps,
    "st_crosses": shapely.crosses,
    "st_intersects": shapely.intersects,
    "st_contains": shapely.covers,
    "st_relate": _relates,
}
