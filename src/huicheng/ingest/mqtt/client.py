"""A client of a broker as every line of the platform has it: its account, and encryption where its address says so."""

from __future__ import annotations

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from huicheng.ingest.mqtt.address import Broker
from huicheng.ingest.mqtt.encryption import encryption


def mqtt_client(
    broker: Broker, name: str, *, version: MQTTProtocolVersion = MQTTv5, manual_ack: bool = False
) -> Client:
    """Not yet connected. ``Invalid`` when a file with certificates cannot be read."""
    made = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=version, manual_ack=manual_ack)
    if broker.username:
        made.username_pw_set(broker.username, broker.password)
    if broker.tls:
        made.tls_set_context(encryption(broker))
    return made
