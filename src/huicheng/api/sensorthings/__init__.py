"""SensorThings API 1.1 (OGC 18-088) over the same store as NGSI-LD. See docs/explanation/sensorthings.md."""

from huicheng.api.sensorthings.app import SensorThings
from huicheng.api.sensorthings.naming import naming_of

__all__ = ["SensorThings", "naming_of"]
