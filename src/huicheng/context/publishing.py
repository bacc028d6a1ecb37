"""A line to a broker for what goes out: it comes back by itself, and says what the broker has taken."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from huicheng.city import Instant
from huicheng.ingest import Broker, mqtt_client

_log = logging.getLogger(__name__)

_KEEPALIVE = 30
_SECOND = 1_000_000
#: MQTT counts an expiry in whole seconds, and none is longer.
_LONGEST_EXPIRY = 2**32 - 1


class Publisher:
    """Publishes by QoS 1. The library's thread does the talking; who publishes waits in the event loop."""

    def __init__(self, broker: Broker, name: str, *, version: MQTTProtocolVersion = MQTTv5) -> None:
        self._broker = broker
        self._loop = asyncio.get_running_loop()
        self._connected = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._version = version
        self._client = self._made(name)
        self._started = False
        #: What the broker, or the way to it, said last; "" = nothing is wrong.
        self.fault = ""

    def _made(self, name: str) -> Client:
        client = mqtt_client(self._broker, name, version=self._version)
        client.reconnect_delay_set(1, 2)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_publish = self._on_connect_fail, self._on_publish
        return client

    async def publish(self, topic: str, body: bytes, until: Instant, *, qos: int = 1, expiring: bool = True) -> bool:
        """Whether the broker has said, before ``until`` (wall), that it has the message; by QoS 0: whether it is sent.

        Without a line it waits for one. What the broker keeps for a receiver that is away expires at ``until``, if
        it is ``expiring``, and the line speaks MQTT 5.
        """
        self._start()
        try:
            async with asyncio.timeout(self._left(until)):
                await self._connected.wait()
                return await self._sent(topic, body, qos, self._expiry(until) if expiring else None)
        except TimeoutError:
            return False

    def _expiry(self, until: Instant) -> Properties | None:
        if self._version != MQTTv5:
            return None
        expiry = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # the library types the rest
        expiry.MessageExpiryInterval = max(1, min(_LONGEST_EXPIRY, int(self._left(until))))
        return expiry

    async def _sent(self, topic: str, body: bytes, qos: int, properties: Properties | None) -> bool:
        acknowledged: asyncio.Future[bool] = self._loop.create_future()
        # Callbacks reach the loop by its queue, so none is handled before the future is in its place.
        mid = self._client.publish(topic, body, qos=qos, properties=properties).mid
        self._waiting[mid] = acknowledged
        try:
            return await acknowledged
        finally:
            self._waiting.pop(mid, None)

    def _left(self, until: Instant) -> float:
        return max(0.0, (until - time.time_ns() // 1000) / _SECOND)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._client.connect_async(self._broker.reached_at, self._broker.port, _KEEPALIVE)
            self._client.loop_start()

    async def close(self) -> None:
        """Say good-bye."""
        if self._started:
            self._client.disconnect()
            await asyncio.to_thread(self._client.loop_stop)
        # Nothing leads back from the client to here: it goes with this object, and closes its sockets.
        self._client.on_connect = self._client.on_disconnect = None
        self._client.on_connect_fail = self._client.on_publish = None

    # -- what the library calls, in its thread

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.fault = f"the broker refuses: {reason}" if reason.is_failure else ""
        if reason.is_failure:
            _log.error("the broker %r refuses: %s", self._broker, reason)
        else:
            self._loop.call_soon_threadsafe(self._connected.set)

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        self.fault = f"the broker {self._broker!r} cannot be reached, or is not the one that it says"

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            _log.warning("the line to the broker %r is broken: %s; it is tried again", self._broker, reason)
        self._loop.call_soon_threadsafe(self._connected.clear)

    def _on_publish(self, _client: Client, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.fault = f"the broker does not take it: {reason}"
            _log.error("the broker %r does not take a message: %s", self._broker, reason)
        self._loop.call_soon_threadsafe(self._settle, mid, not reason.is_failure)

    def _settle(self, mid: int, taken: bool) -> None:  # noqa: FBT001 - called by the loop, which knows no names
        waiting = self._waiting.get(mid)
        if waiting is not None and not waiting.done():
            waiting.set_result(taken)
