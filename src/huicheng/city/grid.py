"""A synthetic grid over a district (示例网格), until its real management grid (单元网格) is entered.

Cells are squares, numbered from the north-west, row by row. A code begins with the district's
GB/T 2260 code; GB/T 30428.1 grids have 14 digits, and some cities use 16, so the length is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from math import ceil, cos, floor, radians
from typing import Any

import msgspec
import shapely
from shapely.geometry import mapping, shape

from huicheng.city.attribute import Geometry
from huicheng.errors import Invalid

#: Words beside every cell, so that nobody takes it for a real one.
NOTE = {"zh-hans": "示例网格", "en": "Example grid"}

_METRES_A_DEGREE = 111_320.0
#: More than this is a slip in ``metres``, and would fill the memory.
_MOST_CELLS = 1_000_000


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the grid."""

    code: str
    #: The square, cut off at the boundary: GeoJSON, WGS 84.
    geometry: Geometry


class Grid:
    """The cells that touch a boundary."""

    def __init__(self, boundary: Geometry, *, district: str, metres: float = 1_000.0, digits: int = 14) -> None:
        """``boundary`` is a (multi)polygon in WGS 84; ``metres`` the side of a cell; ``digits`` the code's length."""
        self._area = _polygon(boundary)
        self._district = district
        self._west, south, _, self._north = self._area.bounds
        middle = radians((south + self._north) / 2)
        self._height = metres / _METRES_A_DEGREE
        self._width = self._height / cos(middle)
        self._columns = ceil((self._area.bounds[2] - self._west) / self._width)
        self._rows = ceil((self._north - south) / self._height)
        self._digits = digits - len(district)
        if not 0 < self._columns * self._rows < min(_MOST_CELLS, 10**self._digits):
            raise Invalid(
                place="grid",
                why="Cells of %(metres)s m do not fit into codes of %(digits)s digits.",
                metres=f"{metres:g}",
                digits=digits,
            )

    def cell_of(self, longitude: float, latitude: float) -> Cell | None:
        """The cell that a place lies in; ``None`` outside the boundary."""
        if not self._area.covers(shapely.Point(longitude, latitude)):
            return None
        # On the eastern and southern edge the last cell holds the place.
        column = min(floor((longitude - self._west) / self._width), self._columns - 1)
        row = min(floor((self._north - latitude) / self._height), self._rows - 1)
        return self._cell(row, column)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that has some of the district in it, in the order of codes."""
        return tuple(self._touching())

    def _touching(self) -> Iterator[Cell]:
        shapely.prepare(self._area)
        for row in range(self._rows):
            for column in range(self._columns):
                if self._area.intersection(self._square(row, column)).area > 0:
                    yield self._cell(row, column)

    def _cell(self, row: int, column: int) -> Cell:
        number = row * self._columns + column + 1
        piece = self._area.intersection(self._square(row, column))
        return Cell(code=f"{self._district}{number:0{self._digits}}", geometry=_geojson(piece))

    def _square(self, row: int, column: int) -> shapely.Polygon:
        west, north = self._west + column * self._width, self._north - row * self._height
        square: shapely.Polygon = shapely.box(west, north - self._height, west + self._width, north)
        return square


def _polygon(boundary: Geometry) -> Any:
    try:
        area = shapely.make_valid(shape(boundary))
    except (shapely.GEOSException, AttributeError, KeyError, TypeError, ValueError):
        raise Invalid(place="boundary", why="The boundary is not a GeoJSON polygon.") from None
    if area.geom_type not in {"Polygon", "MultiPolygon"} or area.is_empty:
        raise Invalid(place="boundary", why="The boundary is a %(kind)s, not a polygon.", kind=area.geom_type)
    return area


def _geojson(piece: Any) -> Geometry:
    raw: Geometry = mapping(piece)
    return raw
