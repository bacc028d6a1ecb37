"""A course and what it would meet, from above, as one light SVG (W1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, radians
from typing import Any

import msgspec

from huicheng.cases.clearance import Conflict

_WIDTH, _HEIGHT = 1_000.0, 560.0
#: Share of the course's own extent that is shown around it, and the least extent, in degrees (some 500 m).
_AROUND, _LEAST = 0.3, 0.005


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """One shape: its ``d``, and whether it is an area."""

    d: str
    area: bool
    #: Entity type of what it is; "" for the course itself.
    type: str = ""


def drawing_of(course: Any, met: Sequence[Conflict]) -> dict[str, Any] | None:
    """Width, height and paths, the course last, so that it lies on top; ``None`` without a course."""
    places = list(_places(course))
    if not places:
        return None
    place = _projection(places)
    shapes = [(one.geometry, one.type) for one in met if one.geometry is not None]
    paths = [Path(d=_d(held, place), area=_is_area(held), type=kind) for held, kind in shapes]
    paths.append(Path(d=_d(course, place), area=_is_area(course)))
    return {"width": f"{_WIDTH:.0f}", "height": f"{_HEIGHT:.0f}", "paths": paths}


def _projection(places: Sequence[Sequence[float]]) -> Any:
    """Longitude to the right, latitude up, the course in the middle with room around it."""
    xs, ys = zip(*((one[0], one[1]) for one in places), strict=True)
    middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    across = cos(radians(middle_y))
    wide = max((max(xs) - min(xs)) * across, _LEAST) * (1 + 2 * _AROUND)
    high = max(max(ys) - min(ys), _LEAST) * (1 + 2 * _AROUND)
    scale = min(_WIDTH / wide, _HEIGHT / high)

    def place(one: Sequence[float]) -> str:
        x = _WIDTH / 2 + (one[0] - middle_x) * across * scale
        return f"{x:.1f} {_HEIGHT / 2 - (one[1] - middle_y) * scale:.1f}"

    return place


def _d(geometry: dict[str, Any], place: Any) -> str:
    end = "Z" if _is_area(geometry) else ""
    return "".join(f"M{'L'.join(map(place, line))}{end}" for line in _lines(geometry))


def _is_area(geometry: dict[str, Any]) -> bool:
    return str(geometry.get("type", "")).endswith("Polygon")


def _lines(geometry: Any) -> Iterator[Sequence[Sequence[float]]]:
    held, kind = geometry.get("coordinates", []), geometry.get("type")
    if kind == "LineString":
        yield held
    elif kind in {"Polygon", "MultiLineString"}:
        yield from held
    elif kind == "MultiPolygon":
        yield from (ring for polygon in held for ring in polygon)


def _places(geometry: Any) -> Iterator[Sequence[float]]:
    if isinstance(geometry, dict):
        yield from (place for line in _lines(geometry) for place in line)
