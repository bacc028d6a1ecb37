"""The worker's loop that tells of SensorThings by MQTT, and one who listens to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broker import Mosquitto
from doors import TYPES, City
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from huicheng.api import Teller, declared, naming_of
from huicheng.context import Publisher
from huicheng.ingest import broker_at

BASE = "http://city/sta/v1.1"


class Ear:
    """Hears all that is on some topics."""

    def __init__(self, broker: Mosquitto, *topics: str, account: tuple[str, str] | None = None) -> None:
        #: Topic and body, in order.
        self.heard: list[tuple[str, Any]] = []
        self.granted = False
        self._topics = topics
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if account:
            self._client.username_pw_set(*account)
        self._client.on_connect = lambda client, *_: client.subscribe([(one, 1) for one in topics])
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = lambda _client, _data, one: self.heard.append((one.topic, json.loads(one.payload)))
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def _on_subscribe(self, *_: Any) -> None:
        self.granted = True

    def on(self, topic: str) -> list[Any]:
        """What was said on one topic."""
        return [body for name, body in self.heard if name == topic]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._client._reset_sockets()  # else they are closed by whoever collects them first


@asynccontextmanager
async def telling(city: City, broker: Mosquitto, grantee: str, *selections: str) -> AsyncIterator[Teller]:
    """From now on."""
    teller = Teller(
        store=city.store,
        guards=city.authority,
        naming=naming_of(TYPES),
        declared=declared(grantee, BASE, selections),
        sender=Publisher(broker_at(broker.url), "teller"),
    )
    await teller.step()

    async def work() -> None:
        while True:
            await teller.step()
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    try:
        yield teller
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await teller.close()
