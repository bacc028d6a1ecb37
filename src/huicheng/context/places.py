"""Geo-queries of NGSI-LD (ETSI GS CIM 009, 4.10) → :class:`huicheng.stores.GeoFilter`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, cast

import msgspec
import shapely
from shapely.geometry import shape
from shapely.ops import nearest_points

from huicheng.city import Geometry, great_circle
from huicheng.context.faults import BadGeometry, TooMuch
from huicheng.stores import GeoFilter

Relation = Literal["near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"]

_RELATIONS = frozenset({"near", "within", "contains", "intersects", "equals", "disjoint", "overlaps"})
#: Kind of geometry → how deep its positions lie in arrays.
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_DISTANCE = re.compile(r"(maxDistance|minDistance)==(\d+(?:\.\d+)?)", re.ASCII)
_MOST_POINTS = 10_000
#: Members of a geo-query as parameters name them.
GEO_PARAMETERS = frozenset({"georel", "geometry", "coordinates", "geoproperty"})


def parse_geo(
    members: Mapping[str, Any], *, place: str = "georel", stored: Callable[[str], str] = str
) -> GeoFilter | None:
    """The filter of ``georel``, ``geometry``, ``coordinates`` and ``geoproperty``; ``None`` without them.

    ``coordinates`` may be JSON text (in a query string) or an array (in a body); ``stored`` gives stored names.
    """
    if not any(members.get(name) for name in ("georel", "geometry", "coordinates")):
        return None
    missing = [name for name in ("georel", "geometry", "coordinates") if not members.get(name)]
    if missing:
        raise BadGeometry(place=missing[0], why="%(name)s is missing", name=missing[0])
    relation, distances = _relation(str(members["georel"]), place)
    geometry = {"type": members["geometry"], "coordinates": _coordinates(members["coordinates"])}
    return GeoFilter(
        relation=relation,
        geometry=checked_geometry(geometry, place="coordinates"),
        attribute=stored(str(members.get("geoproperty") or "location")),
        max_distance=distances.get("maxDistance"),
        min_distance=distances.get("minDistance"),
    )


def checked_geometry(geometry: Geometry, *, place: str) -> Geometry:
    """The geometry itself when it is GeoJSON on the globe; ``BadGeometry`` says what is wrong."""
    kind = geometry.get("type")
    if not isinstance(kind, str) or kind not in _DEPTHS:
        raise BadGeometry(place=place, why="“%(kind)s” is no kind of geometry", kind=str(kind)[:40])
    positions = _points(geometry.get("coordinates"), place, _DEPTHS[kind])
    for number, (longitude, latitude) in enumerate(positions, start=1):
        if number > _MOST_POINTS:
            raise TooMuch(place=place, what="The geometry", size=f"> {_MOST_POINTS}", limit=_MOST_POINTS)
        if not -180 <= longitude <= 180 or not -90 <= latitude <= 90:
            raise BadGeometry(
                place=place,
                why="[%(longitude)s, %(latitude)s] is not longitude, latitude",
                longitude=longitude,
                latitude=latitude,
            )
    _check_shape(geometry, place)
    return geometry


def lies(own: Any, geo: GeoFilter) -> bool:
    """Whether a GeoJSON at hand fits; stores decide the same of what they hold."""
    here, there = shape(own), shape(geo.geometry)
    if geo.relation != "near":
        return bool(getattr(here, geo.relation)(there))
    near, asked = nearest_points(here, there)
    metres = great_circle(near.x, near.y, asked.x, asked.y)
    return (geo.min_distance or 0) <= metres and (geo.max_distance is None or metres <= geo.max_distance)


def _relation(text: str, place: str) -> tuple[Relation, dict[str, float]]:
    name, *rest = text.split(";")
    if name not in _RELATIONS:
        raise BadGeometry(place=place, why="“%(name)s” is no relation of places", name=name[:40])
    distances = {}
    for part in rest:
        found = _DISTANCE.fullmatch(part)
        if not found or found.group(1) in distances:
            raise BadGeometry(place=place, why="“%(part)s” is no distance, or one too many", part=part[:40])
        distances[found.group(1)] = float(found.group(2))
    if (name == "near") != bool(distances):
        raise BadGeometry(place=place, why="near, and only near, takes maxDistance or minDistance in metres")
    return cast(Relation, name), distances


def _coordinates(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return msgspec.json.decode(given)
    except (msgspec.DecodeError, RecursionError):
        raise BadGeometry(place="coordinates", why="the coordinates are not a JSON array") from None


def _points(held: Any, place: str, depth: int) -> Iterator[tuple[float, float]]:
    """Positions that lie so deep."""
    if not isinstance(held, list) or not held:
        raise BadGeometry(place=place, why="the coordinates are not arrays of numbers")
    if depth:
        for one in held:
            yield from _points(one, place, depth - 1)
        return
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in held):
        raise BadGeometry(place=place, why="the coordinates lie deeper in arrays than those of this kind")
    if not 2 <= len(held) <= 3:
        raise BadGeometry(place=place, why="a position has two or three numbers")
    yield float(held[0]), float(held[1])


def _check_shape(geometry: Geometry, place: str) -> None:
    try:
        form = shape(geometry)
    except (shapely.errors.ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError):
        raise BadGeometry(
            place=place, why="the coordinates are not those of a %(kind)s", kind=geometry["type"]
        ) from None
    if any(ring[0] != ring[-1] for ring in _rings(geometry)):
        raise BadGeometry(place=place, why="a ring does not end where it began")
    if form.is_empty:
        raise BadGeometry(place=place, why="it is empty")
    if not form.is_valid:
        raise BadGeometry(place=place, why="%(fault)s", fault=shapely.is_valid_reason(form))


def _rings(geometry: Geometry) -> list[Any]:
    """RFC 7946 wants them closed; the library would close them silently."""
    held: list[Any] = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        return held
    return [ring for polygon in held for ring in polygon] if geometry["type"] == "MultiPolygon" else []
