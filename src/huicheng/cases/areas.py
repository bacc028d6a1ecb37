"""In which areas a place lies: its cell of the grid (单元网格), its responsibility grid (责任网格), its division.

Cells are entities of type ``GridCell`` with a polygon, brought in from a file like any other source. Until the district
has some, the cell is that of the example grid (示例网格), and of the rest nothing is known.
"""

from __future__ import annotations

import msgspec

from huicheng.city import Entity
from huicheng.packs import entity_types
from huicheng.platform import current
from huicheng.stores import Blocking, EntityQuery, GeoFilter

GRID_CELL = "GridCell"
#: More than one of each kind over a place is a slip in the survey; the first by id is taken.
_MOST = 20


class Areas(msgspec.Struct, frozen=True, kw_only=True):
    """Codes; "" where none is known."""

    grid: str = ""
    #: Responsibility grid.
    net: str = ""
    division: str = ""


NOWHERE = Areas()


def areas_of(place: tuple[float, float] | None) -> Areas:
    """The areas of a place (longitude, latitude; WGS 84); nothing for none."""
    if place is None:
        return NOWHERE
    cells = _cells(place)
    management = [one for one in cells if _text(one, "cellKind") != "responsibility"]
    nets = [one for one in cells if _text(one, "cellKind") == "responsibility"]
    return Areas(
        grid=_first(management, "code") or _example(place),
        net=_first(nets, "code"),
        division=_first(management, "divisionCode") or _first(nets, "divisionCode"),
    )


def _cells(place: tuple[float, float]) -> list[Entity]:
    if GRID_CELL not in entity_types(current().packs):
        return []
    here = GeoFilter(relation="intersects", geometry={"type": "Point", "coordinates": list(place)})
    found = Blocking(current().store).query(EntityQuery(types=(GRID_CELL,), geo=here, limit=_MOST))
    return sorted((one.entity for one in found.entities), key=lambda one: one.id)


def _first(cells: list[Entity], name: str) -> str:
    return next((text for one in cells if (text := _text(one, name))), "")


def _text(cell: Entity, name: str) -> str:
    held = cell.attributes.get(name)
    return str(held.value) if held is not None and not isinstance(held, list) and held.value is not None else ""


def _example(place: tuple[float, float]) -> str:
    """Code of the cell of the example grid; "" outside the district, or where no grid is laid."""
    grid = current().grid
    cell = grid.cell_of(*place) if grid is not None else None
    return cell.code if cell else ""
