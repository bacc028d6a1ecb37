"""Boxes and geometries that are asked for: WGS 84, longitude first (CRS84)."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import shapely
from shapely.geometry import mapping

from huicheng.city import Geometry
from huicheng.errors import Invalid
from huicheng.stores import GeoFilter

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#: The same with heights, which are passed over.
_CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
CRSES = frozenset({CRS84, _CRS84H, "OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "[OGC:CRS84]"})


def bbox_of(text: str) -> GeoFilter:
    """``west,south,east,north``, or six numbers with heights; west of more than east crosses the antimeridian."""
    return GeoFilter(relation="intersects", geometry=box(_numbers(text), "bbox"))


def check_crs(text: str, place: str) -> None:
    """Only one is spoken here."""
    if text not in CRSES:
        raise Invalid(place=place, why="The one coordinate reference system here is %(crs)s.", crs=CRS84)


def _numbers(text: str) -> list[float]:
    try:
        found = [float(one) for one in text.split(",", 6)]
    except ValueError:
        found = []
    if len(found) not in {4, 6} or not all(math.isfinite(one) for one in found):
        raise Invalid(place="bbox", why="bbox is four numbers (west, south, east, north), or six with heights.")
    return found


def box(numbers: list[float], place: str) -> Geometry:
    """The geometry of a box; of no width or height a line or a point."""
    west, south, east, north = numbers if len(numbers) == 4 else (*numbers[0:2], *numbers[3:5])
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise Invalid(place=place, why="South is at most north, within ±90 degrees; west and east are within ±180.")
    if west <= east:
        return _rectangle(west, south, east, north)
    if west == 180 or east == -180:
        return _rectangle(*((-180.0, south, east) if west == 180 else (west, south, 180.0)), north)
    return {
        "type": "GeometryCollection",
        "geometries": [_rectangle(west, south, 180.0, north), _rectangle(-180.0, south, east, north)],
    }


def _rectangle(west: float, south: float, east: float, north: float) -> Geometry:
    if west == east and south == north:
        return {"type": "Point", "coordinates": [west, south]}
    if west == east or south == north:
        return {"type": "LineString", "coordinates": [[west, south], [east, north]]}
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def geometry_of_wkt(text: str, place: str) -> Geometry:
    """A geometry written as well-known text. ``Invalid`` when it is none, is empty, or crosses itself."""
    try:
        made = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, ValueError):
        raise Invalid(place=place, why="“%(text)s” is no geometry as well-known text.", text=text[:80]) from None
    finite = all(math.isfinite(number) for pair in shapely.get_coordinates(made).tolist() for number in pair)
    if made.is_empty or not finite or not made.is_valid:
        raise Invalid(place=place, why="The geometry “%(text)s” is empty or crosses itself.", text=text[:80])
    found: Any = msgspec.json.decode(msgspec.json.encode(mapping(shapely.force_2d(made))))
    return dict(found)
