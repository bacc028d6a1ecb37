"""Notifications that are published on topics of a broker: one line for each broker and account, let go when idle."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from pathlib import Path
from uuid import uuid4

import msgspec
from paho.mqtt.enums import MQTTProtocolVersion

from huicheng.city import Instant
from huicheng.context.mqtt_endpoint import MqttEndpoint, mqtt_endpoint
from huicheng.context.notification import Letter, body, metadata
from huicheng.context.publishing import Publisher
from huicheng.context.reach import Reach, resolve
from huicheng.context.subscription import Subscription

#: Lines at once; the one that was used longest ago makes room.
_MOST_LINES = 64
_TIMEOUT_S = 5.0

#: Broker, account and version, at a checked address.
_Line = tuple[str, str, int, bool, str, str, MQTTProtocolVersion]


class Topics:
    """Publishes notifications. Shared by all couriers."""

    def __init__(self, reach: Reach, authority: Path | None) -> None:
        self._reach = reach
        self._authority = authority
        self._lines: OrderedDict[_Line, Publisher] = OrderedDict()

    async def publish(self, subscription: Subscription, letter: Letter, now: Instant) -> str:
        """Nothing when it is published (by QoS 1 and 2: when the broker has said so), else what stands against it.

        Raises ``ForbiddenEndpoint``, and ``OSError`` when the name has no address now.
        """
        endpoint = subscription.wish.notification.endpoint
        to = mqtt_endpoint(endpoint.uri, endpoint.notifier_info)
        address = await resolve(to.host, to.port, self._reach)
        line = await self._line(to, address)
        seconds = endpoint.timeout / 1000 if endpoint.timeout else _TIMEOUT_S
        taken = await line.publish(
            to.topic, _message(subscription, letter, now), _wall(seconds), qos=to.qos, expiring=False
        )
        return "" if taken else line.fault or f"the broker said nothing within {seconds:g} s"

    async def _line(self, to: MqttEndpoint, address: str) -> Publisher:
        key = (to.host, address, to.port, to.tls, to.username, to.password, to.version)
        if key not in self._lines:
            name = f"huicheng-{uuid4().hex[:14]}"
            self._lines[key] = Publisher(to.broker(address, self._authority), name, version=to.version)
        self._lines.move_to_end(key)
        line = self._lines[key]
        if len(self._lines) > _MOST_LINES:
            _, oldest = self._lines.popitem(last=False)
            await oldest.close()
        return line

    async def close(self) -> None:
        """Let go of all lines."""
        lines, self._lines = list(self._lines.values()), OrderedDict()
        await asyncio.gather(*(line.close() for line in lines))


def _message(subscription: Subscription, letter: Letter, now: Instant) -> bytes:
    """What would be headers, and what would be the body (CIM 009, 7.2)."""
    said = msgspec.Raw(body(subscription, letter, now))
    return msgspec.json.encode({"metadata": metadata(subscription), "body": said})


def _wall(seconds: float) -> Instant:
    """So many seconds from now."""
    return time.time_ns() // 1000 + round(seconds * 1e6)
