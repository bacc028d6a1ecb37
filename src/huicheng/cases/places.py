"""Where cases are: points of a map's window, or how many in each square of it when they are too many."""

from __future__ import annotations

import msgspec
from django.db import connection
from django.db.models import Avg, Count, F
from django.db.models.functions import Floor

from huicheng.access import Guard
from huicheng.cases.inbox import Filters, narrowed
from huicheng.cases.models import Case, CaseRows
from huicheng.cases.visibility import shown_where

#: So many points a map can draw and a person can tell apart.
MOST_POINTS = 1_500
#: Squares along the window's side.
_SQUARES = 14


class Square(msgspec.Struct, frozen=True, kw_only=True):
    """Cases close together: how many, and their middle."""

    longitude: float
    latitude: float
    count: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What a window shows: cases one by one, or squares."""

    cases: list[Case]
    squares: list[Square]
    total: int


def placed(guard: Guard, filters: Filters) -> Placed:
    """The cases in ``filters.within``, of those whose place the guard shows."""
    if filters.within is None:
        raise ValueError("a window is needed")
    seen = shown_where(guard, connection.vendor, "location")
    rows = narrowed(guard, filters)
    rows = rows.none() if seen is None else rows.filter(seen)
    cases = list(rows.order_by()[: MOST_POINTS + 1])
    if len(cases) <= MOST_POINTS:
        return Placed(cases=cases, squares=[], total=len(cases))
    squares = _squares(rows, filters.within)
    return Placed(cases=[], squares=squares, total=sum(one.count for one in squares))


def _squares(rows: CaseRows, within: tuple[float, float, float, float]) -> list[Square]:
    west, south, east, north = within
    wide, high = (east - west) / _SQUARES or 1.0, (north - south) / _SQUARES or 1.0
    found = (
        rows.order_by()
        .annotate(column=Floor((F("longitude") - west) / wide), line=Floor((F("latitude") - south) / high))
        .values("column", "line")
        .annotate(count=Count("pk"), longitude=Avg("longitude"), latitude=Avg("latitude"))
    )
    return [Square(longitude=one["longitude"], latitude=one["latitude"], count=one["count"]) for one in found]
