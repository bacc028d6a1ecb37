"""Exact geometry inside SQLite: one function that compares a stored GeoJSON with the one asked for.

Relations are those of NGSI-LD (ETSI GS CIM 009, 4.10): the entity's geometry stands first, so
``within`` means "the entity lies within the geometry asked for". Distances are great-circle metres
on the mean Earth radius (at most 0.6 % from the geodesic on WGS 84).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import apsw
import msgspec
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from huicheng.city import great_circle

#: The SQL name of the comparison: huicheng_geo(relation, stored, asked, min_distance, max_distance).
FUNCTION = "huicheng_geo"


def register_geometry(connection: apsw.Connection) -> None:
    """Make :data:`FUNCTION` known to a connection."""
    connection.create_scalar_function(FUNCTION, matches, 5, deterministic=True)


def matches(*arguments: Any) -> bool | None:
    """Whether a stored GeoJSON stands in the relation; ``None`` when it is no geometry.

    Arguments: relation, stored, asked, and for ``near`` the least and most distance or ``None``.
    """
    relation, stored, asked, least, most = arguments
    position = _position(stored)
    if position is not None and relation in _BY_POSITION:
        return _BY_POSITION[relation](_meets(asked, *position))
    if position is not None and relation == "near" and (point := _point(asked)) is not None:
        return _as_far(great_circle(*position, *point), least, most)
    one = _stored_geometry(stored)
    if one is None:
        return None
    if relation == "near":
        return _as_far(distance(one, _asked(asked)), least, most)
    return _RELATIONS[relation](_asked(asked), one)


#: For a stored point these follow from whether it meets the geometry asked for: five times faster.
_BY_POSITION: dict[str, Callable[[bool], bool]] = {
    "within": lambda meets: meets,
    "intersects": lambda meets: meets,
    "disjoint": lambda meets: not meets,
}

#: The prepared geometry asked for stands first, so each relation is the converse of its name.
_RELATIONS: dict[str, Callable[[BaseGeometry, BaseGeometry], bool]] = {
    "within": lambda asked, one: bool(shapely.covers(asked, one)),
    "contains": lambda asked, one: bool(shapely.covered_by(asked, one)),
    "intersects": lambda asked, one: bool(shapely.intersects(asked, one)),
    "equals": lambda asked, one: bool(shapely.equals(asked, one)),
    "disjoint": lambda asked, one: bool(shapely.disjoint(asked, one)),
    "overlaps": lambda asked, one: bool(shapely.overlaps(asked, one)),
}


def distance(one: BaseGeometry, other: BaseGeometry) -> float:
    """Metres between the nearest points of two geometries."""
    a, b = nearest_points(one, other)
    return great_circle(a.x, a.y, b.x, b.y)


def _as_far(metres: float, least: float | None, most: float | None) -> bool:
    return (least is None or metres >= least) and (most is None or metres <= most)


@lru_cache(maxsize=64)
def _point(text: str) -> tuple[float, float] | None:
    """The position asked for where it is a point, as it mostly is: to that, shapely is not needed."""
    return _position(text)


def _meets(asked: str, longitude: float, latitude: float) -> bool:
    """Whether a point lies in the geometry asked for; of a rectangle, as most maps ask, by four comparisons."""
    rectangle = _rectangle(asked)
    if rectangle is None:
        return bool(shapely.intersects_xy(_asked(asked), longitude, latitude))
    west, south, east, north = rectangle
    return west <= longitude <= east and south <= latitude <= north


@lru_cache(maxsize=64)
def _rectangle(text: str) -> tuple[float, float, float, float] | None:
    geometry = _asked(text)
    is_rectangle = geometry.geom_type == "Polygon" and geometry.equals(geometry.envelope)
    return geometry.bounds if is_rectangle else None


class _Point(msgspec.Struct, frozen=True, tag_field="type", tag="Point"):
    #: Longitude, latitude, and perhaps height.
    coordinates: Annotated[list[float], msgspec.Meta(min_length=2)]


_decode_point = msgspec.json.Decoder(_Point).decode


def _position(stored: str | None) -> tuple[float, float] | None:
    """Longitude and latitude of a stored point; ``None`` for anything else."""
    try:
        longitude, latitude, *_ = _decode_point(stored or "null").coordinates
    except msgspec.DecodeError:
        return None
    return longitude, latitude


def _stored_geometry(text: str | None) -> BaseGeometry | None:
    try:
        geometry = msgspec.json.decode(text or "null")
        if geometry["type"] == "Point":
            return shapely.Point(geometry["coordinates"])
        return shape(geometry)
    except Exception:  # noqa: BLE001 - whatever is wrong with a stored value, it is no geometry
        return None


@lru_cache(maxsize=64)
def _asked(text: str) -> BaseGeometry:
    geometry = shape(msgspec.json.decode(text))
    shapely.prepare(geometry)
    return geometry
