"""The door ``/ngsi-ld/v1/``: raw ASGI, a table of routes, and one place where faults become answers."""

from __future__ import annotations

from huicheng.api.faults import MethodNotAllowed, NoSuchTenant, TooDeep, UnknownParameter
from huicheng.api.http import Answer, Receive, Request, Scope, Send, respond
from huicheng.api.ngsild.batch import Batch
from huicheng.api.ngsild.chronicle import Chronicle
from huicheng.api.ngsild.discovery import Discovery
from huicheng.api.ngsild.distribution import distributed
from huicheng.api.ngsild.entity_maps import EntityMapDoor
from huicheng.api.ngsild.hosting import Hosting
from huicheng.api.ngsild.reading import Reading
from huicheng.api.ngsild.registrations import RegistrationDoor
from huicheng.api.ngsild.subscriptions import SubscriptionDoor
from huicheng.api.ngsild.temporal import Temporal
from huicheng.api.ngsild.tenants import HEADER, Tenants
from huicheng.api.ngsild.tools import Tools
from huicheng.api.ngsild.typed import of_type
from huicheng.api.ngsild.view import PARAMETERS as VIEW_PARAMETERS
from huicheng.api.ngsild.watchers import WatcherDoor
from huicheng.api.ngsild.writing import BASE, Writing
from huicheng.api.problem import answer, language_of, unforeseen
from huicheng.api.routes import Handler, Routes
from huicheng.api.tally import Tally
from huicheng.context import flag
from huicheng.errors import HuichengError

Row = tuple[str, str, Handler, frozenset[str]]

_LOCAL = frozenset({"local"})
_VIEW = VIEW_PARAMETERS
_WHICH = frozenset({
    *("type", "id", "idPattern", "q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty"),
    *("limit", "offset"),
})  # fmt: skip
_QUERY = _VIEW | _WHICH | {"orderBy", "csf"}
_PURGE = (_WHICH - {"limit", "offset"}) | {"keep", "drop"}
#: Without what is inside or beside entities: nothing is joined to a course, and it has no one place.
_TEMPORAL = frozenset({
    *("options", "format", "attrs", "pick", "omit", "lang", "datasetId", "sysAttrs", "count", "local"),
    *("expandValues", "jsonKeys"),
    *("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"),
})  # fmt: skip
_SOURCES = (
    _LOCAL
    | _WHICH
    | {
        *(
            "attrs",
            "csf",
            "timerel",
            "timeAt",
            "endTimeAt",
            "timeproperty",
            "geometryProperty",
            "options",
            "count",
            "sysAttrs",
        ),
    }
)
_MAPPED = frozenset({"entityMap", "entityMapLifetime"})
_TEMPORAL_QUERY = _TEMPORAL | _WHICH | _MAPPED | {"orderBy", "csf"}
#: Beside a body that asks: how it is answered. What it asks stands in the body alone.
_POSTED = _MAPPED | frozenset({
    *("options", "format", "sysAttrs", "count", "limit", "offset", "local", "geometryProperty", "splitEntities"),
})  # fmt: skip
_POSTED_TEMPORAL = _MAPPED | frozenset({
    *("options", "format", "sysAttrs", "count", "limit", "offset", "local", "lastN", "aggrMethods"),
    "aggrPeriodDuration",
})  # fmt: skip


def table(tools: Tools) -> list[Row]:
    """Method, path below the base, handler, parameters that it takes."""
    reading, writing, batch = Reading(tools), Writing(tools), Batch(tools)
    temporal, kept = Temporal(tools), SubscriptionDoor(tools)
    discovery, hosting, chronicle = Discovery(tools), Hosting(tools), Chronicle(tools)
    return [
        ("GET", "/entities", reading.query, _QUERY),
        ("POST", "/entities", writing.create, _LOCAL),
        ("DELETE", "/entities", writing.purge, _LOCAL | _PURGE),
        ("PUT", "/entities", writing.without_id, _LOCAL),
        ("PATCH", "/entities", writing.without_id, _LOCAL),
        ("GET", "/entities/{id}", reading.entity, _VIEW | {"type"}),
        ("PUT", "/entities/{id}", writing.replace, _LOCAL | {"type"}),
        ("PATCH", "/entities/{id}", writing.merge, _LOCAL | {"type", "options", "format", "observedAt", "lang"}),
        ("DELETE", "/entities/{id}", writing.delete, _LOCAL | {"type"}),
        ("POST", "/entities/{id}/attrs", writing.append, _LOCAL | {"type", "options"}),
        ("PATCH", "/entities/{id}/attrs", writing.update, _LOCAL | {"type"}),
        ("PATCH", "/entities/{id}/attrs/{attr}", writing.patch_attribute, _LOCAL | {"type"}),
        ("PUT", "/entities/{id}/attrs/{attr}", writing.put_attribute, _LOCAL | {"type"}),
        (
            "DELETE",
            "/entities/{id}/attrs/{attr}",
            writing.delete_attribute,
            _LOCAL | {"type", "datasetId", "deleteAll"},
        ),
        ("POST", "/entityOperations/create", batch.create, _LOCAL),
        ("POST", "/entityOperations/upsert", batch.upsert, _LOCAL | {"options"}),
        ("POST", "/entityOperations/update", batch.update, _LOCAL | {"options"}),
        ("POST", "/entityOperations/merge", batch.merge, _LOCAL | {"options"}),
        ("POST", "/entityOperations/delete", batch.delete, _LOCAL),
        ("POST", "/entityOperations/query", reading.post_query, _POSTED),
        ("GET", "/temporal/entities", temporal.query, _TEMPORAL_QUERY),
        ("POST", "/temporal/entities", chronicle.create, _LOCAL),
        ("DELETE", "/temporal/entities/{id}", chronicle.delete, _LOCAL),
        ("POST", "/temporal/entities/{id}/attrs", chronicle.append, _LOCAL),
        (
            "DELETE",
            "/temporal/entities/{id}/attrs/{attr}",
            chronicle.delete_attribute,
            _LOCAL | {"datasetId", "deleteAll"},
        ),
        ("PATCH", "/temporal/entities/{id}/attrs/{attr}/{instance}", chronicle.change_instance, _LOCAL),
        ("DELETE", "/temporal/entities/{id}/attrs/{attr}/{instance}", chronicle.delete_instance, _LOCAL),
        ("GET", "/temporal/entities/{id}", temporal.entity, _TEMPORAL),
        ("POST", "/temporal/entityOperations/query", temporal.post_query, _POSTED_TEMPORAL),
        ("GET", "/subscriptions", kept.list, _LOCAL | {"limit", "offset", "options", "count", "sysAttrs"}),
        ("POST", "/subscriptions", kept.create, _LOCAL),
        ("GET", "/subscriptions/{id}", kept.get, _LOCAL | {"options", "sysAttrs"}),
        ("PATCH", "/subscriptions/{id}", kept.update, _LOCAL),
        ("DELETE", "/subscriptions/{id}", kept.delete, _LOCAL),
        ("GET", "/types", discovery.types, _LOCAL | {"details"}),
        ("GET", "/types/{type}", discovery.type, _LOCAL),
        ("GET", "/attributes", discovery.attributes, _LOCAL | {"details"}),
        ("GET", "/attributes/{attr}", discovery.attribute, _LOCAL),
        *(_of_maps(tools) + _of_sources(tools)),
        ("GET", "/jsonldContexts", hosting.list, frozenset({"details", "kind"})),
        ("POST", "/jsonldContexts", hosting.add, frozenset()),
        ("GET", "/jsonldContexts/{id}", hosting.serve, frozenset({"details"})),
        ("DELETE", "/jsonldContexts/{id}", hosting.remove, frozenset({"reload"})),
    ]


def _of_maps(tools: Tools) -> list[Row]:
    """Under the name that the text of the standard gives, and the one of its OpenAPI document (6.32)."""
    maps = EntityMapDoor(tools)
    handlers = (("GET", maps.get), ("PATCH", maps.update), ("DELETE", maps.delete))
    paths = ("/entityMaps/{id}", "/entityMap/{id}")
    return [(method, path, handler, _LOCAL) for path in paths for method, handler in handlers]


def _of_sources(tools: Tools) -> list[Row]:
    sources, watchers = RegistrationDoor(tools), WatcherDoor(tools)
    return [
        ("GET", "/csourceRegistrations", sources.query, _SOURCES),
        ("POST", "/csourceRegistrations", sources.create, _LOCAL),
        ("GET", "/csourceRegistrations/{id}", sources.get, _LOCAL | {"options", "sysAttrs"}),
        ("PATCH", "/csourceRegistrations/{id}", sources.update, _LOCAL),
        ("DELETE", "/csourceRegistrations/{id}", sources.delete, _LOCAL),
        ("GET", "/csourceSubscriptions", watchers.list, _LOCAL | {"limit", "offset", "options", "count", "sysAttrs"}),
        ("POST", "/csourceSubscriptions", watchers.create, _LOCAL),
        ("GET", "/csourceSubscriptions/{id}", watchers.get, _LOCAL | {"options", "sysAttrs"}),
        ("PATCH", "/csourceSubscriptions/{id}", watchers.update, _LOCAL),
        ("DELETE", "/csourceSubscriptions/{id}", watchers.delete, _LOCAL),
        ("GET", "/info/sourceIdentity", sources.identity, _LOCAL),
    ]


def routes_of(tools: Tools) -> Routes:
    """The addresses of one tenant."""
    return Routes(
        BASE,
        [
            (method, path, _bounded(of_type(tools, path, distributed(tools, method, path, handler)), known))
            for method, path, handler, known in table(tools)
        ],
    )


class NgsiLd:
    """An ASGI application. Without ``tenants`` there is only the default one."""

    def __init__(self, tools: Tools, tally: Tally, tenants: Tenants | None = None) -> None:
        self._routes = routes_of(tools)
        self._tally = tally
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; every fault is a problem with its place and remedy."""
        request = Request(scope, receive)
        found = await self._answer(request)
        self._tally.answered("ngsi-ld", found.status)
        if HEADER in request.headers:  # whose answer it is
            found = Answer(found.status, found.body, (*found.headers, (HEADER, request.headers[HEADER])))
        await respond(send, found, head=request.method == "HEAD")

    async def _answer(self, request: Request) -> Answer:
        try:
            return await self._handled(request)
        except HuichengError as fault:
            return _fault(request, fault)
        except RecursionError:
            return _fault(request, TooDeep())
        except Exception as fault:  # noqa: BLE001 - the last resort: logged with a number, never shown
            return _fault(request, unforeseen(fault))

    async def _handled(self, request: Request) -> Answer:
        routes = self._routes if HEADER not in request.headers else await self._of_tenant(request)
        handler, allowed = routes.find(request)
        if handler is None:
            return Answer(204, b"", ((b"allow", allowed.encode()),))
        return await handler(request)

    async def _of_tenant(self, request: Request) -> Routes:
        tenant = request.header(HEADER)
        if tenant in {"", "default"}:
            return self._routes
        if self._tenants is None:
            raise NoSuchTenant(tenant=tenant[:80])
        return await self._tenants.routes(tenant, request, BASE)


def _bounded(handler: Handler, known: frozenset[str]) -> Handler:
    """A parameter that would be ignored is better refused (6.3.20)."""

    async def bounded(request: Request) -> Answer:
        if request.scope.get("query_string"):
            surplus = request.parameters.keys() - known
            if surplus:
                raise UnknownParameter(place="?", parameter=min(surplus)[:80])
            flag(request.parameters.get("local"), place="local")
        return await handler(request)

    return bounded


def _fault(request: Request, fault: HuichengError) -> Answer:
    found = answer(fault, language_of(request.header(b"accept-language")), etsi=True)
    if isinstance(fault, MethodNotAllowed):
        allow = (b"allow", str(fault.details["allowed"]).encode())
        return Answer(found.status, found.body, (*found.headers, allow))
    return found
