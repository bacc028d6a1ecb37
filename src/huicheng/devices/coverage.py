"""Where the city is not sensed: cells of the grid with and without a device that works (W1.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
import shapely
from shapely.geometry import shape

from huicheng.city import Cell, Grid, great_circle
from huicheng.devices.register import Registered, registered
from huicheng.web.reading import Reader

#: What reaches beyond the cell that it stands in.
REACHING = "network"


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: how many that work cover it, and how many stand there that do not."""

    cell: Cell
    #: A place within it (longitude, latitude): where one could stand.
    place: tuple[float, float]
    working: int
    broken: int


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """All cells for one thing that is sensed."""

    cells: tuple[Covered, ...]

    @property
    def covered(self) -> int:
        """Cells with at least one that works."""
        return sum(one.working > 0 for one in self.cells)

    @property
    def share(self) -> float | None:
        """Of all cells, 0 to 1; ``None`` without a grid."""
        return self.covered / len(self.cells) if self.cells else None


def coverage(reader: Reader, grid: Grid, senses: str) -> Coverage:
    """A base station covers every cell whose middle it reaches, all else the cell that it stands in."""
    things = list(registered(reader, senses))
    working, broken = _counted(grid, things)
    middles = {cell.code: _inside(cell) for cell in grid.cells}
    if senses == REACHING:
        working.update(_reached(middles, [one for one in things if one.works and one.reach]))
    cells = tuple(
        Covered(cell=cell, place=middles[cell.code], working=working[cell.code], broken=broken[cell.code])
        for cell in grid.cells
    )
    return Coverage(cells=cells)


def _counted(grid: Grid, things: Iterable[Registered]) -> tuple[Counter[str], Counter[str]]:
    working, broken = Counter[str](), Counter[str]()
    for one in things:
        cell = grid.cell_of(*one.place)
        if cell is not None:
            (working if one.works else broken)[cell.code] += 1
    return working, broken


def _reached(middles: dict[str, tuple[float, float]], stations: Iterable[Registered]) -> Iterator[str]:
    for one in stations:
        yield from (code for code, middle in middles.items() if great_circle(*one.place, *middle) <= one.reach)


def _inside(cell: Cell) -> tuple[float, float]:
    point: shapely.Point = shape(cell.geometry).representative_point()
    return point.x, point.y
