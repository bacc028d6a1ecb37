"""GeoJSON geometries (RFC 7946): form, order of longitude and latitude, range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from huicheng.ingest import problem as says
from huicheng.ingest.problem import Flaw, shown


class District(NamedTuple):
    """The box around the district, degrees WGS 84: where a position is expected to be."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether the position is in the box."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


_NUMBERS = frozenset({int, float})


def is_plain_point(value: Any, district: District | None) -> bool:
    """Whether it is a point of two numbers where one is expected: what nearly every sensor sends, told cheaply."""
    if type(value) is not dict or len(value) != 2 or value.get("type") != "Point":
        return False
    coordinates = value.get("coordinates")
    if type(coordinates) is not list or len(coordinates) != 2:
        return False
    longitude, latitude = coordinates
    return (
        type(longitude) in _NUMBERS
        and type(latitude) in _NUMBERS
        and -180 <= longitude <= 180
        and -90 <= latitude <= 90
        and (district is None or district.holds(longitude, latitude))
    )


def check_geometry(value: Any, district: District | None) -> None:
    """A geometry whose every position is on the earth and not swapped."""
    if not isinstance(value, dict):
        raise Flaw(says.NOT_A_GEOMETRY, "/value", why="it is not an object")
    if value.get("type") == "GeometryCollection":
        for part in _list(value.get("geometries"), why="its geometries are not a list"):
            check_geometry(part, district)
        return
    form = _FORMS.get(value.get("type", ""))
    if form is None:
        named = shown(value.get("type"))
        raise Flaw(says.NOT_A_GEOMETRY, "/value/type", why="its type is “%(type)s”", type=named)
    form(value.get("coordinates"), district)


def _position(value: Any, district: District | None) -> None:
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= 3 or not all(map(_is_number, value)):
        raise _fault(why="“%(position)s” is not a position", position=shown(value))
    longitude, latitude = value[0], value[1]
    on_earth = -180 <= longitude <= 180 and -90 <= latitude <= 90
    if on_earth and (district is None or district.holds(longitude, latitude)):
        return
    if _swapped(longitude, latitude, on_earth, district):
        where = "/value/coordinates"
        raise Flaw(says.SWAPPED, where, position=shown(list(value)), remedy=f"[{latitude}, {longitude}]")
    if not on_earth:
        raise Flaw(says.OUT_OF_RANGE, "/value/coordinates", position=shown(list(value)))


def _swapped(longitude: float, latitude: float, on_earth: bool, district: District | None) -> bool:  # noqa: FBT001 - one private step
    """Swapped it falls into the district; without a district, swapped it is on the earth and as sent it is not."""
    if district is not None:
        return district.holds(latitude, longitude)
    return not on_earth and -180 <= latitude <= 180 and -90 <= longitude <= 90


def _is_number(value: Any) -> bool:
    return type(value) in _NUMBERS and value - value == 0


def _list(value: Any, *, why: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _fault(why=why)
    return list(value)


def _fault(*, why: str, **details: object) -> Flaw:
    return Flaw(says.NOT_A_GEOMETRY, "/value/coordinates", why=why, **details)


def _line(value: Any, district: District | None) -> None:
    _positions(value, district, 2, why="a line needs two positions")


def _ring(value: Any, district: District | None) -> None:
    _positions(value, district, 4, why="a ring needs four positions")
    if list(value[0]) != list(value[-1]):
        raise _fault(why="a ring does not end where it began")


def _points(value: Any, district: District | None) -> None:
    _positions(value, district, 1, why="it has no positions")


def _positions(value: Any, district: District | None, least: int, *, why: str) -> None:
    if len(_list(value, why="its coordinates are not a list")) < least:
        raise _fault(why=why)
    for position in value:
        _position(position, district)


_Form = Callable[[Any, "District | None"], None]


def _several(form: _Form) -> _Form:
    def check(value: Any, district: District | None) -> None:
        if not _list(value, why="its coordinates are not a list"):
            raise _fault(why="it has no positions")
        for part in value:
            form(part, district)

    return check


_FORMS: dict[str, _Form] = {
    "Point": _position,
    "MultiPoint": _points,
    "LineString": _line,
    "MultiLineString": _several(_line),
    "Polygon": _several(_ring),
    "MultiPolygon": _several(_several(_ring)),
}
