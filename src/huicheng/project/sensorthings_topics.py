"""SensorThings over the broker to which the listeners listen: what is taken there, and what is told."""

from __future__ import annotations

import os

from huicheng.api import Endpoints, Teller, declared, naming_of
from huicheng.context import Publisher
from huicheng.errors import Invalid, Unavailable
from huicheng.packs import entity_types
from huicheng.project.broker_account import MQTT_ACCOUNT
from huicheng.project.configuration import Configuration
from huicheng.project.installation import Installation
from huicheng.project.listener import broker_of, installation_mark

#: Whose sight is published; unset: nothing is.
_PUBLISH = "HUICHENG_STA_PUBLISH"


def endpoints_of(configuration: Configuration) -> Endpoints:
    """What the service root says; the broker's own address, unless clients reach it by another."""
    if not configuration.mqtt_url:
        return Endpoints()
    usual = (configuration.mqtt_url,)
    receive = _listed("HUICHENG_STA_RECEIVE_AT") or usual
    return Endpoints(
        create=_listed("HUICHENG_STA_CREATE_AT") or usual, receive=receive if os.environ.get(_PUBLISH) else ()
    )


def teller_of(installation: Installation) -> Teller | None:
    """``None`` without a broker, or where nobody has said whose sight is to be published."""
    configuration, store, grantee = installation.configuration, installation.store, os.environ.get(_PUBLISH, "")
    if not configuration.mqtt_url or not grantee:
        return None
    base = os.environ.get("HUICHENG_STA_URL") or f"http://{configuration.host}:{configuration.port}/sta/v1.1"
    try:
        said = declared(grantee, base, _listed("HUICHENG_STA_SELECT"))
    except Invalid as fault:
        raise Unavailable(
            place=f"{_PUBLISH}: {fault.place}",
            mend="Correct HUICHENG_STA_PUBLISH or HUICHENG_STA_SELECT.",
            **{"why": fault.problem, **fault.details},
        ) from fault
    name = f"{MQTT_ACCOUNT}-{installation_mark(configuration.data)}-sensorthings"
    return Teller(
        store=store,
        guards=installation.authority,
        naming=naming_of(entity_types(installation.packs)),
        declared=said,
        sender=Publisher(broker_of(configuration.data, configuration.mqtt), name),
    )


def _listed(name: str) -> tuple[str, ...]:
    return tuple(os.environ.get(name, "").split())
