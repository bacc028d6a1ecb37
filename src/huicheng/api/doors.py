"""The doors put together from what the composition root hands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from huicheng.api.events import Events
from huicheng.api.features import Features
from huicheng.api.features.tools import tools_of
from huicheng.api.health import Health
from huicheng.api.http import App, Authenticate, Scope
from huicheng.api.layers import LayerDoors
from huicheng.api.ngsild import NgsiLd, Tenancy, Tenants, Tools, routes_of
from huicheng.api.sensorthings import SensorThings, naming_of
from huicheng.api.sensorthings.mqtt import Endpoints
from huicheng.api.sensorthings.tools import Tools as SensorThingsTools
from huicheng.api.tally import Tally
from huicheng.api.webhooks import Webhooks
from huicheng.context import (
    MOST_OBSERVATIONS,
    Context,
    Contexts,
    EntityMaps,
    Federation,
    Guards,
    Reach,
    Signer,
    Sources,
    Subscriptions,
    wall_clock,
)
from huicheng.ingest import Ingest
from huicheng.packs import EntityType, Pack
from huicheng.stores import Store


class DataDoors(msgspec.Struct, frozen=True, kw_only=True):
    """Applications by address, and how to end what they keep open."""

    #: A path ending in ``/`` takes the folder, any other exactly itself.
    apps: Mapping[str, App]
    events: Events
    layers: LayerDoors
    #: The district's, and those of tenants.
    federations: list[Federation]

    async def close(self) -> None:
        """End event streams, so that the server can stop."""
        await self.events.close()
        await self.layers.close()
        for one in self.federations:
            await one.close()


def data_doors(  # noqa: PLR0913 - one collaborator each, by name, from the one composition root
    *,
    store: Store,
    ingest: Ingest,
    guards: Guards,
    authenticate: Authenticate,
    types: Mapping[str, EntityType] | None = None,
    packs: Sequence[Pack] = (),
    reach: Reach = Reach.PUBLIC,
    sources: Sources | None = None,
    signer: Signer | None = None,
    worker_alive: Callable[[], bool] = lambda: True,
    batch_bytes: int = 10_000_000,
    history_page: int = MOST_OBSERVATIONS,
    tenancy: Tenancy | None = None,
    endpoints: Endpoints = Endpoints(),  # noqa: B008 - frozen
) -> DataDoors:
    """Every data door.

    ``authenticate(scope)`` gives the subject of a request: by key (:func:`key_of`), by session, or
    anonymous; it raises ``UnknownKey``. ``guards`` is the :class:`huicheng.stores.Authority`. ``types``
    are the packs' entity types: reading what they mark as personal is written into the audit log. ``packs``
    say which layers the map has. ``sources`` say where remote @contexts come from.
    Without a ``signer`` there are no webhooks, without a ``tenancy`` only the default tenant. An answer holds at most
    ``history_page`` observations. ``endpoints`` are the brokers that SensorThings names.
    """
    tally = Tally()
    bench = _Bench(
        ingest=ingest,
        authenticate=authenticate,
        personal=_personal(types or {}),
        reach=reach,
        sources=sources,
        batch_bytes=batch_bytes,
        history_page=history_page,
    )
    tools = bench.tools(store, guards)
    context = tools.context
    tenants = None if tenancy is None else Tenants(tools, tenancy, lambda *given: routes_of(bench.tools(*given)))
    events = Events(store, context, authenticate, tally)
    layers = LayerDoors(store, context, authenticate, tally, packs)
    health = Health(store, tally, worker_alive=worker_alive)
    apps: dict[str, App] = {
        "/ngsi-ld/": NgsiLd(tools, tally, tenants),
        "/events": events,
        "/operations/layers/": layers,
    }
    apps |= dict.fromkeys(("/operations/stream", "/operations/replay"), layers)
    apps |= _sensor_things(tools, types or {}, tally, endpoints)
    features = Features(tools_of(context, authenticate, types or {}), tally)
    apps["/features/"] = apps["/features"] = features
    if signer is not None:
        apps["/webhooks/"] = Webhooks(tools, tally, signer)
    apps |= dict.fromkeys(("/healthz", "/readyz", "/metrics"), health)
    return DataDoors(apps=apps, events=events, layers=layers, federations=bench.federations)


def _sensor_things(tools: Tools, types: Mapping[str, EntityType], tally: Tally, endpoints: Endpoints) -> dict[str, App]:
    things = SensorThingsTools(
        store=tools.store,
        context=tools.context,
        ingest=tools.ingest,
        naming=naming_of(types),
        authenticate=tools.authenticate,
    )
    door = SensorThings(things, tally, endpoints)
    return {"/sta/v1.1/": door, "/sta/v1.1": door}


class _Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What the tools of every tenant are made from."""

    ingest: Ingest
    authenticate: Authenticate
    personal: Mapping[str, frozenset[str]]
    reach: Reach
    sources: Sources | None
    batch_bytes: int
    history_page: int
    #: Of each tenant.
    federations: list[Federation] = []

    def tools(self, store: Store, guards: Guards) -> Tools:
        """For one tenant: nothing that it works with knows another's store."""
        federation = Federation(store, guards, reach=self.reach)
        contexts = Contexts(store, self.sources, now=wall_clock)
        self.federations.append(federation)
        return Tools(
            store=store,
            guards=guards,
            context=Context(store, guards, personal=self.personal, observations=self.history_page),
            ingest=self.ingest.into(store),
            subscriptions=Subscriptions(store, reach=self.reach, contexts=contexts),
            federation=federation,
            contexts=contexts,
            maps=EntityMaps(store),
            authenticate=self.authenticate,
            batch_bytes=self.batch_bytes,
        )


def _personal(types: Mapping[str, EntityType]) -> dict[str, frozenset[str]]:
    marked = {
        name: frozenset(attribute for attribute, one in declared.attributes.items() if one.personal)
        for name, declared in types.items()
    }
    return {name: attributes for name, attributes in marked.items() if attributes}


def key_of(scope: Scope) -> str | None:
    """The key in ``Authorization: Bearer KEY`` or ``X-API-Key: KEY``; ``None`` without one."""
    for name, value in scope["headers"]:
        if name == b"x-api-key" and value:
            return str(value.decode("latin-1")).strip()
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].decode("latin-1")).strip()
    return None
