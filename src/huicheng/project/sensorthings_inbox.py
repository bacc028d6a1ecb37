"""What devices publish as Observations, taken by the listeners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from huicheng.access import Subject
from huicheng.api import Arriving, Scope, SensorThingsTools, UnknownKey, naming_of
from huicheng.context import Context
from huicheng.ingest import Aside, Ingest
from huicheng.packs import Pack, entity_types
from huicheng.project.boundary import district_of, read_boundary
from huicheng.project.configuration import Configuration
from huicheng.stores import Authority, OpenedStore


def asides_of(
    configuration: Configuration, store: OpenedStore, authority: Authority, packs: Sequence[Pack]
) -> tuple[Aside, ...]:
    """The doors that take requests by MQTT: SensorThings."""
    types = entity_types(packs)
    tolerance = timedelta(minutes=configuration.tolerance)
    tools = SensorThingsTools(
        store=store,
        context=Context(store, authority),
        ingest=Ingest(store, types, district=district_of(read_boundary(configuration)), tolerance=tolerance),
        naming=naming_of(types),
        authenticate=_nobody,
    )
    return (Arriving(tools),)


async def _nobody(_scope: Scope) -> Subject:
    """No request comes by HTTP here."""
    raise UnknownKey
