"""Broker and listeners are killed under load: what was acknowledged is in the store, and once (Q1, W1.1)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Thread

import pytest
from broker import Device

from huicheng.ingest import Share

from .broker_log import LINES, BrokerLog
from .conftest import City, now, reading

Eventually = Callable[..., object]

NAMES = [f"s{number}" for number in range(20)]
EACH = 150


class Load:
    """Every device sends a numbered reading, again and again, until it has sent all."""

    def __init__(self, devices: Sequence[Device], pause: float) -> None:
        self._devices = devices
        self._pause = pause
        self._start = now() - timedelta(hours=1)
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for number in range(EACH):
            at = self._start + timedelta(seconds=number)
            for device in self._devices:
                device.send(f"huicheng/air/{device.name}", reading(at, number))
            time.sleep(self._pause)

    @property
    def sent(self) -> int:
        return sum(device.acknowledged for device in self._devices)

    def settle(self) -> None:
        """All is sent, and the broker has said to have all of it."""
        self._thread.join()
        for device in self._devices:
            device.settle(within=120)


def _once(city: City) -> set[tuple[str, float]]:
    """Every reading that is there; the assertion is that none is there twice."""
    found = Counter((name, float(value)) for name, _, value in city.history())
    assert set(found.values()) <= {1}, [one for one, count in found.items() if count > 1][:5]
    return set(found)


def _all_once(city: City) -> bool:
    return len(_once(city)) == len(NAMES) * EACH


def _after_more(load: Load, many: int, eventually: Eventually) -> None:
    """Wait until the broker has acknowledged so many more."""
    before = load.sent
    eventually(lambda: load.sent > before + many, within=60)


@pytest.mark.soak
def test_a_listener_killed_under_load_loses_nothing_and_doubles_nothing(city: City, eventually: Eventually) -> None:
    city.register(NAMES)
    city.listen()
    eventually(city.connected, within=60)
    devices = [city.device(name) for name in NAMES]
    load = Load(devices, pause=0.05)
    for _ in range(2):
        before = city.counts()["accepted"]
        eventually(lambda before=before: city.counts()["accepted"] > before + 200, within=60)
        city.listeners[-1].kill()
        city.listen()
    load.settle()
    eventually(lambda: _all_once(city), within=120, every=0.5)
    for device in devices:
        device.close()


@pytest.mark.soak
@pytest.mark.parametrize("many", [1, 2])
def test_a_broker_killed_under_load_costs_nothing_that_it_had_on_disk_or_a_listener_acknowledged(
    city: City, eventually: Eventually, many: int
) -> None:
    _tell_all(city)
    city.register(NAMES)
    for number in range(many):
        city.listen(number, HUICHENG_MQTT_PROCESSES=str(many))
    eventually(lambda: city.connected() == many, within=60)
    devices = [city.device(name) for name in NAMES]
    load = Load(devices, pause=0.05)
    for _ in range(2):
        _after_more(load, 600, eventually)
        city.broker.kill()
        time.sleep(1.0)  # the broker is gone while everybody goes on
        city.broker.start()
    load.settle()
    kept = _kept(city, many)
    eventually(lambda: kept <= _once(city), within=120, every=0.5)
    for device in devices:
        device.close()


def _tell_all(city: City) -> None:
    city.broker.stop()
    city.broker.lines += LINES
    city.broker.start()


def _kept(city: City, many: int) -> set[tuple[str, float]]:
    """What must be there: all but what the broker forgot when it was killed, which is little."""
    sent = {(name, float(number)) for name in NAMES for number in range(EACH)}
    kept = sent - _forgiven(BrokerLog.of(city.broker.said), many)
    assert len(kept) > 0.9 * len(sent)
    return kept


def _forgiven(log: BrokerLog, many: int) -> set[tuple[str, float]]:
    """What the broker forgot, without what the listener acknowledged whose it is."""
    whose = {
        name: next(one for one in range(many) if Share(number=one, of=many).wants(f"huicheng/air/{name}"))
        for name in NAMES
    }
    taken = {sent for by, sent in log.taken if by.partition("-of-")[0].endswith(f"-{whose[sent[0]]}")}
    return {(name, float(number - 1)) for name, number in log.forgotten - taken}


@pytest.mark.soak
def test_two_listeners_lose_and_double_nothing_when_the_broker_ends_in_order_under_load(
    city: City, eventually: Eventually
) -> None:
    city.register(NAMES)
    for number in range(2):
        city.listen(number, HUICHENG_MQTT_PROCESSES="2")
    eventually(lambda: city.connected() == 2, within=60)
    devices = [city.device(name) for name in NAMES]
    load = Load(devices, pause=0.05)
    for _ in range(2):
        _after_more(load, 600, eventually)
        city.broker.stop()
        time.sleep(1.0)  # the broker is gone while everybody goes on
        city.broker.start()
    load.settle()
    eventually(lambda: _all_once(city), within=120, every=0.5)
    for device in devices:
        device.close()


@pytest.mark.soak
def test_a_broker_that_is_gone_for_a_minute_under_load_loses_and_doubles_nothing(
    city: City, eventually: Eventually
) -> None:
    _tell_all(city)
    city.register(NAMES)
    for number in range(2):
        city.listen(number, HUICHENG_MQTT_PROCESSES="2")
    eventually(lambda: city.connected() == 2, within=60)
    devices = [city.device(name) for name in NAMES]
    load = Load(devices, pause=0.5)  # it takes longer than the minute
    eventually(lambda: load.sent > 100, within=60)
    city.broker.kill()
    time.sleep(60)  # what is asked for
    city.broker.start()
    load.settle()
    kept = _kept(city, many=2)
    eventually(lambda: kept <= _once(city), within=120, every=0.5)
    for device in devices:
        device.close()


@pytest.mark.soak
def test_what_waits_for_listeners_of_another_number_is_taken_by_those_that_are_there(
    city: City, eventually: Eventually
) -> None:
    city.register(NAMES)
    city.listen()
    eventually(city.connected, within=60)
    devices = [city.device(name) for name in NAMES]
    load = Load(devices, pause=0.05)
    for many in (2, 1):
        former = frozenset(row["name"] for row in city.rows("listener.all"))
        for one in city.listeners:
            one.kill()
        for number in range(many):
            city.listen(number, HUICHENG_MQTT_PROCESSES=str(many))
        eventually(lambda many=many, former=former: _standing(city, many, former), within=60)
    load.settle()
    eventually(lambda: _all_once(city), within=120, every=0.5)
    for device in devices:
        device.close()


def _standing(city: City, many: int, former: frozenset[str]) -> bool:
    """Whether so many listen, and those before them have been given up."""
    names = {row["name"] for row in city.rows("listener.all") if row["connected"]}
    return len(names) == many and not names & former


@pytest.mark.soak
@pytest.mark.parametrize("shared", ["no", "yes"])
def test_two_listeners_share_what_comes_and_neither_takes_what_the_other_has(
    city: City, eventually: Eventually, shared: str
) -> None:
    city.register(NAMES)
    for number in range(2):
        city.listen(number, HUICHENG_MQTT_PROCESSES="2", HUICHENG_MQTT_SHARED=shared)
    eventually(lambda: city.connected() == 2, within=60)
    devices = [city.device(name) for name in NAMES]
    load = Load(devices, pause=0.01)
    load.settle()
    eventually(lambda: _all_once(city), within=120, every=0.5)
    shares = [row["accepted"] for row in city.rows("listener.all")]
    assert len(shares) == 2
    assert all(share > 100 for share in shares)
    # Whichever of the two was last: the newest reading stands.
    for name in NAMES:
        assert city.state(f"urn:ngsi-ld:AirQualityObserved:{name}", "pm25") == EACH - 1
    for device in devices:
        device.close()


@pytest.mark.engines("sqlite")  # PostgreSQL is written to by each process itself; the writer's socket is the file's
def test_while_the_writer_is_away_nothing_is_acknowledged_and_nothing_lost(city: City, eventually: Eventually) -> None:
    city.register(["s1"])
    city.listen()
    eventually(city.connected, within=60)
    device = city.device("s1")
    (city.data / "writer.sock").rename(city.data / "away.sock")
    city.listeners[-1].kill()
    city.listen()
    at = now().replace(microsecond=0)
    device.send("huicheng/air/s1", reading(at, 4.5))
    device.settle()
    eventually(lambda: "waits" in city.said(), within=60)
    assert city.history("s1") == []
    (city.data / "away.sock").rename(city.data / "writer.sock")
    eventually(lambda: city.history("s1"), within=30)
    device.close()
