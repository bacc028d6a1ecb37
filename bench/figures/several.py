"""Ingest over HTTP into PostgreSQL, by one server process and by two, beside COPY and merge of the same batches.

Each ends with kill -9 of all its processes: what was acknowledged is then found by another.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.figures.stored import await_judge, check_stored
from bench.load import Tally, load_all
from bench.raw import Raw, rows_of
from bench.raw_postgres import RAW_IS, merges
from bench.server import huicheng
from bench.stations import Batches, Ledger

_CONNECTIONS, _GROUPS, _BATCH = 4, 8, 500
_WARMING = 60.0
_MOST_SECONDS = 15.0


class _Came(msgspec.Struct, frozen=True, kw_only=True):
    """What so many processes took."""

    tally: Tally
    bytes_a_row: float
    found: int

    @property
    def rate(self) -> float:
        """Entities a second."""
        return self.tally.rate * _BATCH


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """Raw, one process, two processes, and raw once more: of the two the better counts."""
    batches = rows_of(Batches(0, _GROUPS, _BATCH, Ledger()).entities)
    before = merges(folder / "before", batches, scale.raw_seconds / 2)
    one, two = (_taken(folder / f"by-{many}", many, scale) for many in (1, 2))
    after = merges(folder / "after", batches, scale.raw_seconds / 2)
    raw = max(before, after, key=lambda it: it.rate)
    return [_figure(one, "one process", raw), _rising(one, two, raw), _late(one)]


def _taken(data: Path, processes: int, scale: Scale) -> _Came:
    ledger = Ledger()
    sources = [Batches(number * _GROUPS, _GROUPS, _BATCH, ledger) for number in range(_CONNECTIONS)]
    with ExitStack() as stack:
        servers = [stack.enter_context(huicheng(data)) for _ in range(processes)]
        ports = [servers[number % processes].port for number in range(_CONNECTIONS)]
        every_once = [itertools.islice(iter(source), _GROUPS) for source in sources]
        asyncio.run(load_all(ports, every_once, _WARMING))
        await_judge(data)
        tally = asyncio.run(load_all(ports, [iter(one) for one in sources], min(scale.seconds, _MOST_SECONDS)))
        for one in servers:
            one.kill()
    tally.check()
    return _Came(tally=tally, bytes_a_row=check_stored(data, ledger, _BATCH), found=len(ledger.acknowledged))


def _figure(came: _Came, by: str, raw: Raw) -> Figure:
    return Figure(
        name=f"ingest over HTTP into PostgreSQL, batches of {_BATCH}, {by}",
        value=came.rate,
        unit="entities/s",
        target="≥ 0.15 of COPY and merge",
        met=came.rate >= 0.15 * raw.rate,
        raw=raw.rate,
        raw_is=RAW_IS,
        ratio=came.rate / raw.rate,
        details={
            "bytes a row": came.bytes_a_row,
            "bytes a row, raw": raw.bytes_a_row,
            "observations/s": came.rate * 5,
            "acknowledged groups found after kill -9": came.found,
            **_latency(came.tally),
        },
    )


def _rising(one: _Came, two: _Came, raw: Raw) -> Figure:
    """The same by two processes, which are to take more than one."""
    found = _figure(two, "two processes", raw)
    details = {"of one process": two.rate / one.rate, **found.details}
    return msgspec.structs.replace(found, target="more than one process", met=two.rate > one.rate, details=details)


def _late(came: _Came) -> Figure:
    p99 = percentile(came.tally.latencies, 0.99) * 1000
    return Figure(
        name="ingest over HTTP into PostgreSQL, p99 of a batch", value=p99, unit="ms", target="< 150 ms", met=p99 < 150
    )


def _latency(tally: Tally) -> dict[str, float]:
    return {
        "answers": float(len(tally.latencies)),
        "mean ms": tally.mean * 1000,
        "p99 ms": percentile(tally.latencies, 0.99) * 1000,
        "rate × latency": tally.occupied,
    }
