"""The landing page, what of the standards is kept, and the description of the door (17-069r4, 7.2 to 7.4)."""

from __future__ import annotations

from huicheng.api.features.asked import language_in, refuse_unknown
from huicheng.api.features.links import HTML, JSON, OPENAPI, base_of, forms, link
from huicheng.api.features.media import form_of
from huicheng.api.features.openapi import document
from huicheng.api.features.pages import said
from huicheng.api.features.tools import Tools
from huicheng.api.http import Answer, Request
from huicheng.errors.sentences import translations

_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CONFORMANCE = (
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    *(
        f"{_FEATURES}-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_CQL2}/{name}"
        for name in ("cql2-text", "basic-cql2", "advanced-comparison-operators", "basic-spatial-functions")
    ),
    *(f"{_TILES}/{name}" for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")),
)


async def landing(request: Request) -> Answer:
    """Where everything is."""
    refuse_unknown(request)
    form, base, language = form_of(request, ()), base_of(request), language_in(request)
    _ = translations(language).gettext
    shown = {
        "title": _("Geographic data of the city"),
        "description": _("Every kind of thing in the city that you may see, as a layer for maps."),
        "links": [
            *forms(f"{base}/", JSON, form),
            link(f"{base}/api?f=json", "service-desc", OPENAPI),
            link(f"{base}/api?f=html", "service-doc", HTML),
            link(f"{base}/conformance", "conformance", JSON),
            link(f"{base}/collections", "data", JSON),
        ],
    }
    return said(shown, form, JSON, language, title=str(shown["title"]))


async def conformance(request: Request) -> Answer:
    """The classes of the standards that are kept."""
    refuse_unknown(request)
    form = form_of(request, ())
    shown = {"links": forms(f"{base_of(request)}/conformance", JSON, form), "conformsTo": list(CONFORMANCE)}
    return said(shown, form, JSON, language_in(request), title="Conformance")


class Description:
    """The description of the door."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def document(self, request: Request) -> Answer:
        """OpenAPI 3.0; it names the collections that the asker may see."""
        refuse_unknown(request)
        form = form_of(request, ("application/vnd.oai.openapi+json",))
        names = await self._tools.layers.names(await self._tools.subject(request))
        return said(document(base_of(request), names), form, OPENAPI, language_in(request), title="OpenAPI")
