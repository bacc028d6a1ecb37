"""Endpoints of subscriptions that are topics of a broker (ETSI GS CIM 009, 7.2).

``mqtt[s]://[user[:password]@]host[:port]/topic[/subtopic …]``; version and quality of service are said by
``notifierInfo`` (``MQTT-Version``: ``mqtt5.0`` or ``mqtt3.1.1``; ``MQTT-QoS``: 0, 1, 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec
from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import MQTTProtocolVersion

from huicheng.context.faults import BadSubscription
from huicheng.ingest import Broker

T = TypeVar("T")

#: Scheme → port, and whether the line is encrypted.
SCHEMES = {"mqtt": (1883, False), "mqtts": (8883, True)}
_VERSIONS = {"mqtt5.0": MQTTv5, "mqtt3.1.1": MQTTv311}
_QUALITIES = {"0": 0, "1": 1, "2": 2}
_URI, _INFO = "/notification/endpoint/uri", "/notification/endpoint/notifierInfo"
#: Wildcards, and what no broker takes; names that begin with a dollar are the broker's own.
_NO_TOPIC = re.compile(r"^\$|[+#\x00-\x1f\x7f]")
_LONGEST_TOPIC = 1_000


class MqttEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a notification is published."""

    host: str
    port: int
    tls: bool
    username: str
    password: str
    topic: str
    version: MQTTProtocolVersion
    qos: int

    def broker(self, address: str, authority: Path | None) -> Broker:
        """The broker at an address that was checked."""
        return Broker(
            host=self.host,
            port=self.port,
            tls=self.tls,
            username=self.username,
            password=self.password,
            authority=authority,
            address=address,
        )


def is_mqtt(uri: str) -> bool:
    """Whether an endpoint is a topic."""
    return uri.partition(":")[0].lower() in SCHEMES


def mqtt_endpoint(uri: str, info: Sequence[Any]) -> MqttEndpoint:
    """The endpoint that ``uri`` and ``notifierInfo`` name; ``BadSubscription`` with the place of what is wrong."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as fault:
        raise BadSubscription(place=_URI, why="the address is malformed: %(fault)s", fault=str(fault)) from None
    usual, tls = SCHEMES[parts.scheme]
    if not parts.hostname or parts.query or parts.fragment:
        raise BadSubscription(place=_URI, why="it is not mqtt[s]://[user[:password]@]host[:port]/topic")
    said = _said(info)
    return MqttEndpoint(
        host=parts.hostname,
        port=port or usual,
        tls=tls,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        topic=_topic(unquote(parts.path)[1:]),
        version=_chosen(said, "MQTT-Version", _VERSIONS, "mqtt5.0"),
        qos=_chosen(said, "MQTT-QoS", _QUALITIES, "0"),
    )


def _topic(name: str) -> str:
    if not name or len(name.encode()) > _LONGEST_TOPIC or _NO_TOPIC.search(name):
        raise BadSubscription(place=_URI, why="the address names no topic that can be published on")
    return name


def _said(info: Sequence[Any]) -> Mapping[str, str]:
    """The pairs of ``notifierInfo``."""
    found: dict[str, str] = {}
    for number, pair in enumerate(info):
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str) or "value" not in pair:
            raise BadSubscription(place=f"{_INFO}/{number}", why="it is not an object with key and value")
        found[pair["key"]] = str(pair["value"])
    return found


def _chosen(said: Mapping[str, str], key: str, known: Mapping[str, T], usual: str) -> T:
    value = said.get(key, usual)
    if value not in known:
        raise BadSubscription(
            place=_INFO,
            why="%(key)s is “%(value)s”, not one of %(known)s",
            key=key,
            value=value[:50],
            known=", ".join(known),
        )
    return known[value]
