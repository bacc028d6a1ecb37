"""Addresses that answers carry: absolute, as clients follow them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from huicheng.api.http import Request

ROOT = "/features"
JSON, HTML, GEOJSON = "application/json", "text/html", "application/geo+json"
SCHEMA, TILE = "application/schema+json", "application/vnd.mapbox-vector-tile"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

Link = dict[str, str | bool]


def base_of(request: Request) -> str:
    """The root of this door as this client reached it."""
    scheme = request.scope.get("scheme", "http")
    host = request.header(b"host") or "localhost"
    return f"{scheme}://{host}{ROOT}"


def collection_url(base: str, type: str) -> str:
    """Of a layer; a type may be an IRI."""
    return f"{base}/collections/{quote(type, safe='')}"


def item_url(base: str, type: str, id: str) -> str:
    """Of a feature."""
    return f"{collection_url(base, type)}/items/{quote(id, safe=':~')}"


def with_query(url: str, asked: Mapping[str, str]) -> str:
    """The address with parameters, if there are any."""
    return f"{url}?{urlencode(asked, quote_via=quote, safe=':,/()')}" if asked else url


def link(href: str, rel: str, type: str, title: str = "") -> Link:
    """A link as the standards have it."""
    return {"href": href, "rel": rel, "type": type, **({"title": title} if title else {})}


def forms(url: str, media: str, own: str, asked: Mapping[str, str] | None = None) -> list[Link]:
    """The address itself, and the same in its other form. ``own`` is the form of this answer."""
    kept = {name: held for name, held in (asked or {}).items() if name != "f"}
    found = []
    for name, kind in (("json", media), ("html", HTML)):
        here = with_query(url, {**kept, "f": name})
        found.append(link(here, "self" if name == own else "alternate", kind))
    return found
