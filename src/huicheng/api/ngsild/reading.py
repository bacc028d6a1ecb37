"""Reading the state: entities, one entity, queries by body (CIM 009, 6.4, 6.5, 6.23)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

import msgspec

from huicheng.api.faults import AttributeNotFound
from huicheng.api.http import Answer, Request
from huicheng.api.ngsild.answers import in_version, json_answer, list_answer, paging, spliced, spliced_list
from huicheng.api.ngsild.permission import whole_type
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.view import View, view_of
from huicheng.api.ngsild.within import confined
from huicheng.city import FURTHER_TYPES, Entity
from huicheng.context import MEMBERS, OUR_VERSION, Format, feature, listed, represented, shown_entity, shown_page
from huicheng.errors import Invalid, NotFound
from huicheng.ingest import is_uri
from huicheng.stores import Stored, Written

#: What a stored document must not hold to be handed out as it lies there.
_SHOWN_OTHERWISE = tuple(f'"{name}":' for name in (*MEMBERS, FURTHER_TYPES))
#: Members of a ``Query`` that stand for parameters of the same name.
_OF_QUERY = (
    "attrs",
    "q",
    "csf",
    "geoQ",
    "scopeQ",
    "pick",
    "omit",
    "lang",
    "datasetId",
    "join",
    "joinLevel",
    "containedBy",
    "expandValues",
    "jsonKeys",
    "orderBy",
    "splitEntities",
    "geometryProperty",
    "entityMap",
    "entityMapLifetime",
)
_MEMBERS_OF_QUERY = {*_OF_QUERY, "type", "entities", "temporalQ", "@context"}
#: Several selectors of only this are one with a list.
_MEANT_ALIKE = ({frozenset({"type"})}, {frozenset({"id"})})
#: What stands in the query string beside a body.
_OF_PAGE = frozenset(
    {"limit", "offset", "options", "count", "splitEntities", "lastN", "aggrMethods", "aggrPeriodDuration"}
    | {"entityMap", "entityMapLifetime"}
)


class Reading:
    """Handlers that only read the state."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def query(self, request: Request) -> Answer:
        """Entities by parameters of the query string."""
        names = await self._tools.spoken.names(request)
        return await self._page(request, request.parameters, view_of(request, names))

    async def post_query(self, request: Request) -> Answer:
        """The same by a body; parameters of paging and form stay in the query string."""
        body, names = await self._tools.spoken.body(request, self._tools.body_bytes)
        asked = query_of_body(body, request)
        return await self._page(request, asked, view_of(request, names, asked))

    async def _page(self, request: Request, asked: Mapping[str, Any], view: View) -> Answer:
        subject = await self._tools.subject(request)
        asked = confined(request, {**asked, "count": view.count})
        found = await self._tools.context.query(asked, subject, view.names)
        query, entities = found.query, await self._tools.dated(found.page.entities, view)
        linked = await self._tools.linked(entities, view, subject)
        headers = paging(request, limit=query.limit, offset=query.offset, more=found.more, count=found.page.count)
        return page_answer(entities, linked, view, headers)

    async def entity(self, request: Request) -> Answer:
        """One entity by its id."""
        (id,) = request.segments  # noqa: A001 - NGSI-LD's own word
        if is_uri(id) is None:
            raise Invalid(place="/id", why="id must be a URI.")
        view = view_of(request, await self._tools.spoken.names(request))
        subject = await self._tools.subject(request)
        if view.plain:
            answer = await self._as_stored(id, subject, view)
            if answer is not None:
                return answer
        [stored] = await self._tools.dated([await self._tools.context.get(id, subject)], view)
        only = view.manner.only
        if only and only.isdisjoint(stored.entity.attributes):
            raise AttributeNotFound(place="attrs", key=id, attribute=", ".join(sorted(only))[:200])
        linked = await self._tools.linked([stored], view, subject)
        return entity_answer(stored, linked, view)

    async def _as_stored(self, id: str, subject: Any, view: View) -> Answer | None:
        """Its text as it lies in the store, where nothing of its type is held back."""
        stored, guard = await self._tools.store.get_under(id, self._tools.context.guard(subject))
        if stored is None or not isinstance(written := stored.held, Written):
            return None
        if not whole_type(guard, written.type) or written.type in self._tools.context.personal:
            return None
        return spliced(written, view.media) if _shown_as_written(written) else None


def _shown_as_written(one: Entity | Written) -> TypeGuard[Written]:
    return isinstance(one, Written) and not any(name in one.document for name in _SHOWN_OTHERWISE)


def page_answer(
    entities: Sequence[Stored], linked: Mapping[str, Stored], view: View, headers: Sequence[tuple[bytes, bytes]] = ()
) -> Answer:
    """A page of entities: an array, or a feature collection."""
    return _in_version(lambda shown_in: _page_answer(entities, linked, shown_in, headers), view)


def _in_version(answer: Callable[[View], Answer], view: View) -> Answer:
    """The answer, and whether our own version would have said otherwise."""
    if view.manner.version is None:
        return answer(view)
    ours = msgspec.structs.replace(view, manner=msgspec.structs.replace(view.manner, version=OUR_VERSION))
    found = answer(view)
    return in_version(found, view.manner.version, altered=found.body != answer(ours).body)


def _page_answer(
    entities: Sequence[Stored], linked: Mapping[str, Stored], view: View, headers: Sequence[tuple[bytes, bytes]]
) -> Answer:
    if view.plain:
        parts = (one.held if _shown_as_written(one.held) else represented(one, view.manner) for one in entities)
        return spliced_list(parts, view.media, headers)
    shown = shown_page(entities, linked, view)
    if view.media != "application/geo+json":
        return list_answer([_named(one, view) for one in shown], view.media, headers, names=view.names)
    pairs = zip(shown_page_for_features(entities, linked, view), entities, strict=True)
    features = [_feature(one, stored, view) for one, stored in pairs]
    return json_answer(
        {"type": "FeatureCollection", "features": features, **_own_context(view)},
        view.media,
        headers=headers,
        names=view.names,
    )


def shown_page_for_features(
    entities: Sequence[Stored], linked: Mapping[str, Stored], view: View
) -> list[dict[str, Any]]:
    """One object an entity, in order: a feature has an id and a place even where no member is left."""
    return [(shown_page([one], linked, view) or [{}])[0] for one in entities]


def entity_answer(stored: Stored, linked: Mapping[str, Stored], view: View) -> Answer:
    """One entity, with what it points to."""
    return _in_version(lambda shown_in: _entity_answer(stored, linked, shown_in), view)


def _entity_answer(stored: Stored, linked: Mapping[str, Stored], view: View) -> Answer:
    shown = shown_page([stored], linked, view)
    if not shown:
        raise NotFound(what="member of entity", key=stored.entity.id)
    if view.media == "application/geo+json":
        one = {**_feature(shown[0], stored, view), **_own_context(view)}
        return json_answer(one, view.media, names=view.names)
    named = [_named(one, view) for one in shown]
    if view.join == "flat":
        return list_answer(named, view.media, names=view.names)
    return json_answer(named[0], view.media, names=view.names)


def _own_context(view: View) -> dict[str, Any]:
    return {"@context": view.names.context} if view.context_inside else {}


def _feature(shown: dict[str, Any], stored: Stored, view: View) -> dict[str, Any]:
    return feature(_named(shown, view), stored.entity, geometry=view.geometry)


def _named(shown: dict[str, Any], view: View) -> dict[str, Any]:
    return shown_entity(shown, view.names, simplified=view.manner.format is Format.SIMPLIFIED)


def query_of_body(body: Any, request: Request) -> dict[str, Any]:
    """The parameters that a ``Query`` (5.2.23) stands for."""
    if not isinstance(body, dict) or body.get("type", "Query") != "Query":
        raise Invalid(place="/", why="The body must be a JSON object of type Query.")
    surplus = body.keys() - _MEMBERS_OF_QUERY
    if surplus:
        raise Invalid(place=f"/{min(surplus)[:80]}", why="A query has no such member.")
    asked: dict[str, Any] = {key: body[key] for key in _OF_QUERY if key in body}
    temporal = body.get("temporalQ")
    if isinstance(temporal, dict):
        asked |= temporal
    asked |= {key: held for key, held in request.parameters.items() if key in _OF_PAGE}
    return asked | _selectors(body.get("entities"))


def _selectors(entities: Any) -> dict[str, Any]:
    """What several selectors mean: any of them."""
    if entities is None:
        return {}
    if not isinstance(entities, list) or not all(isinstance(one, dict) for one in entities):
        raise Invalid(place="/entities", why="entities must be an array of objects.")
    if len(entities) > 1 and {frozenset(one) for one in entities} not in _MEANT_ALIKE:
        return {"selectors": entities, **_all_types(entities)}
    return {
        "type": [name for one in entities for name in listed(one.get("type"), place="/entities/type")],
        "id": [name for one in entities for name in listed(one.get("id"), place="/entities/id")],
        "idPattern": next((one["idPattern"] for one in entities if "idPattern" in one), None),
    }


def _all_types(selectors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Where each names types, nothing but those is looked at."""
    named = [listed(one.get("type"), place="/entities/type") for one in selectors]
    return {"type": [name for types in named for name in types]} if all(named) else {}
