"""Single-entity updates at 64 connections beside a bare ASGI answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.figures.stored import check_stored
from bench.load import load
from bench.server import bare, huicheng
from bench.stations import Ledger, Updates, creating

_CONNECTIONS = 64
_STATIONS = 10


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """PATCH of one attribute; every connection has ten stations of its own."""
    ledger = Ledger()
    sources = [Updates(number * _STATIONS, _STATIONS, ledger) for number in range(_CONNECTIONS)]
    seconds = min(scale.seconds, 15.0)
    with bare(folder) as running:
        limit = asyncio.run(load(running.port, [iter(source) for source in sources], scale.raw_seconds))
    limit.check()
    ledger.acknowledged.clear()
    data = folder / "updates"
    with huicheng(data) as running:
        asyncio.run(load(running.port, [iter([creating(_CONNECTIONS * _STATIONS)])], 5.0))
        tally = asyncio.run(load(running.port, [iter(source) for source in sources], seconds))
        running.kill()
    tally.check()
    check_stored(data, ledger, 1)
    rate = tally.rate
    return [
        Figure(
            name="update of one entity, 64 connections",
            value=rate,
            unit="requests/s",
            target="≥ 4,000/s and ≥ 0.10 of a bare answer",
            met=rate >= 4_000 and rate >= 0.10 * limit.rate,
            raw=limit.rate,
            raw_is="bare ASGI answer to the same requests under the same HTTP server",
            ratio=rate / limit.rate,
            details={
                "p50 ms": percentile(tally.latencies, 0.5) * 1000,
                "p99 ms": percentile(tally.latencies, 0.99) * 1000,
                "rate × latency": tally.occupied,
                "acknowledged stations found after kill -9": len(ledger.acknowledged),
            },
        )
    ]
