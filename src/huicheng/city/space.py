"""Pieces of the air: where, between which heights, from when to when; and whether two of them meet (W1.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from huicheng.city.distance import EARTH_RADIUS
from huicheng.city.instant import Instant, parse_instant
from huicheng.errors import Invalid

#: The attributes that say it. What is not said holds everything: nobody may fly through what nobody has measured.
SPACE_ATTRIBUTES = ("location", "floor", "ceiling", "validFrom", "validTo")
_ALWAYS = 2**62


class Space(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the air. Heights are metres above the ground."""

    #: Degrees, WGS 84; ``None`` = not known, so everywhere.
    geometry: Any
    floor: float
    ceiling: float
    begins: Instant
    ends: Instant
    #: Which of :data:`SPACE_ATTRIBUTES` are not said, or cannot be read.
    unknown: tuple[str, ...]


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """Where two pieces come too near to each other."""

    #: Metres in plan, 0 where they cross; ``None`` where it is not known.
    distance: float | None
    #: The heights that both have; the floor is above the ceiling where they only come near.
    floor: float
    ceiling: float
    #: The time that both have. An open end is ``None``.
    begins: Instant | None
    ends: Instant | None
    #: What the other one does not say.
    unknown: tuple[str, ...]


def space_of(values: Mapping[str, Any]) -> Space:
    """From the values of :data:`SPACE_ATTRIBUTES`, as entities have them: GeoJSON, metres, RFC 3339."""
    geometry = _geometry(values.get("location"))
    floor, ceiling = _number(values.get("floor")), _number(values.get("ceiling"))
    begins, ends = _time(values.get("validFrom")), _time(values.get("validTo"))
    read = (geometry, floor, ceiling, begins, ends)
    return Space(
        geometry=geometry,
        floor=0.0 if floor is None else floor,
        ceiling=math.inf if ceiling is None else ceiling,
        begins=-_ALWAYS if begins is None else begins,
        ends=_ALWAYS if ends is None else ends,
        unknown=tuple(name for name, one in zip(SPACE_ATTRIBUTES, read, strict=True) if one is None),
    )


def meeting(one: Space, other: Space, *, apart: float = 0.0, above: float = 0.0) -> Meeting | None:
    """Where they meet in plan (nearer than ``apart`` metres), in height (``above``) and in time; else ``None``.

    Heights and times that only touch do not meet.
    """
    begins, ends = max(one.begins, other.begins), min(one.ends, other.ends)
    floor, ceiling = max(one.floor, other.floor), min(one.ceiling, other.ceiling)
    if begins >= ends or floor - ceiling >= above:
        return None
    distance = _metres(one.geometry, other.geometry)
    if distance is not None and distance > 0 and distance >= apart:
        return None
    return Meeting(
        distance=distance,
        floor=floor,
        ceiling=ceiling,
        begins=None if begins == -_ALWAYS else begins,
        ends=None if ends == _ALWAYS else ends,
        unknown=other.unknown,
    )


def _metres(one: BaseGeometry | None, other: BaseGeometry | None) -> float | None:
    """In the plane that touches the earth there: good to a few in ten thousand over a city."""
    if one is None or other is None:
        return None
    middle = math.radians(one.centroid.y)
    return float(shapely.distance(_flat(one, middle), _flat(other, middle)))


def _flat(geometry: BaseGeometry, latitude: float) -> Any:
    metre = math.radians(1) * EARTH_RADIUS
    return shapely.transform(geometry, lambda places: places * (metre * math.cos(latitude), metre))


def _geometry(value: Any) -> BaseGeometry | None:
    if not isinstance(value, dict):
        return None
    try:
        made = shape(value)
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError):
        return None
    return made if made.is_valid and not made.is_empty else None


def _number(value: Any) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) else None


def _time(value: Any) -> Instant | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except Invalid:
        return None
