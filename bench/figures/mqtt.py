"""MQTT in by QoS 1, from a device to the commit, cut off by kill -9: what was acknowledged is there, and once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from bench.broker import Broker, mosquitto
from bench.figure import Figure
from bench.figures import Scale
from bench.figures.stored import await_judge
from bench.mqtt_line import Publisher, Subscriber
from bench.server import Running, huicheng
from huicheng.access import EVERYTHING
from huicheng.city import Attribute, Entity, micros
from huicheng.packs import read_packs
from huicheng.stores import (
    Authority,
    Blocking,
    DeviceKeys,
    EmbeddedStore,
    HistoryQuery,
    Transaction,
    Write,
    device_urn,
    drive,
    open_store,
)

_TYPE = "AirQualityObserved"
#: Gateways, each a line of its own that speaks for so many devices: brokers allow a line only 20 under way.
_LINES = 40
_EACH = 25
#: Messages that have left a device and are not yet in the store, at most.
_AHEAD = 4_000
_LEAST = 5_000.0
_PATIENCE = 120.0
_WARM = 2.0
_LOOK = 0.02
_PLACE = {"type": "Point", "coordinates": [109.2, 27.7]}

Count = Callable[[], int]


class Sending:
    """Readings of all devices in turn, so many ahead of ``count``; what was acknowledged is noted."""

    def __init__(self, count: Count) -> None:
        self.acknowledged: list[tuple[str, int]] = []
        self.sent = 0
        self._count = count
        self._allowed = _AHEAD
        self.going = True

    def allow(self) -> None:
        """Look how many have arrived."""
        self._allowed = self._count() + _AHEAD

    def source(self, line: int) -> Callable[[], tuple[bytes, bytes, Callable[[], None]] | None]:
        """What one line sends."""
        names = [_device(line * _EACH + number) for number in range(_EACH)]
        turn = 0

        def following() -> tuple[bytes, bytes, Callable[[], None]] | None:
            nonlocal turn
            if not self.going or self.sent >= self._allowed:
                return None
            name = names[turn % _EACH]
            turn += 1
            self.sent += 1
            at = datetime.now(UTC)
            said = b'{"time":"%b","pm25":%.1f,"humidity":%d}' % (
                at.isoformat().encode(),
                10 + turn % 500 / 10,
                turn % 90,
            )
            return b"huicheng/air/" + name.encode(), said, lambda: self.acknowledged.append((name, micros(at)))

        return following


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """As many as the platform takes, beside a bare subscriber at a broker of the same settings."""
    with mosquitto(folder / "raw", autosave=1) as broker:
        raw = asyncio.run(_barely(broker, scale.raw_seconds))
    data = folder / "mqtt"
    _register(data)
    with mosquitto(folder / "broker", autosave=1) as broker:
        rate, sending, shares = _measured(data, broker, scale.seconds)
        checked = _checked(data, broker, sending)
    return [
        Figure(
            name="MQTT in, QoS 1, from the device to the commit",
            value=rate,
            unit="messages/s",
            target=f"≥ {_LEAST:,.0f}/s",
            met=rate >= _LEAST,
            raw=raw,
            raw_is="the same by the same broker to a bare subscriber of QoS 1",
            ratio=rate / raw,
            details={
                "devices, lines": f"{_LINES * _EACH}, {_LINES}",
                "under way, at most": _AHEAD,
                "acknowledged messages found once each after kill -9": checked,
                **shares,
            },
        )
    ]


# -- sending


async def _barely(broker: Broker, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    _, subscriber = await loop.create_connection(
        lambda: Subscriber("bare", b"huicheng/air/+"), "127.0.0.1", broker.port
    )
    await subscriber.ready
    sending = Sending(lambda: subscriber.heard)
    rate = await _sent(broker, sending, lambda: subscriber.heard, seconds)
    subscriber.close()
    if not len(sending.acknowledged) <= subscriber.heard <= sending.sent:
        raise AssertionError(
            f"{sending.sent} sent, {subscriber.heard} heard, {len(sending.acknowledged)} acknowledged."
        )
    return rate


async def _sent(
    broker: Broker, sending: Sending, count: Count, seconds: float, last: Callable[[], None] | None = None
) -> float:
    """Messages a second that have arrived, once it runs warm; ``last`` happens while everybody still sends."""
    loop = asyncio.get_running_loop()
    lines: list[Publisher] = []
    for number in range(_LINES):
        made = Publisher(f"line-{number}", sending.source(number))
        await loop.create_connection(partial(_as_it_is, made), "127.0.0.1", broker.port)
        await made.ready
        lines.append(made)
    await _keep_on(sending, lines, _WARM)
    began, before = time.perf_counter(), count()
    await _keep_on(sending, lines, seconds)
    rate = (count() - before) / (time.perf_counter() - began)
    if last is not None:
        last()
    await _keep_on(sending, lines, 1.0)
    sending.going = False
    await asyncio.sleep(0.5)
    for one in lines:
        one.close()
    return rate


def _as_it_is(made: Publisher) -> Publisher:
    return made


async def _keep_on(sending: Sending, lines: list[Publisher], seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sending.allow()
        for one in lines:
            one.go_on()
        await asyncio.sleep(_LOOK)


# -- the platform


def _device(number: int) -> str:
    return f"bench-{number:04}"


def _register(data: Path) -> None:
    """Devices with keys, and of each the station that it observes."""
    store = open_store(data, writer=True)
    names = [_device(number) for number in range(_LINES * _EACH)]
    try:
        drive(Authority(store).seed(read_packs()))
        writes = [Write(entity=one) for name in names for one in _entities(name)]
        Blocking(store).commit(Transaction(writes=list(writes), judged=False))
        drive(DeviceKeys(store).provision({device_urn(name): "eeb" for name in names}, EVERYTHING.subject))
    finally:
        Blocking(store).close()


def _entities(name: str) -> list[Entity]:
    device = Entity(
        id=device_urn(name), type="Device", attributes={"deviceState": Attribute(type="Property", value="active")}
    )
    refers = Attribute(type="Relationship", object=device.id)
    place = Attribute(type="GeoProperty", value=_PLACE)
    station = Entity(id=_urn(name), type=_TYPE, attributes={"refDevice": refers, "location": place})
    return [device, station]


def _urn(name: str) -> str:
    return f"urn:ngsi-ld:{_TYPE}:{name}"


def _measured(data: Path, broker: Broker, seconds: float) -> tuple[float, Sending, dict[str, float]]:
    """The rate, what was sent, and the processor time a message of each process; at the end all are killed."""
    store = open_store(data, writer=False)
    city = Blocking(store)
    shares: dict[str, float] = {}
    try:
        with huicheng(data, mqtt=broker.url) as running:
            await_judge(data)
            _await(lambda: any(one["connected"] for one in city.rows("listener.all", ())), "The listener is not there.")
            before = _spent(running, broker)
            sending = Sending(lambda: _accepted(city))

            def kill() -> None:
                messages = _accepted(city)
                now = _spent(running, broker)
                running.kill()
                shares.update({name: 1e6 * (now[name] - before[name]) / messages for name in now})

            rate = asyncio.run(_sent(broker, sending, lambda: _accepted(city), seconds, kill))
        return rate, sending, shares
    finally:
        city.close()


def _accepted(city: Blocking) -> int:
    return sum(row["accepted"] for row in city.rows("listener.all", ()))


def _spent(running: Running, broker: Broker) -> dict[str, float]:
    """Seconds of processor time of each process."""
    processes = {_role(one): one for one in running.tree()} | {"broker": broker.process}
    times = {name: one.cpu_times() for name, one in processes.items()}
    return {f"{name}, µs of processor time a message": one.user + one.system for name, one in times.items()}


def _role(process: psutil.Process) -> str:
    line = process.cmdline()
    return next((name for name in ("listener", "worker") if name in line), "server")


def _checked(data: Path, broker: Broker, sending: Sending) -> int:
    """The platform starts again, and the broker hands over what it still has; how many messages are there."""
    wanted = Counter(sending.acknowledged)
    if not wanted or max(wanted.values()) > 1:
        raise AssertionError("Nothing was acknowledged, or two messages are alike.")
    with huicheng(data, mqtt=broker.url):
        store = open_store(data, writer=False)
        try:
            _await(lambda: _found(store, wanted), "Messages that the broker acknowledged are not in the store.")
        finally:
            Blocking(store).close()
    return len(wanted)


def _found(store: EmbeddedStore, wanted: Counter[tuple[str, int]]) -> bool:
    """Whether each of these is there; ``AssertionError`` where anything is there twice."""
    found: Counter[tuple[str, int]] = Counter()
    for one in drive(store.history(HistoryQuery(type=_TYPE, attributes=["pm25"]))):
        found[one.entity.rpartition(":")[2], one.observed_at] += 1
    doubles = [one for one, count in found.items() if count > 1]
    if doubles:
        raise AssertionError(f"{len(doubles)} readings are there twice, such as {doubles[0]}.")
    return wanted.keys() <= found.keys()


def _await(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.25)
