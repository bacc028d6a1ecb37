"""A layer as it stands: columns of equal length, one place for each thing that has a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.access import Guard
from huicheng.layers.layer import NAME, NAMES, PLACE, SOURCE, STATE, MapLayer
from huicheng.layers.states import OBSERVED
from huicheng.stores import Store

#: What the attribute ``source`` of made-up things says.
SIMULATION = "simulation"
_DIGITS = 6


class Picture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Things of one layer. An identifier is ``prefix`` and a place of ``ids``."""

    layer: str
    prefix: str
    ids: list[str]
    #: Longitude and latitude (WGS 84) of the point; of a line, of its middle.
    lon: list[float]
    lat: list[float]
    #: One digit each, the number of its state.
    state: str
    #: In the attribute's unit; a text where the attribute is one.
    figure: list[float | str | bool | None]
    #: When the figure was observed: seconds since 1970.
    at: list[int | None]
    #: In the language asked for; ``None``: it has none, or it was not asked for.
    names: list[str | None] | None = None
    #: Degrees from north, clockwise.
    bearing: list[float | None] | None = None
    #: One digit each: 1 = made up by a model.
    simulated: str = ""
    #: Place → lines (lists of positions) of what is no point.
    lines: dict[int, list[Any]] = {}
    #: ``depth``, ``floor``, ``ceiling`` → metres.
    heights: dict[str, list[float | None]] = {}


async def picture(
    store: Store, guard: Guard, layer: MapLayer, *, ids: Sequence[str] | None = None, language: str | None = "zh"
) -> Picture:
    """What one person may see of a layer, or of some of its things; without a language no names are told."""
    return paint(layer, await store.select(layer.selection(guard, ids)), language)


def paint(layer: MapLayer, columns: dict[str, list[Any]], language: str | None) -> Picture:
    """The picture that a selection's columns give."""
    placed = [row for row, place in enumerate(columns[PLACE]) if place]
    if len(placed) < len(columns[PLACE]):
        columns = {name: [column[row] for row in placed] for name, column in columns.items()}
    points, lines = _places(columns[PLACE])
    prefix = _prefix(columns["id"])
    figure, bearing = layer.layer.figure, layer.layer.bearing
    return Picture(
        layer=layer.id,
        prefix=prefix,
        ids=[one[len(prefix) :] for one in columns["id"]],
        lon=np.round(points[:, 0], _DIGITS).tolist(),
        lat=np.round(points[:, 1], _DIGITS).tolist(),
        state=digits(np.array(columns[STATE], dtype=np.float64)),
        figure=_figures(columns[figure]) if figure else [None] * len(points),
        at=[None if at is None else at // 1_000_000 for at in columns[OBSERVED]],
        names=None if language is None else _names(columns, language),
        bearing=_figures(columns[bearing], 1) if bearing else None,
        simulated="".join("1" if source == SIMULATION else "0" for source in columns[SOURCE]),
        lines=lines,
        heights={field: _figures(columns[attribute], 2) for field, attribute in layer.heights.items()},
    )


def _prefix(ids: list[str]) -> str:
    """How all of them begin, up to a colon. They are in order, so what the first and the last share all share."""
    if not ids:
        return ""
    first, last = ids[0], ids[-1]
    shared = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: first.rfind(":", 0, shared) + 1]


def digits(codes: NDArray[np.float64]) -> str:
    """Numbers of states as one text; what is unknown is 0."""
    return (np.nan_to_num(codes).astype(np.uint8) + ord("0")).tobytes().decode("ascii")


def listed(column: NDArray[Any], decimals: int = 3) -> list[Any]:
    """For JSON, which has no NaN."""
    if column.dtype == object:
        return list(column.tolist())
    rounded = np.round(column, decimals).astype(object)
    rounded[np.isnan(column)] = None
    return list(rounded.tolist())


def _figures(column: list[Any], decimals: int = 3) -> list[Any]:
    """Numbers rounded, everything else as it is."""
    if set(map(type, column)) <= {float, int, type(None)}:
        return listed(np.array(column, dtype=np.float64), decimals)
    return column


# -- names


class _Spoken(msgspec.Struct, frozen=True, gc=False):
    """A name in the languages that pages have."""

    zh_hans: str | None = msgspec.field(default=None, name="zh-hans")
    zh_Hans: str | None = msgspec.field(default=None, name="zh-Hans")  # noqa: N815 - as others write the tag
    zh: str | None = None
    en: str | None = None


_maps = msgspec.json.Decoder(list[_Spoken])


def _names(columns: dict[str, list[Any]], language: str) -> list[str | None]:
    """The name in the language; else in the other one; ``None`` where there is none."""
    held = [several or plain for several, plain in zip(columns[NAMES], columns[NAME], strict=True)]
    maps = [one for one in held if _is_map(one)]
    spoken = iter(_in_language(maps, language))
    return [next(spoken) if _is_map(one) else _text(one) for one in held]


def _is_map(held: Any) -> bool:
    return held.__class__ is str and held[:1] == "{"


def _text(held: Any) -> str | None:
    return None if held is None else str(held)


def _in_language(maps: list[str], language: str) -> list[str | None]:
    try:
        found = _maps.decode(f"[{','.join(maps)}]")
    except msgspec.ValidationError:  # what somebody sent is no name in languages
        return [None] * len(maps)
    if language == "en":
        return [one.en or one.zh_hans or one.zh_Hans or one.zh for one in found]
    return [one.zh_hans or one.zh_Hans or one.zh or one.en for one in found]


# -- places


class _Point(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="Point"):
    coordinates: tuple[float, ...]


_points = msgspec.json.Decoder(list[_Point])


def _places(texts: list[str]) -> tuple[NDArray[np.float64], dict[int, list[Any]]]:
    """A row of two for each GeoJSON text, and the lines of those that are no points."""
    # As one text: a tenth of the time of decoding each.
    whole = f"[{','.join(texts)}]"
    try:
        return positions([one.coordinates for one in _points.decode(whole)]), {}
    except msgspec.ValidationError:
        pass
    geometries: list[Any] = msgspec.json.decode(whole)
    lines = {row: _lines(geometry) for row, geometry in enumerate(geometries)}
    drawn = {row: _shortened(held) for row, held in lines.items() if held and len(held[0]) > 1}
    return positions([_middle(held) for held in lines.values()]), drawn


def positions(pairs: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Longitude and latitude as an array of two columns; heights are left out."""
    if any(len(pair) != 2 for pair in pairs):
        pairs = [pair[:2] for pair in pairs]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _lines(geometry: Any) -> list[list[list[float]]]:
    """Lines of any geometry; a point is a line of one position."""
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list) or not coordinates:
        return []
    depth, inner = 0, coordinates
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    for _ in range(depth, 3):
        coordinates = [coordinates]
    for _ in range(3, depth):
        coordinates = [line for part in coordinates for line in part]
    return coordinates


def _middle(lines: list[list[list[float]]]) -> tuple[float, float]:
    if not lines:
        return 0.0, 0.0
    longest = max(lines, key=len)
    if len(longest) == 2:
        (x0, y0, *_), (x1, y1, *_) = longest
        return (x0 + x1) / 2, (y0 + y1) / 2
    x, y, *_ = longest[len(longest) // 2]
    return float(x), float(y)


def _shortened(lines: list[list[list[float]]]) -> list[list[list[float]]]:
    return [[[round(x, _DIGITS), round(y, _DIGITS)] for x, y, *_ in line] for line in lines]
