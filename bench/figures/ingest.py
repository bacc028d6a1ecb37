"""Ingest over HTTP beside plain SQLite, cut off by kill -9: what was acknowledged is on the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.engine import on_postgres
from bench.figure import Figure, percentile
from bench.figures import Scale, several
from bench.figures.stored import await_judge, check_stored
from bench.load import Tally, load
from bench.raw import rows_of, upserts
from bench.server import huicheng
from bench.stations import Batches, Ledger

_CONNECTIONS = 4
_GROUPS = 8
_BATCH = 500


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Batches of 500 with changing values on four connections."""
    return several.measure(folder, scale) if on_postgres() else _embedded(folder, scale)


def _embedded(folder: Path, scale: Scale) -> list[Figure]:
    ledger = Ledger()
    sources = [Batches(number * _GROUPS, _GROUPS, _BATCH, ledger) for number in range(_CONNECTIONS)]
    raw = upserts(folder / "raw.db", rows_of(sources[0].entities), scale.raw_seconds)
    data = folder / "ingest"
    with huicheng(data) as running:
        asyncio.run(
            load(running.port, [iter(Batches(s * _GROUPS, _GROUPS, _BATCH, ledger)) for s in range(_CONNECTIONS)], 1.0)
        )
        await_judge(data)
        tally = asyncio.run(load(running.port, [iter(source) for source in sources], scale.seconds))
        running.kill()
    tally.check()
    bytes_a_row = check_stored(data, ledger, _BATCH)
    rate = tally.rate * _BATCH
    return [
        Figure(
            name="ingest over HTTP, batches of 500",
            value=rate,
            unit="entities/s",
            target="≥ 0.25 of raw SQLite",
            met=rate >= 0.25 * raw.rate,
            raw=raw.rate,
            raw_is="apsw upsert of the same batches, one thread, WAL, FULL, one commit a batch",
            ratio=rate / raw.rate,
            details={
                "bytes a row": bytes_a_row,
                "bytes a row, raw": raw.bytes_a_row,
                "observations/s": rate * 5,
                "acknowledged groups found after kill -9": len(ledger.acknowledged),
                **_latency(tally),
            },
        ),
        Figure(
            name="ingest over HTTP, p99 of a batch",
            value=percentile(tally.latencies, 0.99) * 1000,
            unit="ms",
            target="< 150 ms",
            met=percentile(tally.latencies, 0.99) < 0.150,
        ),
    ]


def _latency(tally: Tally) -> dict[str, float]:
    return {
        "answers": float(len(tally.latencies)),
        "mean ms": tally.mean * 1000,
        "rate × latency": tally.occupied,
    }
