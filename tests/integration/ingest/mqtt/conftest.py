"""A city that listens: a writer in this process, a real broker, and ``huicheng listener`` as processes of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
from broker import Device, Mosquitto, mosquitto
from packed import known

from huicheng.access import EVERYTHING
from huicheng.city import Attribute, Entity
from huicheng.stores import (
    Authority,
    DeviceKeys,
    EmbeddedStore,
    HistoryQuery,
    Transaction,
    Write,
    device_urn,
    drive,
    open_store,
    serve_writes,
)

REPO = Path(__file__).resolve().parents[4]
AIR = "AirQualityObserved"


@dataclass(kw_only=True)
class City:
    """The store, the broker, and who listens."""

    store: EmbeddedStore
    broker: Mosquitto
    environment: dict[str, str]
    keys: dict[str, str] = field(default_factory=dict)
    listeners: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.store.data

    def register(self, names: Iterable[str], *, observing: bool = True) -> None:
        """Devices with keys, and of each the station that it observes."""
        wanted = list(names)
        writes = [Write(entity=_device(name)) for name in wanted]
        if observing:
            writes += [Write(entity=station(name)) for name in wanted]
        drive(self.store.commit(Transaction(writes=list(writes), judged=False)))
        units = {device_urn(name): "eeb" for name in wanted}
        keys = drive(DeviceKeys(self.store).provision(units, EVERYTHING.subject))
        self.keys |= {name: keys[device_urn(name)] for name in wanted}

    def revoke(self, name: str) -> None:
        drive(DeviceKeys(self.store).revoke([device_urn(name)], EVERYTHING.subject))

    def listen(self, number: int = 0, **settings: str) -> subprocess.Popen[bytes]:
        """Start a listener; it is not yet connected."""
        line = [sys.executable, "-m", "huicheng", "listener", str(number)]
        with (self.data.parent / f"listener-{number}.log").open("ab") as log:
            process = subprocess.Popen(
                line, stdin=subprocess.PIPE, stdout=log, stderr=log, env={**self.environment, **settings}
            )
        self.listeners.append(process)
        return process

    def said(self, number: int = 0) -> str:
        return (self.data.parent / f"listener-{number}.log").read_text("utf-8", "replace")

    def rows(self, statement: str) -> list[Any]:
        """What a reading statement of the store's gives."""
        return list(drive(self.store.rows(statement)))

    def connected(self) -> int:
        """How many listeners have said so."""
        return sum(row["connected"] for row in self.rows("listener.all"))

    def counts(self) -> dict[str, int]:
        """What the listeners have counted, together."""
        rows = self.rows("listener.all")
        names = ("messages", "accepted", "duplicates", "rejected", "flooded")
        return {name: sum(row[name] for row in rows) for name in names}

    def history(self, name: str = "", attribute: str = "pm25") -> list[tuple[str, int, Any]]:
        """Station, instant and value of every observation."""
        entities = [station(name).id] if name else None
        found = drive(self.store.history(HistoryQuery(type=AIR, entities=entities, attributes=[attribute])))
        return [(one.entity.rpartition(":")[2], one.observed_at, one.value) for one in found]

    def state(self, id: str, attribute: str) -> Any:
        stored = drive(self.store.get(id))
        held = stored.entity.attributes.get(attribute) if stored else None
        return held.content if isinstance(held, Attribute) else None

    def refused(self) -> str:
        """The files of messages that were not taken."""
        folder = self.data / "rejects"
        return "".join(path.read_text("utf-8-sig") for path in sorted(folder.glob("*.csv"))) if folder.exists() else ""

    def device(self, name: str) -> Device:
        return Device(self.broker, name, self.keys[name])


def _device(name: str) -> Entity:
    state = Attribute(type="Property", value="active")
    return Entity(id=device_urn(name), type="Device", attributes={"deviceState": state})


def station(name: str) -> Entity:
    """The station that the device of this name observes."""
    refers = Attribute(type="Relationship", object=device_urn(name))
    place = Attribute(type="GeoProperty", value={"type": "Point", "coordinates": [109.2, 27.7]})
    return Entity(id=f"urn:ngsi-ld:{AIR}:{name}", type=AIR, attributes={"refDevice": refers, "location": place})


def reading(at: datetime, pm25: float, **more: Any) -> bytes:
    """What a station sends."""
    return msgspec.json.encode({"time": at.isoformat(), "pm25": pm25, **more})


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def city(data_dir: Path, tmp_path: Path, free_port: int) -> Iterator[City]:
    """Nobody listens yet."""
    with ExitStack() as stack:
        store = stack.enter_context(_serving(data_dir))
        drive(Authority(store).seed(known()))
        broker = stack.enter_context(mosquitto(Mosquitto(folder=tmp_path / "broker", port=free_port)))
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPO / "src"),
            "HUICHENG_DATA": str(data_dir),
            "HUICHENG_MQTT": broker.url,
        }
        found = City(store=store, broker=broker, environment=environment)
        stack.callback(_end, found.listeners)
        yield found


def _end(listeners: list[subprocess.Popen[bytes]]) -> None:
    for one in listeners:
        if one.stdin is not None:
            one.stdin.close()
    for one in listeners:
        try:
            one.wait(10)
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


@contextmanager
def _serving(data: Path) -> Iterator[EmbeddedStore]:
    """The store of a server, with its socket for other processes."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    store = open_store(data, writer=True)
    socket = asyncio.run_coroutine_threadsafe(serve_writes(store), loop).result(60)
    try:
        yield store
    finally:
        loop.call_soon_threadsafe(socket.close)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result(60)
        asyncio.run_coroutine_threadsafe(store.close(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
