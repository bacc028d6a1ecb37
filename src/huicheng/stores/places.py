"""Bounds of GeoJSON geometries (RFC 7946), for the R*Tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huicheng.city import Attributes
from huicheng.errors import Invalid

#: The attribute whose bounds are indexed.
LOCATION = "location"

#: west, east, south, north in degrees.
Bounds = tuple[float, float, float, float]


def location_of(attributes: Attributes) -> Any:
    """The GeoJSON under ``location`` (its first instance), or ``None``."""
    held = attributes.get(LOCATION)
    if isinstance(held, list):
        held = held[0] if held else None
    if held is None or held.type != "GeoProperty":
        return None
    return held.content


def bounds(geometry: Any) -> Bounds:
    """The smallest box around a geometry; ``Invalid`` when there are no positions in it."""
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        west, south = _position(geometry.get("coordinates"))
        return west, west, south, south
    positions = list(_positions(geometry))
    if not positions:
        raise Invalid(place=LOCATION, why="The geometry has no positions.")
    longitudes, latitudes = zip(*positions, strict=True)
    return min(longitudes), max(longitudes), min(latitudes), max(latitudes)


def _positions(geometry: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(geometry, dict):
        raise Invalid(place=LOCATION, why="A geometry is a GeoJSON object.")
    for part in geometry.get("geometries", ()):
        yield from _positions(part)
    yield from _walk(geometry.get("coordinates", []))


def _walk(coordinates: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list):
        raise Invalid(place=LOCATION, why="Coordinates are lists of numbers.")
    if coordinates and not isinstance(coordinates[0], list):
        yield _position(coordinates)
        return
    for part in coordinates:
        yield from _walk(part)


def _position(position: Any) -> tuple[float, float]:
    try:
        return float(position[0]), float(position[1])
    except (TypeError, ValueError, IndexError, KeyError):
        raise Invalid(place=LOCATION, why="A position is longitude and latitude, as numbers.") from None
