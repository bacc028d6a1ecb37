"""What devices say by MQTT 5, through any broker (W1.1). See docs/how-to/connect-devices.md."""

from huicheng.ingest.mqtt.address import Broker, broker_at, read_credentials
from huicheng.ingest.mqtt.floods import Rate
from huicheng.ingest.mqtt.listener import Listener, Listening

__all__ = ["Broker", "Listener", "Listening", "Rate", "broker_at", "read_credentials"]
