"""Orders go out by the broker to which the listeners listen, where there is one."""

from __future__ import annotations

from huicheng.context import Carrier, Publisher
from huicheng.project.broker_account import MQTT_ACCOUNT
from huicheng.project.installation import Installation
from huicheng.project.listener import broker_of, installation_mark


def carrier_of(installation: Installation) -> Carrier | None:
    """``None`` without a broker: orders then go to whoever subscribed to them."""
    configuration = installation.configuration
    if not configuration.mqtt_url:
        return None
    broker = broker_of(configuration.data, configuration.mqtt)
    name = f"{MQTT_ACCOUNT}-{installation_mark(configuration.data)}-orders"
    return Carrier(installation.store, Publisher(broker, name))
