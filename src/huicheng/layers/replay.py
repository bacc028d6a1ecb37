"""A layer as it was: how it stood at first, then what changed, step by step, in chunks of time.

What is told is what the asker may see of each thing now, as in the temporal interface: attributes that are
hidden, and things that are gone, are not told. A value stands until the next one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.access import Guard
from huicheng.city import Instant
from huicheng.expressions import evaluate_columns
from huicheng.layers.layer import MapLayer
from huicheng.layers.picture import Picture, digits, listed, paint, positions
from huicheng.layers.states import LOCAL, OBSERVED, type_of
from huicheng.stores import Course, HistoryQuery, Store

Matrix = NDArray[Any]

#: A value older than this at the beginning is not known.
LOOK_BACK = 86_400_000_000
#: Things × steps of one chunk: little at first, so that it starts at once.
_FIRST, _LATER = 25_000, 400_000
_PLACE = "location"


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when, and how many µs a step is."""

    start: Instant
    end: Instant
    step: Instant

    @property
    def steps(self) -> int:
        return -(-(self.end - self.start) // self.step)


class Frames(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changed in some steps: of step ``from + n`` the next ``counts[n]`` places of the columns."""

    layer: str
    #: The first step, and how many things changed in each.
    first: int
    counts: list[int]
    #: Places in the picture that came first.
    index: list[int]
    figure: list[float | str | bool | None]
    state: str
    #: Empty where nothing has moved in these steps.
    lon: list[float] = []
    lat: list[float] = []
    bearing: list[float | None] = []


async def replay(
    store: Store, guard: Guard, layer: MapLayer, asked: Replay, language: str = "zh"
) -> AsyncGenerator[Picture | Frames, None]:
    """The picture at the beginning, then frames; the last ones end at ``asked.end``."""
    columns = await store.select(layer.selection(guard))
    now = paint(layer, columns, language)
    film = _Film(layer, now, columns)
    back = asked.start - LOOK_BACK
    film.take(await store.course(film.query(back, asked.start), asked.start - back, back), asked.start, LOOK_BACK, 1)
    yield film.still()
    for first, steps in _chunks(asked.steps, len(now.ids)):
        start = asked.start + first * asked.step
        end = min(start + steps * asked.step, asked.end)
        course = await store.course(film.query(start, end), asked.step, asked.start)
        yield film.frames(course, start, asked.step, first, steps)


def _chunks(steps: int, things: int) -> list[tuple[int, int]]:
    found, first = [], 0
    while first < steps:
        most = _FIRST if first == 0 else _LATER
        length = min(max(1, most // max(things, 1)), steps - first)
        found.append((first, length))
        first += length
    return found


class _Film:
    """What stands at the end of the last chunk: one value for each attribute of each thing."""

    def __init__(self, layer: MapLayer, now: Picture, columns: Mapping[str, Sequence[Any]]) -> None:
        self._layer = layer
        self._today: date = datetime.now(LOCAL).date()
        self._now = now
        self._attributes = layer.attributes(self._today)
        self._ids = [now.prefix + one for one in now.ids]
        self._row = {urn: row for row, urn in enumerate(self._ids)}
        self._moves = not now.lines
        place = {urn: row for row, urn in enumerate(columns["id"])}
        rows = [place[urn] for urn in self._ids]
        #: Attribute → whether the asker may see it of each thing.
        self._seen = {name: np.array([columns[name][row] is not None for row in rows]) for name in self._attributes}
        self._seen[_PLACE] = np.full(len(rows), self._moves)
        empty = {name: np.full(len(rows), None if self._is_text(name) else np.nan) for name in self._attributes}
        self._held: dict[str, Matrix] = {
            **empty,
            OBSERVED: np.full(len(rows), -1, dtype=np.int64),
            "lon": np.array(now.lon, dtype=np.float64),
            "lat": np.array(now.lat, dtype=np.float64),
        }

    def _is_text(self, name: str) -> bool:
        return name not in self._layer.declared or type_of(self._layer.declared[name].kind) != "number"

    def query(self, start: Instant, end: Instant) -> HistoryQuery:
        attributes = [*self._attributes, *([_PLACE] if self._moves else [])]
        return HistoryQuery(type=self._layer.type, attributes=attributes, start=start, end=end)

    def still(self) -> Picture:
        """The picture of what stands at the beginning."""
        figure, bearing = self._layer.layer.figure, self._layer.layer.bearing
        observed = self._held[OBSERVED]
        return msgspec.structs.replace(
            self._now,
            lon=self._held["lon"].tolist(),
            lat=self._held["lat"].tolist(),
            figure=listed(self._held[figure]) if figure else self._now.figure,
            state=self._states(self._held),
            at=[None if one < 0 else one // 1_000_000 for one in observed.tolist()],
            bearing=listed(self._held[bearing]) if bearing else None,
        )

    def frames(self, course: Course, start: Instant, step: Instant, first: int, steps: int) -> Frames:
        """What the course of some steps changes."""
        changed, grown = self.take(course, start, step, steps)
        slot, thing = np.nonzero(changed)
        moved = _PLACE in course.attributes
        rows = {name: matrix[slot + 1, thing] for name, matrix in grown.items()}
        figure, bearing = self._layer.layer.figure, self._layer.layer.bearing
        return Frames(
            layer=self._layer.id,
            first=first,
            counts=changed.sum(axis=1).tolist(),
            index=thing.tolist(),
            figure=listed(rows[figure]) if figure else [None] * len(thing),
            state=self._states(rows),
            lon=np.round(rows["lon"], 6).tolist() if moved else [],
            lat=np.round(rows["lat"], 6).tolist() if moved else [],
            bearing=listed(rows[bearing]) if bearing else [],
        )

    def take(self, course: Course, start: Instant, step: Instant, steps: int) -> tuple[Matrix, dict[str, Matrix]]:
        """Which thing changed in which step, and each value after each step (row 0: before); keeps the last."""
        things = np.array([self._row.get(urn, -1) for urn in course.entities], dtype=np.int64)
        thing = things[course.entity] if len(course) else np.empty(0, dtype=np.int64)
        slot = (course.start - start) // step
        changed = np.zeros((steps, len(self._ids)), dtype=bool)
        grown = {name: np.tile(column, (steps + 1, 1)) for name, column in self._held.items()}
        for number, name in enumerate(course.attributes):
            mine = (course.attribute == number) & (thing >= 0)
            mine[mine] = self._seen[name][thing[mine]]
            at = (slot[mine], thing[mine])
            changed[at] = True
            self._put(grown, name, at, course, mine)
        self._held = {name: matrix[-1] for name, matrix in grown.items()}
        return changed, grown

    def _put(
        self, grown: dict[str, Matrix], name: str, at: tuple[Matrix, Matrix], course: Course, mine: Matrix
    ) -> None:
        if name == _PLACE:
            places = _positions(course.text[mine])
            _spread(grown["lon"], at, places[:, 0])
            _spread(grown["lat"], at, places[:, 1])
        else:
            _spread(grown[name], at, _texts(course, mine) if self._is_text(name) else course.number[mine])
        if name == (self._layer.layer.figure or _PLACE):
            _spread(grown[OBSERVED], at, course.observed_at[mine])

    def _states(self, rows: Mapping[str, Matrix]) -> str:
        expression = self._layer.expression(self._today)
        read = {name: rows[name] for name in expression.names} or {OBSERVED: rows[OBSERVED]}
        found = evaluate_columns(expression, read, self._layer.points(self._today))
        return digits(found)


def _spread(matrix: Matrix, at: tuple[Matrix, Matrix], values: Matrix) -> None:
    """Put values where they were observed, and let each stand until the next one of the same thing."""
    slot, thing = at
    since = np.zeros(matrix.shape, dtype=np.int32)
    since[slot + 1, thing] = slot + 1
    np.maximum.accumulate(since, axis=0, out=since)
    matrix[slot + 1, thing] = values
    matrix[:] = matrix[since, np.arange(matrix.shape[1])]


def _texts(course: Course, mine: Matrix) -> Matrix:
    """Values as they were: texts and booleans from their JSON, numbers as they are."""
    held = zip(course.text[mine].tolist(), course.number[mine].tolist(), strict=True)
    found = np.empty(int(mine.sum()), dtype=object)
    found[:] = [number if text is None else msgspec.json.decode(text) for text, number in held]
    return found


def _positions(texts: Matrix) -> NDArray[np.float64]:
    """Longitude and latitude of GeoJSON points, by one decoding."""
    found = msgspec.json.decode(f"[{','.join(text or '{}' for text in texts.tolist())}]")
    return positions([one.get("coordinates") or (np.nan, np.nan) for one in found])
