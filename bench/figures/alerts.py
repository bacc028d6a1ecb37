"""From an observation to its alert in the stream that pages listen to, while 5,000 others come in a second."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.load import answer_size, request
from bench.server import huicheng
from bench.stations import TYPE, now, reading, urn

_RATE = 5_000
_BATCH = 250
_EVERY = 0.05
_FIRST_PROBE = 9_000_000
_PATIENCE = 30.0
#: Seconds before the first probe.
_WARM_UP = 5.0


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """p95 over probes: a station never seen before, above the hourly parameter."""
    with huicheng(folder / "alerts") as running:
        watch = asyncio.run(_watch(running.port, scale.probes))
    taken = [(watch.heard[one] - sent) * 1000 for one, sent in watch.sent.items() if one in watch.heard]
    if len(taken) != scale.probes or watch.repeated:
        raise AssertionError(f"{len(taken)} of {scale.probes} alerts came, {watch.repeated} more than once.")
    p95 = percentile(taken, 0.95)
    return [
        Figure(
            name="observation to alert on the event stream, p95",
            value=p95,
            unit="ms",
            target=f"< 1,000 ms at {_RATE:,} observations/s",
            met=p95 < 1_000 and watch.rate >= 0.95 * _RATE,
            raw=percentile(watch.acknowledged, 0.95) * 1000,
            raw_is="until the observation itself is acknowledged",
            details={
                "p50 ms": percentile(taken, 0.5),
                "worst ms": max(taken),
                "alerts": len(taken),
                "other observations/s": watch.rate,
            },
        )
    ]


class _Watch:
    """When probes were sent, acknowledged, and heard of."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.heard: dict[str, float] = {}
        self.acknowledged: list[float] = []
        self.repeated = 0
        self.rate = 0.0

    def hear(self, event: dict[str, Any]) -> None:
        """An event of the stream."""
        source = event.get("attributes", {}).get("alertSource")
        if source not in self.sent or event["outcome"] != "created":
            return
        self.repeated += source in self.heard
        self.heard.setdefault(source, time.perf_counter())


async def _watch(port: int, probes: int) -> _Watch:
    watch = _Watch()
    listening = asyncio.create_task(_listen(port, watch))
    over = asyncio.Event()
    crowd = asyncio.create_task(_crowd(port, over, watch))
    await asyncio.sleep(_WARM_UP)
    await _probe(port, probes, watch)
    deadline = time.monotonic() + _PATIENCE
    while len(watch.heard) < probes and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    over.set()
    await crowd
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return watch


async def _listen(port: int, watch: _Watch) -> None:
    """The event stream, as a page has it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    writer.write(b"GET /events?types=Alert HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
    try:
        async for line in reader:
            if line.startswith(b"data:"):
                watch.hear(json.loads(line[5:]))
    finally:
        writer.close()


async def _crowd(port: int, over: asyncio.Event, watch: _Watch) -> None:
    """Readings below every limit, at a steady rate."""
    dice = random.Random(5)  # noqa: S311 - made-up readings
    line = await _Line.open(port)
    began, sent = time.perf_counter(), 0
    while not over.is_set():
        await asyncio.sleep(max(0.0, began + sent / _RATE - time.perf_counter()))
        first = sent % 5_000
        await line.upsert([_entity(first + n, round(dice.uniform(1, 60), 1)) for n in range(_BATCH)])
        sent += _BATCH
    watch.rate = sent / (time.perf_counter() - began)
    line.close()


async def _probe(port: int, probes: int, watch: _Watch) -> None:
    line = await _Line.open(port)
    for number in range(_FIRST_PROBE, _FIRST_PROBE + probes):
        watch.sent[urn(number)] = began = time.perf_counter()
        await line.upsert([_entity(number, 450.5)])
        watch.acknowledged.append(time.perf_counter() - began)
        await asyncio.sleep(_EVERY)
    line.close()


def _entity(number: int, pm25: float) -> dict[str, object]:
    return {"id": urn(number), "type": TYPE, "pm25": reading(pm25, now().decode())}


class _Line:
    """One connection that sends a request and waits for its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> _Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def upsert(self, entities: list[dict[str, object]]) -> None:
        """Store them; anything but 2xx ends the bench."""
        self._writer.write(
            request("POST", "/ngsi-ld/v1/entityOperations/upsert?options=update", json.dumps(entities).encode())
        )
        buffer = b""
        while (size := answer_size(buffer)) is None or len(buffer) < size:
            data = await self._reader.read(1 << 16)
            if not data:
                raise ConnectionResetError("The server closed the connection.")
            buffer += data
        if not buffer[9:10] == b"2":
            raise AssertionError(f"An upsert was answered with {buffer[:200]!r}")

    def close(self) -> None:
        self._writer.close()
