"""Subscriptions: what they cost an update, how many notifications arrive, and how late. Each one is counted."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.figures.stored import await_judge
from bench.load import Request, Tally, load
from bench.receiver import Heard, Mailbox, receiving
from bench.server import Running, bare, huicheng
from bench.stations import TYPE, Chronicle, Updates, creating, urn

_CONNECTIONS = 16
#: Subscriptions on an entity of each, and those that match whatever is updated.
_OWN, _ALL, _MANY = 100, 20, 1_000
_PACE_ALL, _PACE_TIMELY = 500, 1_000
#: The least of so many rounds counts: what the worker still has to do of an earlier one falls into the next.
_ROUNDS = 4
#: Stations that nobody updates.
_ELSEWHERE = 500_000
_MOST_SECONDS = 8.0
#: Seconds that notifications may take to arrive after the last update.
_PATIENCE = 120.0

Wish = dict[str, Any]


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Four installations, one after the other."""
    with bare(folder) as running:
        sources = _sources(Chronicle(), 160)
        limit = asyncio.run(load(running.port, sources, min(scale.raw_seconds, 5.0)))
    limit.check()
    seconds = min(scale.seconds, _MOST_SECONDS)
    return [
        _each_its_own(folder, seconds, limit),
        _all_match(folder, seconds, int(_PACE_ALL * scale.pace)),
        _in_time(folder, seconds, int(_PACE_TIMELY * scale.pace)),
        _many(folder, seconds),
    ]


# -- figures


def _each_its_own(folder: Path, seconds: float, limit: Tally) -> Figure:
    wishes = [[{"id": urn(number), "type": TYPE}] for number in range(_OWN)]
    with huicheng(folder / "own") as running:
        heard = asyncio.run(_told(running, wishes, _OWN, seconds))
    rate = heard.tally.rate
    return Figure(
        name=f"updates of {_OWN} entities, each with a subscription of its own, 16 connections",
        value=rate,
        unit="updates/s",
        target="≥ 4,000/s, every notification delivered",
        met=rate >= 4_000,
        raw=limit.rate,
        raw_is="bare ASGI answer to the same requests under the same HTTP server",
        ratio=rate / limit.rate,
        details=heard.details(),
    )


def _all_match(folder: Path, seconds: float, pace: int) -> Figure:
    with huicheng(folder / "all") as running:
        heard = asyncio.run(_told(running, [[{"type": TYPE}]] * _ALL, 160, seconds, pace=pace))
    rate = heard.updates / heard.seconds
    return Figure(
        name=f"updates that {_ALL} subscriptions match, until the last notification has arrived",
        value=rate,
        unit="updates/s",
        target=f"≥ 400/s, every notification delivered ({pace} updates/s are sent)",
        met=rate >= 400,
        details=heard.sent() | heard.details(),
    )


def _in_time(folder: Path, seconds: float, pace: int) -> Figure:
    with huicheng(folder / "timely") as running:
        heard = asyncio.run(_told(running, [[{"type": TYPE}]], 160, seconds, pace=pace))
    p95 = percentile(heard.delays, 0.95) * 1000
    return Figure(
        name=f"notification at {pace:,} updates/s, from the sending of the update, p95",
        value=p95,
        unit="ms",
        target=f"< 100 ms while {pace:,} updates/s are sent, every notification delivered",
        met=p95 < 100 and heard.tally.kept,
        raw=percentile(heard.tally.latencies, 0.95) * 1000,
        raw_is="until the update is acknowledged",
        ratio=p95 / (percentile(heard.tally.latencies, 0.95) * 1000),
        details={"p50 ms": percentile(heard.delays, 0.5) * 1000, **heard.sent(), **heard.details()},
    )


def _many(folder: Path, seconds: float) -> Figure:
    """Nothing is told: only what it takes to see whom an update concerns."""
    with huicheng(folder / "many") as running:
        costs = asyncio.run(_costs(running, seconds))
    ratio = costs[1] / costs[0]
    return Figure(
        name=f"processor time of an update with {_MANY:,} subscriptions, as a share of that with one",
        value=ratio,
        unit="",
        target="≤ 1.20",
        met=ratio <= 1.20,
        details={"µs with one": costs[0], f"µs with {_MANY:,}": costs[1]},
    )


# -- what is measured


class _Heard:
    """What came of a load, once its notifications have arrived."""

    def __init__(self, tally: Tally, began: float, mailbox: Mailbox, expected: set[Heard], updates: int) -> None:
        self.tally, self.updates, self._mailbox = tally, updates, mailbox
        #: From the first update to the last notification.
        self.seconds = mailbox.last - began
        self.delays = [at - _moment(key[2]) for key, at in mailbox.arrived.items() if key in expected]

    def sent(self) -> dict[str, float]:
        """Fewer than were to be sent is no fault of the measurement: the target is missed."""
        return {"updates/s that could be sent": self.tally.rate}

    def details(self) -> dict[str, float]:
        heard = self._mailbox.heard
        return {
            "notifications that arrived, all that were due": float(len(heard)),
            "of them twice": float(sum(heard.values()) - len(heard)),
            "in requests": float(self._mailbox.requests),
            "notifications/s until the last": len(heard) / self.seconds,
            "s until the last, after the last update": self.seconds - self.tally.seconds,
            "p99 ms of an update": percentile(self.tally.latencies, 0.99) * 1000,
        }


async def _told(
    running: Running, wishes: list[list[Wish]], stations: int, seconds: float, *, pace: float = 0.0
) -> _Heard:
    """Subscribe, update, wait, and compare what arrived with what was acknowledged."""
    async with receiving() as mailbox:
        await _begun(running, stations)
        entities: dict[str, list[Wish]] = {}
        for wish in wishes:
            entities[await asyncio.to_thread(_subscribe, running.port, mailbox.port, wish)] = wish
        await asyncio.sleep(1.0)
        chronicle, began = Chronicle(), time.time()
        tally = await load(running.port, _sources(chronicle, stations), seconds, pace=pace)
        tally.check()
        expected = set(_expected(chronicle, entities))
        await mailbox.until(len(expected), _PATIENCE)
    if set(mailbox.heard) != expected:
        missing, strange = len(expected - set(mailbox.heard)), len(set(mailbox.heard) - expected)
        examples = [*list(expected - set(mailbox.heard))[:2], *list(set(mailbox.heard) - expected)[:2]]
        raise AssertionError(
            f"Of {len(expected)} notifications {missing} are missing, {strange} were not due, as {examples}."
        )
    return _Heard(tally, began, mailbox, expected, len(chronicle.all))


async def _begun(running: Running, stations: int) -> None:
    """There are stations, and the worker has started."""
    await load(running.port, [iter([creating(stations)])], 5.0)
    await asyncio.to_thread(await_judge, running.data)


def _expected(chronicle: Chronicle, wishes: dict[str, list[Wish]]) -> Iterator[Heard]:
    """Each subscription is told of each acknowledged update that it matches."""
    for number, stamp in chronicle.all:
        moment = _shown(stamp)
        for subscription, entities in wishes.items():
            if any(one.get("id", urn(number)) == urn(number) for one in entities):
                yield subscription, urn(number), moment


async def _costs(running: Running, seconds: float) -> list[float]:
    """Processor time (µs) of an update with one subscription, and with many, on entities that nobody updates."""
    costs = []
    async with receiving() as mailbox:
        await _begun(running, 160)
        for first, last in ((0, 1), (1, _MANY)):
            for number in range(first, last):
                wish = [{"id": urn(_ELSEWHERE + number), "type": TYPE}]
                await asyncio.to_thread(_subscribe, running.port, mailbox.port, wish)
            await load(running.port, _sources(Chronicle(), 160), 1.0)
            costs.append(min([await _cost(running, seconds / 2) for _ in range(_ROUNDS)]))
    return costs


async def _cost(running: Running, seconds: float) -> float:
    before = _processor_time(running.tree())
    tally = await load(running.port, _sources(Chronicle(), 160), seconds)
    tally.check()
    return (_processor_time(running.tree()) - before) / len(tally.latencies) * 1e6


def _processor_time(tree: Iterable[psutil.Process]) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in tree)


def _sources(chronicle: Chronicle, stations: int) -> list[Iterator[Request]]:
    """As many stations to each connection."""
    each, more = divmod(stations, _CONNECTIONS)
    firsts = [number * each + min(number, more) for number in range(_CONNECTIONS + 1)]
    return [iter(Updates(first, last - first, chronicle)) for first, last in itertools.pairwise(firsts)]


def _subscribe(port: int, receiver: int, entities: list[Wish]) -> str:
    """The id of a new subscription to updates of the attribute."""
    wish = {
        "type": "Subscription",
        "entities": entities,
        "watchedAttributes": ["pm25"],
        "notification": {"attributes": ["pm25"], "endpoint": {"uri": f"http://127.0.0.1:{receiver}/"}},
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/ngsi-ld/v1/subscriptions", json.dumps(wish), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 201:
        raise AssertionError(f"A subscription was answered with {answer.status}.")
    return str(answer.headers["Location"]).rpartition("/")[2]


def _shown(stamp: bytes) -> str:
    """A time as it is told: a whole second has no fraction."""
    return stamp.decode().replace(".000000Z", "Z")


def _moment(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
