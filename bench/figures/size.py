"""What ten thousand, a hundred thousand and a million entities cost: memory, start, answers, ingest, disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Self

import numpy as np

from bench.figure import Figure, percentile
from bench.figures import Scale, history, query
from bench.load import Request, Tally, load, request
from bench.server import Running, huicheng
from bench.stations import Batches, Ledger, urn

_MOST_MB = 1_500.0
#: Observations of each entity.
_EACH = 50
_QUERIES = 300
_SERIES = 40
_SECONDS = 5.0
_GROUPS, _BATCH = 8, 500
_HOUR = 3_600_000_000


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """One installation of each size, answering and taking in while its memory is read."""
    return [
        _figure(folder / f"size-{count}", count)
        for count in (scale.entities // 100, scale.entities // 10, scale.entities)
    ]


def _figure(data: Path, count: int) -> Figure:
    end = _fill(data, count)
    disk = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    with huicheng(data) as running:
        query.await_consumers(data)
        with _Watch(running) as watch:
            asked = _load(running, [_places(count)])
            series = _load(running, [_history(end, min(count, history.MOST_STATIONS))])
            batches = Batches(0, _GROUPS, _BATCH, Ledger())
            taken = asyncio.run(load(running.port, [iter(batches)], _SECONDS))
        taken.check()
    return Figure(
        name=f"memory of the process tree with {count:,} entities and {count * _EACH:,} observations, at work",
        value=watch.most,
        unit="MB",
        target=f"≤ {_MOST_MB:,.0f} MB (PSS)",
        met=watch.most <= _MOST_MB,
        details={
            "entities": count,
            "observations": count * _EACH,
            "start s": running.started_in,
            "query p95 ms": percentile(asked.latencies, 0.95) * 1000,
            "history p95 ms": percentile(series.latencies, 0.95) * 1000,
            "ingest µs an entity": 1e6 / (taken.rate * _BATCH),
            "disk MB": disk / 1e6,
        },
    )


def _fill(data: Path, count: int) -> int:
    """A lake of so many observations, and so many entities beside it; the end of the lake."""
    scale = Scale(stations=min(count, history.MOST_STATIONS), observations=count * _EACH)
    end = history.fill(data, scale)
    query.fill(data, count)
    return end


def _load(running: Running, sources: list[Iterator[Request]]) -> Tally:
    tally = asyncio.run(load(running.port, sources, 600.0))
    bad = [status for status in tally.statuses if status != 200]
    if bad or not tally.latencies:
        raise AssertionError(f"Answers that are not 200: {bad or 'there was none at all'}")
    return tally


def _places(count: int) -> Iterator[Request]:
    dice = np.random.default_rng(count)
    for _ in range(_QUERIES):
        yield request("GET", query.path_of(query.box_of(dice))), _nobody


def _history(end: int, stations: int) -> Iterator[Request]:
    """Hourly means of the last day of one station after the other."""
    day = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at / 1e6)) for at in (end - 24 * _HOUR, end)]
    asked = f"attrs=pm25&timerel=between&timeAt={day[0]}&endTimeAt={day[1]}"
    asked += "&options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=PT1H"
    for number in range(0, stations, max(1, stations // _SERIES)):
        yield request("GET", f"/ngsi-ld/v1/temporal/entities/{urn(number)}?{asked}"), _nobody


def _nobody() -> None:
    """Nobody wants to know."""


class _Watch:
    """Reads the memory of a tree every second; :attr:`most` is the most that was seen."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._over = Event()
        self._thread = Thread(target=self._look)
        self.most = 0.0

    def _look(self) -> None:
        while True:
            self.most = max(self.most, self._running.pss())
            if self._over.wait(1.0):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
