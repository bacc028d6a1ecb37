"""SensorThings by MQTT (OGC 18-088, 14): Observations that devices publish, and news of what one contract shows."""

from huicheng.api.sensorthings.mqtt.arriving import Arriving
from huicheng.api.sensorthings.mqtt.declared import Declared, Endpoints, declared
from huicheng.api.sensorthings.mqtt.telling import Teller

__all__ = ["Arriving", "Declared", "Endpoints", "Teller", "declared"]
