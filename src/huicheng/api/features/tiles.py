"""Layers as vector tiles (OGC API – Tiles, 20-057), in the squares of WebMercatorQuad."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from huicheng.api.features.asked import language_in, refuse_unknown, selected
from huicheng.api.features.layer import Layer
from huicheng.api.features.links import JSON, TILE, base_of, collection_url, forms, link
from huicheng.api.features.media import form_of
from huicheng.api.features.mvt import EXTENT, encode
from huicheng.api.features.pages import said
from huicheng.api.features.places import box
from huicheng.api.features.shown import feature_of
from huicheng.api.features.tools import Tools
from huicheng.api.http import Answer, Request
from huicheng.errors import Invalid, NotFound
from huicheng.stores import GeoFilter, Stored

QUAD = "WebMercatorQuad"
_QUAD_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}"
_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_TILING = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_DEEPEST = 24
#: Features of one tile; of more the first by identifier. A map of a whole city asks for tiles nearer by.
MOST_IN_A_TILE = 10_000
#: Steps around a tile that are drawn, too, so that lines meet.
_MARGIN = 64
_FURTHEST_NORTH = 85.0511287798066


class Square(NamedTuple):
    """One tile: how many halvings, its column from the west, its row from the north."""

    zoom: int
    column: int
    row: int

    def box(self) -> list[float]:
        """West, south, east, north, with its margin, on the globe."""
        margin = _MARGIN / EXTENT
        west, north = self._degrees(self.column - margin, self.row - margin)
        east, south = self._degrees(self.column + 1 + margin, self.row + 1 + margin)
        return [max(west, -180.0), south, min(east, 180.0), north]

    def _degrees(self, x: float, y: float) -> tuple[float, float]:
        size = 2.0**self.zoom
        latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / size))))
        return x / size * 360 - 180, latitude

    def steps(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Longitudes and latitudes as steps of the tile, y to the south."""
        size = 2.0**self.zoom
        latitude = np.radians(np.clip(degrees[:, 1], -_FURTHEST_NORTH, _FURTHEST_NORTH))
        x = (degrees[:, 0] + 180) / 360 * size - self.column
        y = (1 - np.arcsinh(np.tan(latitude)) / np.pi) / 2 * size - self.row
        return np.column_stack([x, y]) * EXTENT


class Tiles:
    """Handlers."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def sets(self, request: Request) -> Answer:
        """The one set of tiles of a layer."""
        refuse_unknown(request)
        layer, base = await self._layer(request), base_of(request)
        form, url = form_of(request, ()), f"{collection_url(base, layer.type)}/tiles"
        own = [link(f"{url}/{QUAD}?f=json", "self", JSON)]
        document = {"links": forms(url, JSON, form), "tilesets": [_described(layer, own)]}
        return said(document, form, JSON, language_in(request), title=f"{layer.type}: tiles")

    async def set(self, request: Request) -> Answer:
        """How its tiles are addressed."""
        refuse_unknown(request)
        layer, base = await self._layer(request), base_of(request)
        _check_quad(request.segments[1])
        form, url = form_of(request, ()), f"{collection_url(base, layer.type)}/tiles/{QUAD}"
        template = {**link(f"{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", TILE), "templated": True}
        links = [*forms(url, JSON, form), template, link(_QUAD_URI, _TILING, JSON)]
        return said(_described(layer, links), form, JSON, language_in(request), title=f"{layer.type}: {QUAD}")

    async def tile(self, request: Request) -> Answer:
        """One tile; ``datetime``, ``filter`` and properties choose as among items."""
        _, quad, *numbers = request.segments
        _check_quad(quad)
        square = _square(numbers)
        layer = await self._layer(request)
        if request.parameters.get("f", "mvt") != "mvt" or "bbox" in request.parameters:
            raise Invalid(place="?", why="A tile is mvt, and is its own box.")
        query = selected(request, layer)
        place = GeoFilter(relation="intersects", geometry=box(square.box(), "tile"))
        query = msgspec.structs.replace(query, geo=place, limit=MOST_IN_A_TILE)
        page = await self._tools.context.look(query, await self._tools.subject(request))
        language = language_in(request)
        body = await asyncio.to_thread(draw, layer.type, page.entities, square, language)
        headers = ((b"content-type", TILE.encode()), (b"vary", b"accept-language"))
        return Answer(200 if body else 204, body, headers)

    async def _layer(self, request: Request) -> Layer:
        return await self._tools.layers.layer(request.segments[0], await self._tools.subject(request))


def draw(type: str, entities: Sequence[Stored], square: Square, language: str) -> bytes:
    """The tile; what is no geometry is not in it."""
    features = [feature_of(one, type, "", language) for one in entities]
    texts = [msgspec.json.encode(one["geometry"]).decode() for one in features]
    places = shapely.force_2d(shapely.from_geojson(texts, on_invalid="ignore"))
    low, high = -_MARGIN, EXTENT + _MARGIN
    steps = shapely.clip_by_rect(shapely.transform(places, square.steps), low, low, high, high)
    properties = [{"id": one["id"], **one["properties"]} for one in features]
    drawn = zip(steps, properties, strict=True)
    return encode(type, [(geometry, held) for geometry, held in drawn if geometry is not None])


def _described(layer: Layer, links: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": layer.type,
        "dataType": "vector",
        "crs": _MERCATOR,
        "tileMatrixSetURI": _QUAD_URI,
        "layers": [{"id": layer.type, "dataType": "vector"}],
        **({"boundingBox": _bounding(layer.bounds)} if layer.bounds else {}),
        "links": links,
    }


def _bounding(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = bounds
    return {"lowerLeft": [west, south], "upperRight": [east, north]}


def _check_quad(name: str) -> None:
    if name != QUAD:
        raise NotFound(what="tile matrix set", key=name[:80])


def _square(numbers: list[str]) -> Square:
    """``NotFound`` for a tile that is not there."""
    plain = all(one.isascii() and one.isdigit() and len(one) <= 9 for one in numbers)
    zoom, row, column = map(int, numbers) if plain else (-1, 0, 0)
    if not 0 <= zoom <= _DEEPEST or max(row, column) >= 2**zoom:
        raise NotFound(what="tile", key="/".join(numbers)[:80])
    return Square(zoom, column, row)
