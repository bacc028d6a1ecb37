"""Devices that are ordered about, as a vendor would build them: by NGSI-LD over HTTP, or by MQTT.

Both do an order once, however often it comes, and never after its time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from broker import Mosquitto
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from huicheng.access import EVERYTHING
from huicheng.stores import DeviceKeys, device_urn, drive, open_store

Order = dict[str, Any]


def pump(name: str, **leads: str) -> dict[str, Any]:
    """A pump of its own station, controlled by the device of the same name."""
    relations = {"refDevice": device_urn(name), **leads}
    return {
        "id": f"urn:ngsi-ld:Pump:{name}",
        "type": "Pump",
        "name": {"type": "Property", "value": name},
        "status": {"type": "Property", "value": "off"},
        **{key: {"type": "Relationship", "object": value} for key, value in relations.items()},
    }


def provision(data: Any, *names: str) -> dict[str, str]:
    """Keys for these devices, as a steward gives them; the system runs."""
    store = open_store(data, writer=False)
    try:
        keys = drive(DeviceKeys(store).provision({device_urn(one): "swb" for one in names}, EVERYTHING.subject))
        return {name: keys[device_urn(name)] for name in names}
    finally:
        drive(store.close())


class Obeying:
    """What both sorts have in common."""

    def __init__(self, name: str) -> None:
        self.name = name
        #: Everything that came, and what of it was done.
        self.told: list[Order] = []
        self.done: list[str] = []
        #: A device that is too busy to answer.
        self.silent = False

    def hear(self, order: Order) -> None:
        self.told.append(order)
        if datetime.fromisoformat(order["until"]) < datetime.now(UTC):
            return
        if order["id"] not in self.done:
            self.done.append(order["id"])
        if not self.silent:
            self.answer(order)

    def answer(self, order: Order, status: str = "done") -> None:
        raise NotImplementedError

    def wait_told(self, count: int = 1, within: float = 60.0) -> Order:
        deadline = time.monotonic() + within
        while len(self.told) < count:
            assert time.monotonic() < deadline, f"{self.name} was told {len(self.told)} of {count} orders"
            time.sleep(0.01)
        return self.told[count - 1]


class OverHttp(Obeying):
    """Subscribes to its orders, and writes its word with its key."""

    def __init__(self, name: str, address: str, key: str) -> None:
        super().__init__(name)
        self._client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _door(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def subscribe(self) -> None:
        port = self._server.server_address[1]
        wish = {
            "type": "Subscription",
            "entities": [{"type": "Case"}],
            "watchedAttributes": ["command"],
            "notification": {"format": "simplified", "endpoint": {"uri": f"http://127.0.0.1:{port}/"}},
        }
        answer = self._client.post("/ngsi-ld/v1/subscriptions", json=wish)
        assert answer.status_code == 201, answer.text

    def answer(self, order: Order, status: str = "done") -> None:
        answer = self.write(order["target"], order["id"], status)
        assert answer.status_code == 204, answer.text

    def write(self, target: str, command: str, status: str = "done") -> httpx.Response:
        """Its word, about whatever it likes."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        said = {"type": "JsonProperty", "json": {"command": command, "status": status, "at": at}, "observedAt": at}
        return self._client.patch(f"/ngsi-ld/v1/entities/{target}", json={"commandAck": said})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()


def _door(device: OverHttp) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()
            for case in body["data"]:
                said = case.get("command")
                if said is not None:
                    threading.Thread(target=device.hear, args=(said.get("json", said),), daemon=True).start()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing."""

    return Door


class OverMqtt(Obeying):
    """Listens to its topic with a session that outlives its line, and publishes its word."""

    def __init__(self, name: str, broker: Mosquitto, key: str) -> None:
        super().__init__(name)
        self._broker = broker
        #: Reason codes of messages that the broker did not take, and of its refusal to let the device in.
        self.refused: list[str] = []
        self._key = key
        self._subscribed = threading.Event()
        self._client = self._made()

    def _made(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=self.name, protocol=MQTTv5)
        client.username_pw_set(self.name, self._key)
        client.reconnect_delay_set(0.1, 0.5)
        client.on_connect, client.on_publish = self._on_connect, self._on_publish
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = lambda _client, _data, message: self.hear(json.loads(message.payload))
        return client

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.refused.append(str(reason))
        else:
            client.subscribe(f"huicheng/command/{self.name}", 1)

    def _on_publish(self, _client: Client, _data: Any, _mid: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.refused.append(str(reason))

    def connect(self) -> None:
        """Come in, and wait until orders are heard."""
        self.knock()
        assert self._subscribed.wait(30), self.refused

    def knock(self) -> None:
        """Try to come in."""
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = 3600
        self._subscribed.clear()
        self._client = self._made()
        self._client.connect("127.0.0.1", self._broker.port, clean_start=False, properties=session)
        self._client.loop_start()

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def answer(self, order: Order, status: str = "done") -> None:
        self.say(self.name, order, status)

    def say(self, level: str, order: Order, status: str = "done") -> None:
        """Its word, on whatever topic it likes."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        word = {"command": order["id"], "status": status, "at": at}
        body = {"target": order["target"], "time": at, "status": order.get("value", "on"), "ack": word}
        self._client.publish(f"huicheng/pump/{level}", json.dumps(body), 1)

    close = leave


@contextmanager
def at_work(device: Any) -> Iterator[Any]:
    """The device, let go of at the end."""
    try:
        yield device
    finally:
        device.close()
