"""Writes as clients of brokers send them: batches of 100 at 4 connections, one attribute at 16."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from bench.engine import on_postgres
from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.figures.stored import await_judge, check_stored
from bench.load import Request, Tally, load
from bench.raw import rows_of, upserts
from bench.raw_postgres import RAW_IS, merges
from bench.server import bare, huicheng
from bench.stations import Batches, Ledger, Updates, creating

_BATCH, _GROUPS, _SENDERS = 100, 20, 4
_CONNECTIONS, _STATIONS = 16, 10
_MOST_SECONDS = 10.0


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Batches, then updates in both ways of addressing an attribute. Each ends with kill -9."""
    return [_batches(folder, scale), *_updates(folder, scale)]


def _batches(folder: Path, scale: Scale) -> Figure:
    ledger = Ledger()
    sources = [Batches(number * _GROUPS, _GROUPS, _BATCH, ledger) for number in range(_SENDERS)]
    rows, seconds = rows_of(sources[0].entities), min(scale.raw_seconds, 5.0)
    raw = merges(folder / "raw", rows, seconds) if on_postgres() else upserts(folder / "raw.db", rows, seconds)
    data = folder / "batches"
    with huicheng(data) as running:
        asyncio.run(load(running.port, [iter(source) for source in sources], 1.0))
        await_judge(data)
        tally = asyncio.run(load(running.port, [iter(source) for source in sources], _seconds(scale)))
        running.kill()
    tally.check()
    check_stored(data, ledger, _BATCH)
    rate = tally.rate * _BATCH
    return Figure(
        name="batch upsert of 100, 4 connections",
        value=rate,
        unit="entities/s",
        target="≥ 67,000 entities/s",
        met=rate >= 67_000,
        raw=raw.rate,
        raw_is=RAW_IS
        if on_postgres()
        else "apsw upsert of the same batches, one thread, WAL, FULL, one commit a batch",
        ratio=rate / raw.rate,
        details=_details(tally, ledger),
    )


def _updates(folder: Path, scale: Scale) -> list[Figure]:
    ledger = Ledger()
    with bare(folder) as running:
        limit = asyncio.run(load(running.port, _sources(ledger, alone=False), min(scale.raw_seconds, 5.0)))
    limit.check()
    return [_patches(folder, scale, limit, alone=alone) for alone in (False, True)]


def _patches(folder: Path, scale: Scale, limit: Tally, *, alone: bool) -> Figure:
    ledger = Ledger()
    data = folder / f"patches-{alone:d}"
    with huicheng(data) as running:
        asyncio.run(load(running.port, [iter([creating(_CONNECTIONS * _STATIONS)])], 5.0))
        tally = asyncio.run(load(running.port, _sources(ledger, alone=alone), _seconds(scale)))
        running.kill()
    tally.check()
    check_stored(data, ledger, 1)
    return Figure(
        name=f"PATCH of one attribute{' by its own address' if alone else ''}, 16 connections",
        value=tally.rate,
        unit="requests/s",
        target="≥ 4,000/s",
        met=tally.rate >= 4_000,
        raw=limit.rate,
        raw_is="bare ASGI answer to the same requests under the same HTTP server",
        ratio=tally.rate / limit.rate,
        details=_details(tally, ledger),
    )


def _sources(ledger: Ledger, *, alone: bool) -> list[Iterator[Request]]:
    return [iter(Updates(number * _STATIONS, _STATIONS, ledger, alone=alone)) for number in range(_CONNECTIONS)]


def _seconds(scale: Scale) -> float:
    return min(scale.seconds, _MOST_SECONDS)


def _details(tally: Tally, ledger: Ledger) -> dict[str, float]:
    return {
        "p50 ms": percentile(tally.latencies, 0.5) * 1000,
        "p99 ms": percentile(tally.latencies, 0.99) * 1000,
        "rate × latency": tally.occupied,
        "acknowledged groups found after kill -9": float(len(ledger.acknowledged)),
    }
