"""How far apart two places are."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

#: Mean radius of WGS 84 in metres (IUGG).
EARTH_RADIUS = 6_371_008.8


def great_circle(west: float, south: float, east: float, north: float) -> float:
    """Metres between two positions by the haversine formula."""
    lat1, lat2 = radians(south), radians(north)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(radians(east - west) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(min(1.0, half)))
