"""The door described in OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huicheng import __version__
from huicheng.api.features.asked import MOST_ON_A_PAGE, ON_A_PAGE
from huicheng.api.features.links import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, TILE

_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "code", "place"), _TEXT),
        "status": {"type": "integer"},
    },
}
_LINKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": dict.fromkeys(("href", "rel", "type", "title"), _TEXT),
    },
}
_COLLECTION = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {"id": _TEXT, "title": _TEXT, "links": _LINKS, "extent": {"type": "object"}, "itemType": _TEXT},
}
_FEATURE = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties", "links"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": _TEXT,
        "geometry": {"type": "object", "nullable": True},
        "properties": {"type": "object"},
        "links": _LINKS,
    },
}
_SCHEMAS = {
    "Problem": _PROBLEM,
    "Landing": {"type": "object", "required": ["links"], "properties": {"title": _TEXT, "links": _LINKS}},
    "Conformance": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
    },
    "Collection": _COLLECTION,
    "Collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {"links": _LINKS, "collections": {"type": "array", "items": _COLLECTION}},
    },
    "Feature": _FEATURE,
    "Features": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": _FEATURE},
            "links": _LINKS,
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "Tile": {"type": "string", "format": "binary"},
    "Schema": {"type": "object", "required": ["$schema", "$id", "type", "properties"]},
    "OpenApi": {"type": "object", "required": ["openapi", "info", "paths"]},
}


def _parameter(name: str, schema: dict[str, Any], description: str, *, within: str = "query") -> dict[str, Any]:
    return {
        "name": name,
        "in": within,
        "required": within == "path",
        "description": description,
        "schema": schema,
        **({"style": "form", "explode": False} if within == "query" else {}),
    }


_BBOX = {
    "oneOf": [{"type": "array", "items": {"type": "number"}, "minItems": size, "maxItems": size} for size in (4, 6)]
}
PARAMETERS = {
    "f": _parameter("f", {"type": "string", "enum": ["json", "html"]}, "Form of the answer; else Accept decides."),
    "lang": _parameter("lang", {"type": "string", "enum": ["zh", "en"]}, "Language; else Accept-Language decides."),
    "limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE, "default": ON_A_PAGE},
        "Features on a page.",
    ),
    "after": _parameter("after", _TEXT, "Goes on after this feature; links to the next page say it."),
    "bbox": _parameter("bbox", _BBOX, "west,south,east,north in CRS84; west of more than east crosses ±180°."),
    "bbox-crs": _parameter("bbox-crs", {"type": "string", "format": "uri"}, "CRS84."),
    "datetime": _parameter("datetime", _TEXT, "An RFC 3339 moment or a date, or start/end; “..” is an open end."),
    "filter": _parameter("filter", _TEXT, "A condition in CQL2 text over the queryables."),
    "filter-lang": _parameter("filter-lang", {"type": "string", "enum": ["cql2-text"]}, "Language of filter."),
    "filter-crs": _parameter("filter-crs", {"type": "string", "format": "uri"}, "CRS84."),
    "collectionId": _parameter("collectionId", _TEXT, "An entity type.", within="path"),
    "featureId": _parameter("featureId", _TEXT, "An entity's identifier.", within="path"),
}
PARAMETERS |= {
    name: _parameter(name, {"type": "integer", "minimum": 0}, "Of WebMercatorQuad.", within="path")
    for name in ("tileMatrix", "tileRow", "tileCol")
}
_EVERYWHERE = ("f", "lang")
_ITEMS = ("limit", "after", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs")
_C = "/collections/{collectionId}"
#: Path, operation, what it answers, its schema, media type, parameters.
_OPERATIONS: tuple[tuple[str, str, str, str, str, tuple[str, ...]], ...] = (
    ("/", "landing", "Landing page", "Landing", JSON, ()),
    ("/conformance", "conformance", "Conformance classes", "Conformance", JSON, ()),
    ("/api", "description", "This document", "OpenApi", OPENAPI, ()),
    ("/collections", "collections", "Collections", "Collections", JSON, ()),
    (_C, "collection", "A collection", "Collection", JSON, ("collectionId",)),
    (f"{_C}/queryables", "queryables", "What can be asked for", "Schema", SCHEMA, ("collectionId",)),
    (f"{_C}/schema", "schema", "Schema of the features", "Schema", SCHEMA, ("collectionId",)),
    (f"{_C}/items", "items", "Features", "Features", GEOJSON, ("collectionId", *_ITEMS)),
    (f"{_C}/items/{{featureId}}", "item", "A feature", "Feature", GEOJSON, ("collectionId", "featureId")),
    (f"{_C}/tiles", "tilesets", "Sets of tiles", "Landing", JSON, ("collectionId",)),
    (f"{_C}/tiles/WebMercatorQuad", "tileset", "How tiles are addressed", "Landing", JSON, ("collectionId",)),
    (
        f"{_C}/tiles/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
        *("tile", "A tile", "Tile", TILE),
        ("collectionId", "tileMatrix", "tileRow", "tileCol", "datetime", "filter", "filter-lang"),
    ),
)


def document(base: str, collections: Sequence[str]) -> dict[str, Any]:
    """The description, with the names of collections."""
    of_paths = {**_TEXT, **({"enum": list(collections)} if collections else {})}
    parameters = PARAMETERS | {"collectionId": {**PARAMETERS["collectionId"], "schema": of_paths}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Huicheng OGC API – Features", "version": __version__, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": base}],
        "paths": {one[0]: {"get": _operation(*one[1:])} for one in _OPERATIONS},
        "components": {
            "schemas": _SCHEMAS,
            "parameters": parameters,
            "responses": {
                "Problem": {"description": "Refused", "content": {"application/problem+json": _ref("Problem")}}
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{}, {"bearer": []}, {"key": []}],
    }


def _operation(name: str, summary: str, schema: str, media: str, parameters: tuple[str, ...]) -> dict[str, Any]:
    drawn = media == TILE
    content = {media: _ref(schema)} if drawn else {media: _ref(schema), HTML: {"schema": _TEXT}}
    refused = {"$ref": "#/components/responses/Problem"}
    statuses = ("400", "401", "406", "503", *(("404",) if parameters else ()))
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in (*parameters, *_EVERYWHERE[drawn:])],
        "responses": {
            "200": {"description": summary, "content": content},
            **({"204": {"description": "Nothing is there"}} if drawn else {}),
            **dict.fromkeys(statuses, refused),
        },
    }


def _ref(schema: str) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}}
