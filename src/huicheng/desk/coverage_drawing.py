"""The cells of the grid as one drawing: a path for each state, so that a thousand cells stay light (W1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, radians
from typing import Any

import msgspec

from huicheng.devices.coverage import Coverage, Covered

_WIDTH = 1_000.0


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """An SVG's box, and the path of the cells of each state ("" for none)."""

    width: str = "0"
    height: str = "0"
    working: str = ""
    broken: str = ""
    none: str = ""


def drawing_of(found: Coverage) -> Drawing:
    """Longitude to the right, latitude up, degrees of longitude shortened as they are there."""
    xs, ys = zip(*(one.place for one in found.cells), strict=True)
    margin = 0.02
    west, east, south, north = min(xs) - margin, max(xs) + margin, min(ys) - margin, max(ys) + margin
    across = cos(radians((south + north) / 2))
    scale = _WIDTH / ((east - west) * across)

    def place(longitude: float, latitude: float) -> str:
        return f"{(longitude - west) * across * scale:.1f} {(north - latitude) * scale:.1f}"

    paths: dict[str, list[str]] = {"working": [], "broken": [], "none": []}
    for one in found.cells:
        paths[_state(one)] += [
            "M" + "L".join(place(*point[:2]) for point in ring) + "Z" for ring in _rings(one.cell.geometry)
        ]
    height = f"{(north - south) * scale:.1f}"
    return Drawing(width=f"{_WIDTH:.0f}", height=height, **{state: "".join(path) for state, path in paths.items()})


def _state(one: Covered) -> str:
    return "working" if one.working else "broken" if one.broken else "none"


def _rings(geometry: Any) -> Iterator[Any]:
    polygons = {"Polygon": [geometry.get("coordinates")], "MultiPolygon": geometry.get("coordinates")}
    for polygon in polygons.get(geometry["type"], ()):
        yield polygon[0]
