"""The service root: the entity sets, and what of the standard is served (OGC 18-088, 9.1)."""

from __future__ import annotations

from typing import Any

from huicheng.api.sensorthings.mqtt.declared import Endpoints
from huicheng.api.sensorthings.mqtt.topics import CREATION
from huicheng.stores import sensing

_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
_MODELS = (
    "thing",
    "location",
    "historical-location",
    "datastream",
    "sensor",
    "observed-property",
    "observation",
    "feature-of-interest",
)
_OTHERS = (
    "datamodel/entity-control-information/common-control-information",
    "resource-path/resource-path-to-entities",
    "request-data/status-code",
    "request-data/query-status-code",
    "request-data/order",
    "request-data/expand",
    "request-data/select",
    "request-data/orderby",
    "request-data/skip",
    "request-data/top",
    "request-data/filter",
    "request-data/built-in-filter-operations",
    "request-data/built-in-query-functions",
    "request-data/count",
    "request-data/pagination",
    "create-update-delete/create-entity",
    "create-update-delete/link-to-existing-entities",
    "create-update-delete/deep-insert",
    "create-update-delete/deep-insert-status-code",
    "create-update-delete/historical-location-auto-creation",
    "create-update-delete/update-entity",
    "create-update-delete/update-entity-put",
    "create-update-delete/update-entity-jsonpatch",
    "create-update-delete/delete-entity",
    "batch-request/batch-request",
    "data-array/data-array",
)
_CREATE = f"{_SPEC}/create-observations-via-mqtt/observations-creation"
_RECEIVE = f"{_SPEC}/receive-updates-via-mqtt/receive-updates"


def service_root(base: str, endpoints: Endpoints) -> dict[str, Any]:
    """The document at the root; what goes by MQTT with the addresses of its brokers (14)."""
    offered = {_CREATE: endpoints.create, _RECEIVE: endpoints.receive}
    by_mqtt: dict[str, dict[str, Any]] = {name: {"endpoints": held} for name, held in offered.items() if held}
    if endpoints.create:
        by_mqtt[_CREATE]["topic"] = CREATION
    models = [f"{_SPEC}/datamodel/{name}/{part}" for name in _MODELS for part in ("properties", "relations")]
    return {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in sensing.SETS],
        "serverSettings": {"conformance": [*models, *(f"{_SPEC}/{name}" for name in _OTHERS), *by_mqtt], **by_mqtt},
    }
