"""Ingest over HTTP beside plain SQLite, cut off by kill -9: what was acknowledged is on the disk."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.load import Tally, load
from bench.raw import rows_of, upserts
from bench.server import huicheng
from bench.stations import Batches, Ledger, urn
from huicheng.stores import Blocking, open_store

_CONNECTIONS = 4
_GROUPS = 8
_BATCH = 500
#: Seconds that a worker may take to start and to judge the warm-up.
_START = 60.0


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Batches of 500 with changing values on four connections."""
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


def await_judge(data: Path) -> None:
    """Until the worker has started and judged what is there: it is to be measured at work beside the server."""
    store = open_store(data, writer=False)
    city, deadline = Blocking(store), time.monotonic() + _START
    try:
        while city.position("judge") < city.head():
            if time.monotonic() > deadline:
                raise AssertionError("The worker does not judge what has come in.")
            time.sleep(0.1)
    finally:
        city.close()


def check_stored(data: Path, ledger: Ledger, size: int) -> float:
    """Every acknowledged time is in the store, read by another process; mean length of a document."""
    store = open_store(data, writer=False)
    lengths = []
    try:
        city = Blocking(store)
        for group, stamp in ledger.acknowledged.items():
            for number in range(group * size, (group + 1) * size):
                stored = city.get(urn(number))
                if stored is None or _newest(stored.entity.document()) < stamp[:26]:
                    raise AssertionError(f"{urn(number)}: acknowledged at {stamp.decode()}, and not stored.")
                lengths.append(len(stored.entity.document()))
    finally:
        Blocking(store).close()
    return sum(lengths) / len(lengths)


def _newest(document: bytes) -> bytes:
    """The newest time in a document, as wide as a stamp without its zone."""
    marks = document.split(b'"observedAt":"')[1:]
    return max(mark[:26] for mark in marks)
