"""Boxes outside of which nothing can match, from what a condition says of places: an index finds what lies in them."""

from __future__ import annotations

from collections.abc import Iterator

from huicheng.errors import Invalid
from huicheng.stores.asked import box_of
from huicheng.stores.faces import GeoFilter
from huicheng.stores.places import Bounds
from huicheng.stores.sensing.asked import Call, Constant, Path, Term
from huicheng.stores.sensing.compiling import flat

#: Entity set → the path whose geometry is beside the state: ``_spot`` in its view, where ``_apart`` is not true.
_SPOTS = {"Locations": ("location",), "FeaturesOfInterest": ("feature",), "Things": ("Locations", "location")}
#: Relations that need a common point.
_TOUCHING = frozenset(
    {
        "geo.intersects",
        *(f"st_{one}" for one in ("equals", "touches", "within", "overlaps", "crosses", "intersects", "contains")),
    }
)


def boxes_of(name: str, where: Term | None) -> list[Bounds]:
    """West, east, south, north: each holds all entities of the set that match."""
    path = Path(_SPOTS.get(name, ()))
    parts = flat(where) if isinstance(where, Call) and where.name == "and" else [where]
    return [box for one in parts if isinstance(one, Call) for box in _boxes(path, one)]


def _boxes(path: Path, one: Call) -> Iterator[Bounds]:
    """Of a comparison of what the path leads to with a constant, where it has one."""
    metres: float | None = None
    if one.name in {"lt", "le"} and len(one.arguments) == 2:
        distance, most = one.arguments
        if not (isinstance(distance, Call) and distance.name == "geo.distance" and isinstance(most, Constant)):
            return
        if most.kind != "number":
            return
        one, metres = distance, float(most.value)
    elif one.name not in _TOUCHING:
        return
    if path not in one.arguments:
        return
    for place in one.arguments:
        if isinstance(place, Constant) and place.kind == "geometry":
            yield from _box(place, metres)


def _box(place: Constant, metres: float | None) -> Iterator[Bounds]:
    try:
        if metres is None:
            box = box_of(GeoFilter(relation="intersects", geometry=place.value))
        else:
            box = box_of(GeoFilter(relation="near", geometry=place.value, max_distance=metres))
    except Invalid:  # it has no positions: that is told where it is compared with
        return
    if box is not None:
        yield box
