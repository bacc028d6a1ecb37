"""From the press that lets an order go out to the device's word on its case, over MQTT and over HTTP.

Three ways: one order after the other; at a steady pace, whatever became of those before; and as many at once as there
are lamps, each the next as soon as its last is answered, which shows how many the platform can carry.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import msgspec

from bench.broker import Broker, mosquitto
from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.lamps import TYPE, HttpLamp, Lamp, MqttLamp, urn
from bench.server import demonstration
from bench.town.visitor import Visitor
from huicheng.access import EVERYTHING
from huicheng.stores import DeviceKeys, device_urn, drive, open_store

_CASE = "urn:ngsi-ld:Case:"
#: Lamps of each sort.
_EACH = 4
#: Orders a second while they come at a pace.
_PACE = 2.0
_PATIENCE = 60.0
_LEAST = 500.0
_DIM = "infrastructure/command:light-dim"
#: When the platform wrote down each order's opening and its device's word (µs, wall).
_WORDS = """
SELECT c.number, e.received, e.actor FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
WHERE c.kind = 'infrastructure/command' AND c.state = 'done' AND e.action = 'acknowledge'
"""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it was given."""

    number: str
    lamp: str
    level: float
    #: Seconds, wall: when it was sent off, and when the page had answered.
    pressed: float
    answered: float


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """p95 one after the other and at the pace; orders a second with all lamps at once."""
    data = folder / "orders"
    with mosquitto(folder / "broker", autosave=1) as broker, demonstration(data, mqtt=broker.url) as demo:
        heard: dict[str, float] = {}
        with lit(data, f"http://127.0.0.1:{demo.port}", broker, heard) as lamps:
            desk, rounds = Desk(demo.port, data), scale.orders // len(lamps)
            _each(desk, data, [[one] for one in lamps])
            alone = _each(desk, data, [lamps * rounds])
            paced = _paced(desk, data, lamps * rounds)
            began = time.perf_counter()
            crowd = _each(desk, data, [[one] * rounds for one in lamps])
            rate = len(crowd) / (time.perf_counter() - began)
            found = [_judged(data, given, lamps, heard) for given in (alone, paced, crowd)]
    return [
        _figure("one after the other", *found[0]),
        _figure(f"{_PACE:.0f} a second", *found[1]),
        _throughput(rate, *found[2]),
    ]


def _figure(how: str, taken: dict[str, list[float]], details: dict[str, float | str]) -> Figure:
    every = [one for some in taken.values() for one in some]
    p95 = percentile(every, 0.95)
    by_way = {f"p95 over {way}, ms": percentile(some, 0.95) for way, some in taken.items()}
    return Figure(
        name=f"order to acknowledgement on its case, {how}, p95",
        value=p95,
        unit="ms",
        target=f"< {_LEAST:,.0f} ms",
        met=p95 < _LEAST,
        details={"p50 ms": percentile(every, 0.5), "worst ms": max(every), "orders": len(every), **by_way, **details},
    )


def _throughput(rate: float, taken: dict[str, list[float]], details: dict[str, float | str]) -> Figure:
    every = [one for some in taken.values() for one in some]
    return Figure(
        name=f"orders to {2 * _EACH} lamps, each the next when its last is answered",
        value=rate,
        unit="orders/s",
        target="is reported",
        met=rate > 0,
        details={"p50 ms": percentile(every, 0.5), "p95 ms": percentile(every, 0.95), "orders": len(every), **details},
    )


class Desk:
    """A dispatcher's browser, as far as orders need it; several threads may press at once."""

    def __init__(self, port: int, data: Path) -> None:
        visitor = Visitor(port, data, "dispatcher")
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Cookie": visitor.cookie, "X-CSRFToken": visitor.token},
            timeout=60,
        )

    def order(self, lamp: Lamp, level: float) -> Given:
        """Give the order to a lamp to take on a level."""
        fields = {"order": _DIM, "light-dim-reason": "节能", "light-dim-level": str(level), "give": ""}
        pressed = time.time()
        answer = self._client.post(f"/desk/things/{urn(lamp.name)}/", data=fields)
        if answer.status_code != 302:
            raise AssertionError(f"An order was answered with {answer.status_code}: {answer.text[-600:]}")
        number = answer.headers["Location"].rstrip("/").rpartition("/")[2]
        return Given(number=number, lamp=lamp.name, level=level, pressed=pressed, answered=time.time())


def _each(desk: Desk, data: Path, rows: Sequence[Sequence[Lamp]]) -> list[Given]:
    """Orders, row beside row; in a row each waits until the one before is done."""

    def row(lamps: Sequence[Lamp]) -> list[Given]:
        with _people(data) as people:
            return [_ordered(desk, people, lamp, number) for number, lamp in enumerate(lamps)]

    with ThreadPoolExecutor(len(rows)) as pool:
        return [one for some in pool.map(row, rows) for one in some]


def _paced(desk: Desk, data: Path, lamps: Sequence[Lamp]) -> list[Given]:
    """Orders that are due one after the other; when one is late the next does not wait for it."""
    began = time.perf_counter() + 0.2

    def due(number: int) -> Given:
        time.sleep(max(0.0, began + number / _PACE - time.perf_counter()))
        with _people(data) as people:
            return _ordered(desk, people, lamps[number], number)

    with ThreadPoolExecutor(2 * _EACH) as pool:
        return list(pool.map(due, range(len(lamps))))


def _ordered(desk: Desk, people: sqlite3.Connection, lamp: Lamp, number: int) -> Given:
    """One order, to a level that the lamp does not have, until it is done."""
    level = round(0.1 + number % 8 / 10, 3)
    given = desk.order(lamp, level if level != lamp.level else level + 0.05)
    _wait(people, given.number)
    return given


def _wait(people: sqlite3.Connection, number: str) -> None:
    """Until the order is closed. The look is rough: what counts is what the platform wrote down."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        [(state, closed)] = people.execute("SELECT state, closed_at FROM cases_case WHERE number = ?", (number,))
        if closed is not None:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"Order {number} is {state} after {_PATIENCE:.0f} s.")
        time.sleep(0.02)
    if state != "done":
        raise AssertionError(f"Order {number} came to {state}.")


def _judged(
    data: Path, given: Sequence[Given], lamps: Sequence[Lamp], heard: dict[str, float]
) -> tuple[dict[str, list[float]], dict[str, float | str]]:
    """How many ms each order took, by the way of its lamp; each was done once, by its own device."""
    with _people(data) as people:
        words = {number: (received / 1e6, actor) for number, received, actor in people.execute(_WORDS)}
    by_name = {one.name: one for one in lamps}
    taken: dict[str, list[float]] = {"MQTT": [], "HTTP": []}
    for one in given:
        received, actor = words[one.number]
        lamp = by_name[one.lamp]
        if actor != device_urn(one.lamp) or lamp.done.count(_CASE + one.number) != 1:
            raise AssertionError(f"Order {one.number} was not done once by {one.lamp}.")
        taken["MQTT" if isinstance(lamp, MqttLamp) else "HTTP"].append(1000 * (received - one.pressed))
    _agree(data, by_name, given)
    out = [1000 * (heard[_CASE + one.number] - one.pressed) for one in given]
    return taken, {
        "p50 until the page has answered, ms": percentile([1000 * (one.answered - one.pressed) for one in given], 0.5),
        "p50 until the device is told, ms": percentile(out, 0.5),
        "p95 until the page has answered, ms": percentile([1000 * (one.answered - one.pressed) for one in given], 0.95),
        "p95 until the device is told, ms": percentile(out, 0.95),
    }


def _agree(data: Path, lamps: dict[str, Lamp], given: Sequence[Given]) -> None:
    """What the store says of each lamp is what the lamp has."""
    store = open_store(data, writer=False)
    try:
        for name in {one.lamp for one in given}:
            stored = drive(store.get(urn(name)))
            held = stored.entity.attributes.get("illuminanceLevel") if stored else None
            if held is None or isinstance(held, list) or held.content != lamps[name].level:
                raise AssertionError(f"{name} is said to be at {held}, and is at {lamps[name].level}.")
    finally:
        drive(store.close())


@contextmanager
def _people(data: Path) -> Iterator[sqlite3.Connection]:
    people = sqlite3.connect(f"file:{data / 'people.db'}?mode=ro", uri=True)
    try:
        yield people
    finally:
        people.close()


@contextmanager
def lit(data: Path, address: str, broker: Broker, heard: dict[str, float]) -> Iterator[list[Lamp]]:
    """Lamps of both sorts, entered and with keys; ``heard`` is when each order came (seconds, wall)."""
    names = [f"{way}-{number}" for number in range(_EACH) for way in ("mqtt", "http")]
    key = json.loads((data / "demo-accounts.json").read_text("utf-8"))["api_key"]
    entities = [_entity(name) for name in names]
    answer = httpx.post(f"{address}/ngsi-ld/v1/entityOperations/create", json=entities, headers={"X-API-Key": key})
    if answer.status_code != 201:
        raise AssertionError(f"The lamps were not taken: {answer.text}")
    keys = _keys(data, names)
    _await_listener(data)

    def hear(order: str) -> None:
        heard.setdefault(order, time.time())

    with ExitStack() as stack:
        lamps: list[Lamp] = []
        for name in names:
            over_mqtt = name.startswith("mqtt")
            lamps.append(MqttLamp(name, hear, broker) if over_mqtt else HttpLamp(name, hear, address, keys[name]))
            stack.callback(lamps[-1].close)
        yield lamps


def _entity(name: str) -> dict[str, object]:
    return {
        "id": urn(name),
        "type": TYPE,
        "name": {"type": "Property", "value": name},
        "powerState": {"type": "Property", "value": "on"},
        "refDevice": {"type": "Relationship", "object": device_urn(name)},
    }


def _await_listener(data: Path) -> None:
    """Until the installation listens: what a device says before its first session at the broker is nobody's."""
    deadline = time.monotonic() + _PATIENCE
    store = open_store(data, writer=False)
    try:
        while not any(row["connected"] for row in drive(store.rows("listener.all"))):
            if time.monotonic() > deadline:
                raise AssertionError(f"Nobody listens at the broker after {_PATIENCE:.0f} s.")
            time.sleep(0.05)
    finally:
        drive(store.close())


def _keys(data: Path, names: Sequence[str]) -> dict[str, str]:
    store = open_store(data, writer=False)
    try:
        given = drive(DeviceKeys(store).provision({device_urn(one): "sz" for one in names}, EVERYTHING.subject))
    finally:
        drive(store.close())
    return {name: given[device_urn(name)] for name in names}
