"""Whoever is heard, by whatever way, is known to be; whoever is not is known to be silent (W1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from packed import known

from huicheng.city import Attribute, Entity, from_micros
from huicheng.devices.presence import SLOT, Presence
from huicheng.rules import Judge
from huicheng.stores import Blocking, EmbeddedStore, EntityQuery, HistoryQuery, Transaction, Write, drive, open_store

START = 1_790_000_000_000_000 // SLOT * SLOT
MINUTE = 60_000_000
DEVICE = "urn:ngsi-ld:Device:s1"
STATION = "urn:ngsi-ld:AirQualityObserved:s1"


class Clock:
    """The wall, as the test sets it."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def store(data_dir: Path) -> Iterator[EmbeddedStore]:
    opened = open_store(data_dir, writer=True)
    refers = Attribute(type="Relationship", object=DEVICE)
    state = Attribute(type="Property", value="active")
    writes = [
        Write(entity=Entity(id=DEVICE, type="Device", attributes={"deviceState": state})),
        Write(entity=Entity(id=STATION, type="AirQualityObserved", attributes={"refDevice": refers})),
    ]
    drive(opened.commit(Transaction(writes=list(writes))))
    yield opened
    Blocking(opened).close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def presence(store: EmbeddedStore, clock: Clock) -> Presence:
    """One that was started long enough ago."""
    clock.at -= 2 * SLOT
    made = Presence(store, known(), now=clock)
    clock.at += 2 * SLOT
    return made


def work(follower: Presence) -> None:
    while drive(follower.step()):
        pass


def report(store: EmbeddedStore, at: int, entity: str = STATION, type: str = "AirQualityObserved") -> None:
    """The entity's sensor says something at this time."""
    name, unit = ("pm25", "GQ") if type == "AirQualityObserved" else ("batteryLevel", "C62")
    held = Attribute(type="Property", value=0.5, unit_code=unit, observed_at=from_micros(at))
    write = Write(entity=Entity(id=entity, type=type, attributes={name: held}))
    drive(store.commit(Transaction(writes=[write], received_at=at)))


def course(store: EmbeddedStore, attribute: str) -> list[tuple[int, float]]:
    """Minutes since the start, and what was observed of the device then."""
    found = drive(store.history(HistoryQuery(type="Device", entities=[DEVICE], attributes=[attribute])))
    return [((one.observed_at - START) // MINUTE, one.value) for one in found]


def test_a_device_is_heard_by_what_it_observes_and_by_what_it_says_of_itself(
    store: EmbeddedStore, clock: Clock
) -> None:
    follower = presence(store, clock)
    report(store, START)
    work(follower)
    report(store, START + 10 * MINUTE, DEVICE, "Device")
    work(follower)
    assert course(store, "heard") == [(0, 1), (10, 1)]


def test_it_is_written_once_in_five_minutes_however_much_is_said(store: EmbeddedStore, clock: Clock) -> None:
    follower = presence(store, clock)
    for second in range(60):
        report(store, START + second * 1_000_000)
        work(follower)
    assert course(store, "heard") == [(0, 1)]


def test_what_somebody_writes_into_the_register_is_not_a_word_of_the_device(store: EmbeddedStore, clock: Clock) -> None:
    follower = presence(store, clock)
    owner = Attribute(type="Property", value="eeb")
    write = Write(entity=Entity(id=DEVICE, type="Device", attributes={"ownerCode": owner}))
    drive(store.commit(Transaction(writes=[write])))
    work(follower)
    clock.at += 100 * MINUTE
    work(follower)
    assert course(store, "heard") == course(store, "silence") == []


def test_silence_is_written_at_growing_intervals_and_ends_with_the_first_word(
    store: EmbeddedStore, clock: Clock
) -> None:
    follower = presence(store, clock)
    report(store, START)
    work(follower)
    for _ in range(240):
        clock.at += MINUTE
        work(follower)
    silences = course(store, "silence")
    assert silences[0] == (5, 300)
    assert all(value == minute * 60 for minute, value in silences)
    assert 12 < len(silences) < 25
    assert max(value for _, value in silences) > 3 * 3600
    report(store, clock.at)
    work(follower)
    assert course(store, "silence")[-1] == (240, 0)


def test_what_was_heard_within_a_stretch_is_not_silent_at_its_end(store: EmbeddedStore, clock: Clock) -> None:
    follower = presence(store, clock)
    report(store, START)
    report(store, START + 4 * MINUTE)
    work(follower)
    clock.at = START + 6 * MINUTE
    work(follower)
    assert course(store, "silence") == []


def test_a_follower_that_was_just_started_calls_nobody_silent(store: EmbeddedStore, clock: Clock) -> None:
    work_done = presence(store, clock)
    report(store, START)
    work(work_done)
    clock.at = START + 30 * MINUTE
    work(Presence(store, known(), now=clock))
    assert course(store, "silence") == []


def test_an_hour_of_silence_opens_an_alert_and_a_word_ends_it(store: EmbeddedStore, clock: Clock) -> None:
    follower = presence(store, clock)
    report(store, START)
    work(follower)
    for _ in range(90):
        clock.at += MINUTE
        work(follower)
    report(store, clock.at)
    work(follower)
    judge = Judge(store, known(), now=clock, quiet=0.0)
    while drive(judge.step()):
        pass
    judge.close()
    [alert] = drive(store.query(EntityQuery(types=["Alert"], limit=10))).entities
    held = alert.entity.attributes
    assert held["rule"].content == "infrastructure/silent"  # type: ignore[union-attr] # one instance
    assert held["status"].content == "ended"  # type: ignore[union-attr] # one instance
    assert timedelta(microseconds=clock.at - START) == timedelta(minutes=90)
