"""Layers as collections, what can be asked of each, and its schema (17-069r4, 7.13; 19-079r2, 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huicheng.api.features.asked import language_in, refuse_unknown
from huicheng.api.features.layer import PLACE, Layer, Property
from huicheng.api.features.links import (
    GEOJSON,
    HTML,
    JSON,
    SCHEMA,
    Link,
    base_of,
    collection_url,
    forms,
    link,
    with_query,
)
from huicheng.api.features.media import form_of
from huicheng.api.features.pages import said
from huicheng.api.features.places import CRS84
from huicheng.api.features.tools import Tools
from huicheng.api.http import Answer, Request
from huicheng.city import UNITS

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_GEOMETRY = {"format": "geometry-any", "x-ogc-role": "primary-geometry"}
_SHAPES: Mapping[str, dict[str, Any]] = {
    "number": {"type": "number"},
    "text": {"type": "string"},
    "language": {"type": "string"},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "reference": {"type": "string", "format": "uri", "x-ogc-role": "reference"},
    "geometry": {"format": "geometry-any"},
    "json": {"type": ["object", "array"]},
    "any": {},
}


class Collections:
    """Handlers."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def several(self, request: Request) -> Answer:
        """Every type of which the asker may see something."""
        refuse_unknown(request)
        form = form_of(request, ())
        subject = await self._tools.subject(request)
        base, language = base_of(request), language_in(request)
        layers = [await self._tools.layers.layer(one, subject) for one in await self._tools.layers.names(subject)]
        document = {
            "links": forms(f"{base}/collections", JSON, form),
            "collections": [collection(one, base, language, _own(base, one)) for one in layers],
        }
        return said(document, form, JSON, language, title="Collections")

    async def single(self, request: Request) -> Answer:
        """One of them."""
        layer, base, language = await self._asked(request)
        form = form_of(request, ())
        links = forms(collection_url(base, layer.type), JSON, form)
        return said(collection(layer, base, language, links), form, JSON, language, title=layer.type)

    async def queryables(self, request: Request) -> Answer:
        """What may stand in a filter, or as a parameter."""
        return await self._schema(request, "queryables")

    async def schema(self, request: Request) -> Answer:
        """What its features hold."""
        return await self._schema(request, "schema")

    async def _schema(self, request: Request, name: str) -> Answer:
        layer, base, language = await self._asked(request)
        form = form_of(request, (SCHEMA,))
        url = f"{collection_url(base, layer.type)}/{name}"
        document = schema_of(layer, url, language, asked=name == "queryables")
        return said(document, form, SCHEMA, language, title=f"{layer.type}: {name}")

    async def _asked(self, request: Request) -> tuple[Layer, str, str]:
        refuse_unknown(request)
        (type_of,) = request.segments
        layer = await self._tools.layers.layer(type_of, await self._tools.subject(request))
        return layer, base_of(request), language_in(request)


def collection(layer: Layer, base: str, language: str, links: list[Link]) -> dict[str, Any]:
    """The description of a layer."""
    url = collection_url(base, layer.type)
    place = {"extent": {"spatial": {"bbox": [layer.bounds], "crs": CRS84}}} if layer.bounds else {}
    return {
        "id": layer.type,
        "title": text(layer.name, language) or layer.type,
        "links": [
            *links,
            link(f"{url}/items?f=json", "items", GEOJSON),
            link(f"{url}/items?f=html", "items", HTML),
            link(f"{url}/schema", "http://www.opengis.net/def/rel/ogc/1.0/schema", SCHEMA),
            link(f"{url}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA),
            link(f"{url}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", JSON),
        ],
        **place,
        "itemType": "feature",
        "crs": [CRS84],
    }


def _own(base: str, layer: Layer) -> list[Link]:
    return [link(with_query(collection_url(base, layer.type), {"f": "json"}), "self", JSON)]


def schema_of(layer: Layer, url: str, language: str, *, asked: bool) -> dict[str, Any]:
    """JSON Schema of a layer's properties, or of those that can be asked for; the place is one of them."""
    properties = {name: shape_of(one, language) for name, one in layer.properties.items() if name != PLACE}
    if layer.observed and not asked:
        properties["observedAt"] = {**_SHAPES["time"], "x-ogc-role": "primary-instant"}
    return {
        "$schema": _DRAFT,
        "$id": url,
        "type": "object",
        "title": text(layer.name, language) or layer.type,
        "properties": {PLACE: _GEOMETRY, **properties},
        "additionalProperties": False,
    }


def shape_of(held: Property, language: str) -> dict[str, Any]:
    """One property: its title, kind, unit and code list."""
    declared = held.declared
    shape = dict(_SHAPES[held.kind])
    if declared is not None:
        shape["title"] = text(declared.name, language)
        shape |= (
            {"enum": list(declared.codes)} if declared.codes and not declared.codes_open and held.kind == "text" else {}
        )
        shape |= {"minimum": declared.minimum} if declared.minimum is not None else {}
        shape |= {"maximum": declared.maximum} if declared.maximum is not None else {}
    unit = UNITS.get(held.unit or "")
    return shape | ({"x-ogc-unit": unit.symbol, "x-unitCode": held.unit} if unit else {})


def text(texts: Mapping[str, str], language: str) -> str:
    """A text of a pack in the language asked for."""
    return texts.get("zh-hans" if language == "zh" else "en", "")
