"""A real broker (Mosquitto) on a free port, killed and started again at will, and devices that speak to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

#: Seconds that a broker may take to be reached on a machine that does much else.
PATIENCE = 30.0
PROGRAM = "mosquitto"


def program() -> str:
    """Where Mosquitto is; without it a test is skipped on a laptop, and fails where ``CI`` is set."""
    found = shutil.which(PROGRAM) or shutil.which(PROGRAM, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        why = "There is no mosquitto here: apt-get install mosquitto."
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return str(found)


@dataclass(kw_only=True)
class Mosquitto:
    """One broker. What it was sent survives its end, in ``folder``."""

    folder: Path
    port: int
    #: Further lines of its configuration; without accounts everybody may come.
    lines: tuple[str, ...] = ("allow_anonymous true",)
    #: Whether its lines are encrypted; devices then trust this authority.
    trusted: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.port}" if self.trusted else f"mqtt://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        log = self.folder / "mosquitto.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def start(self) -> None:
        """Start it and wait until it can be reached."""
        self.folder.mkdir(parents=True, exist_ok=True)
        conf = self.folder / "mosquitto.conf"
        conf.write_text("\n".join([*self._usual(), *self.lines, ""]), "utf-8")
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([program(), "-c", str(conf)], stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        pytest.fail(f"Mosquitto did not start:\n{self.said[-2000:]}")

    def _usual(self) -> list[str]:
        return [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            # Everything that changes is written as soon as the broker can.
            "autosave_interval 1",
            "autosave_on_changes true",
            "max_queued_messages 0",
            "max_queued_bytes 0",
            "user root",
        ]

    def kill(self) -> None:
        """``kill -9``."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def reload(self) -> None:
        """Have it read its files of accounts and access anew."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


@contextmanager
def mosquitto(broker: Mosquitto) -> Iterator[Mosquitto]:
    """The broker, started; and ended whatever happens."""
    broker.start()
    try:
        yield broker
    finally:
        if broker._process is not None and broker._process.poll() is None:
            broker.kill()


class Device:
    """What sends by QoS 1 and keeps on until it is told that it was taken."""

    def __init__(self, broker: Mosquitto, name: str, key: str = "", certificate: tuple[Path, ...] = ()) -> None:
        self.name = name
        #: Messages handed over, and those that the broker has said to have.
        self.sent = self.acknowledged = 0
        #: Whether the broker did not let it in; and what it heard.
        self.turned_away = False
        self.heard: list[bytes] = []
        self._topics: list[str] = []
        #: Reason codes of refused messages.
        self.refused: list[str] = []
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        if key:
            self._client.username_pw_set(name, key)
        self._client.max_inflight_messages_set(200)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(0.1, 0.3)
        self._client.on_publish = self._on_publish
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        asked = Properties(PacketTypes.CONNECT)
        asked.SessionExpiryInterval = 3600
        if broker.trusted:
            self._client.tls_set(str(broker.trusted), *map(str, certificate))
        self._client.connect(
            "localhost" if broker.trusted else "127.0.0.1",
            broker.port,
            keepalive=10,
            clean_start=False,
            properties=asked,
        )
        self._client.loop_start()

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.turned_away = reason.is_failure
        for topic in self._topics:
            client.subscribe(topic, 1)

    def _on_message(self, _client: Client, _data: Any, message: Any) -> None:
        self.heard.append(message.payload)

    def listen(self, *topics: str) -> None:
        """Subscribe; what the broker does not grant is not heard."""
        self._topics += topics
        for topic in topics:
            self._client.subscribe(topic, 1)

    def _on_publish(self, _client: Client, _data: Any, _mid: int, reason: Any, _properties: Any) -> None:
        self.acknowledged += 1
        if reason.is_failure:
            self.refused.append(str(reason))

    def send(self, topic: str, body: bytes | str) -> None:
        """Publish; it is on its way, not more. What cannot be sent now is sent when the broker is back."""
        self._client.publish(topic, body, qos=1)
        self.sent += 1

    def settle(self, within: float = 60.0) -> None:
        """Wait until the broker has said to have everything."""
        deadline = time.monotonic() + within
        while self.acknowledged < self.sent:
            if time.monotonic() > deadline:
                pytest.fail(f"{self.name}: the broker has {self.acknowledged} of {self.sent} messages.")
            time.sleep(0.02)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
