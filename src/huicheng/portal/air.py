"""What the things nearby say now, for people who only want to know."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import subject_of
from huicheng.web.reading import Reader
from huicheng.web.stations import LEVELS, stations


def airs_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Every station that this visitor may see, with its figure, its state in words, and its time."""
    reader = Reader(guard_for(subject_of(request.user), "read"))
    return [
        {
            "id": station.id,
            "name": station.name,
            "note": station.note,
            "place": station.place,
            "figure": station.figure,
            "figure_name": station.figure_name,
            "unit": station.unit,
            "state": station.state,
            "word": LEVELS[station.state],
            "observed_at": station.observed_at,
        }
        for station in stations(reader)
    ]
