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
from huicheng.api.ngsild import NgsiLd, Tools
from huicheng.api.sensorthings import SensorThings, naming_of
from huicheng.api.sensorthings.tools import Tools as SensorThingsTools
from huicheng.api.tally import Tally
from huicheng.api.webhooks import Webhooks
from huicheng.context import (
    MOST_OBSERVATIONS,
    Context,
    Contexts,
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
from huicheng.stores import Store, sensing


class DataDoors(msgspec.Struct, frozen=True, kw_only=True):
    """Applications by address, and how to end what they keep open."""

    #: A path ending in ``/`` takes the folder, any other exactly itself.
    apps: Mapping[str, App]
    events: Events
    layers: LayerDoors
    federation: Federation

    async def close(self) -> None:
        """End event streams, so that the server can stop."""
        await self.events.close()
        await self.layers.close()
        await self.federation.close()


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
) -> DataDoors:
    """Every data door.

    ``authenticate(scope)`` gives the subject of a request: by key (:func:`key_of`), by session, or
    anonymous; it raises ``UnknownKey``. ``guards`` is the :class:`huicheng.stores.Authority`. ``types``
    are the packs' entity types: reading what they mark as personal is written into the audit log. ``packs``
    say which layers the map has. ``sources`` say where remote @contexts come from.
    Without a ``signer`` there are no webhooks. An answer holds at most ``history_page`` observations.
    """
    tally = Tally()
    context = Context(store, guards, personal=_personal(types or {}), observations=history_page)
    federation = Federation(store, guards, reach=reach)
    contexts = Contexts(store, sources, now=wall_clock)
    tools = Tools(
        store=store,
        context=context,
        ingest=ingest,
        subscriptions=Subscriptions(store, reach=reach, contexts=contexts),
        federation=federation,
        contexts=contexts,
        authenticate=authenticate,
        batch_bytes=batch_bytes,
    )
    events = Events(store, context, authenticate, tally)
    layers = LayerDoors(store, context, authenticate, tally, packs)
    health = Health(store, tally, worker_alive=worker_alive)
    apps: dict[str, App] = {"/ngsi-ld/": NgsiLd(tools, tally), "/events": events, "/operations/layers/": layers}
    apps |= dict.fromkeys(("/operations/stream", "/operations/replay"), layers)
    if isinstance(store, sensing.Sensing):
        things = SensorThingsTools(
            store=store,
            view=store,
            context=context,
            ingest=ingest,
            naming=naming_of(types or {}),
            authenticate=authenticate,
        )
        apps["/sta/v1.1/"] = apps["/sta/v1.1"] = SensorThings(things, tally)
    features = Features(tools_of(context, authenticate, types or {}), tally)
    apps["/features/"] = apps["/features"] = features
    if signer is not None:
        apps["/webhooks/"] = Webhooks(tools, tally, signer)
    apps |= dict.fromkeys(("/healthz", "/readyz", "/metrics"), health)
    return DataDoors(apps=apps, events=events, layers=layers, federation=federation)


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
