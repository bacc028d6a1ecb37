"""Street lights that are ordered about, as vendors build them: by MQTT, or by NGSI-LD over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench.broker import Broker

TYPE = "Streetlight"
_READY = 30.0
Order = dict[str, Any]
#: Called with the id of each order as it comes.
Heard = Callable[[str], None]


def urn(name: str) -> str:
    """Id of the lamp whose controller has this name."""
    return f"urn:ngsi-ld:{TYPE}:{name}"


class Lamp:
    """What both sorts have in common: an order is done once, however often it comes, and then answered."""

    def __init__(self, name: str, heard: Heard) -> None:
        self.name = name
        self.level: float | None = None
        #: Ids in the order in which they were done, each once.
        self.done: list[str] = []
        self._heard = heard

    def obey(self, order: Order) -> None:
        """Take on the level, and say so."""
        self._heard(order["id"])
        if order["id"] in self.done or datetime.fromisoformat(order["until"]) < datetime.now(UTC):
            return
        self.done.append(order["id"])
        self.level = order["value"]
        self._answer(order["id"], datetime.now(UTC).isoformat().replace("+00:00", "Z"))

    def _answer(self, order: str, at: str) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Go away."""
        raise NotImplementedError


class MqttLamp(Lamp):
    """Hears its orders on its topic, and publishes level and word together."""

    def __init__(self, name: str, heard: Heard, broker: Broker) -> None:
        super().__init__(name, heard)
        subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(f"huicheng/command/{name}", 1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.obey(json.loads(message.payload))
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        if not subscribed.wait(_READY):
            raise AssertionError(f"{name} could not subscribe.")

    def _answer(self, order: str, at: str) -> None:
        said = {"target": urn(self.name), "time": at, "level": self.level}
        said["ack"] = {"command": order, "status": "done", "at": at}
        self._client.publish(f"huicheng/light/{self.name}", json.dumps(said), 1)

    def close(self) -> None:
        """Say good-bye."""
        self._client.disconnect()
        self._client.loop_stop()


class HttpLamp(Lamp):
    """Subscribes to its orders, and merges level and word into its entity."""

    def __init__(self, name: str, heard: Heard, address: str, key: str) -> None:
        super().__init__(name, heard)
        self._client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _door(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._subscribe()

    def _subscribe(self) -> None:
        wish = {
            "type": "Subscription",
            "entities": [{"type": "Case"}],
            "watchedAttributes": ["command"],
            "notification": {
                "format": "simplified",
                "attributes": ["command"],
                "endpoint": {"uri": f"http://127.0.0.1:{self._server.server_address[1]}/"},
            },
        }
        answer = self._client.post("/ngsi-ld/v1/subscriptions", json=wish)
        if answer.status_code != 201:
            raise AssertionError(f"{self.name} could not subscribe: {answer.text}")

    def _answer(self, order: str, at: str) -> None:
        word = {"type": "JsonProperty", "json": {"command": order, "status": "done", "at": at}, "observedAt": at}
        level = {"type": "Property", "value": self.level, "unitCode": "C62", "observedAt": at}
        said = {"commandAck": word, "illuminanceLevel": level}
        answer = self._client.patch(f"/ngsi-ld/v1/entities/{urn(self.name)}", json=said)
        if answer.status_code != 204:
            raise AssertionError(f"{self.name} was answered: {answer.text}")

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._client.close()


def _door(lamp: HttpLamp) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Take a notification, answer it, then do what it says."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()
            for case in body["data"]:
                said = case.get("command")
                if said is not None:
                    order = said.get("json", said)
                    threading.Thread(target=lamp.obey, args=(order,), daemon=True).start()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing."""

    return Door
