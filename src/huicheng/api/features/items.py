"""Items: pages of features, and one feature (OGC 17-069r4, 7.15 and 7.16)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from huicheng.api.features.asked import EVERYWHERE, language_in, query_of, refuse_unknown
from huicheng.api.features.links import (
    GEOJSON,
    Link,
    base_of,
    collection_url,
    forms,
    item_url,
    link,
    with_query,
)
from huicheng.api.features.media import form_of
from huicheng.api.features.pages import said
from huicheng.api.features.shown import alone, feature_of
from huicheng.api.features.tools import Tools
from huicheng.api.http import Answer, Request
from huicheng.city import micros, rfc3339
from huicheng.context import types_of
from huicheng.errors import NotFound
from huicheng.stores import Stored


class Items:
    """Handlers."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def several(self, request: Request) -> Answer:
        """One page, in the order of identifiers; ``next`` goes on after the last of them."""
        (type_of,) = request.segments
        form = form_of(request, (GEOJSON,))
        subject = await self._tools.subject(request)
        layer = await self._tools.layers.layer(type_of, subject)
        query = query_of(request, layer)
        first = query.after is None
        wanted = msgspec.structs.replace(query, limit=query.limit + 1, count=first)
        page = await self._tools.context.look(wanted, subject)
        shown = page.entities[: query.limit]
        base, language = base_of(request), language_in(request)
        more = len(page.entities) > query.limit
        last = shown[-1].entity.id if more and shown else None
        document = {
            "type": "FeatureCollection",
            "features": [feature_of(one, type_of, base, language) for one in shown],
            "links": _links(request, base, type_of, form, last),
            "timeStamp": _now(),
            # How many there are in all is counted once: later pages need not wait for it.
            **({"numberMatched": page.count} if first else {}),
            "numberReturned": len(shown),
        }
        return said(document, form, GEOJSON, language, title=type_of)

    async def single(self, request: Request) -> Answer:
        """One feature."""
        type_of, id_ = request.segments
        refuse_unknown(request, EVERYWHERE)
        form = form_of(request, (GEOJSON,))
        subject = await self._tools.subject(request)
        stored = await self._tools.context.get(id_, subject)
        if not _is_of(stored, type_of):
            raise NotFound(what="entity", key=id_[:200])
        base, language = base_of(request), language_in(request)
        feature = feature_of(stored, type_of, base, language)
        links = forms(item_url(base, type_of, id_), GEOJSON, form, _kept(request))
        return said(alone(feature, links, base, type_of), form, GEOJSON, language, title=id_)


def _is_of(stored: Stored, type: str) -> bool:
    held = types_of(stored.entity)
    return type in (held if isinstance(held, list) else [held])


def _links(request: Request, base: str, type_of: str, form: str, last: str | None) -> list[Link]:
    url = f"{collection_url(base, type_of)}/items"
    found = forms(url, GEOJSON, form, request.parameters)
    found.append(link(collection_url(base, type_of), "collection", "application/json"))
    if last is not None:
        media = GEOJSON if form == "json" else "text/html"
        found.append(link(with_query(url, {**request.parameters, "after": last}), "next", media))
    return found


def _kept(request: Request) -> dict[str, str]:
    return {name: held for name, held in request.parameters.items() if name == "lang"}


def _now() -> str:
    return rfc3339(micros(datetime.now(UTC)))
