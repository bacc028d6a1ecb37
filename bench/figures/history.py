"""Hourly means of 24 hours over fifty million observations, warm and cold, beside plain DuckDB."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.engine import database_of
from bench.figure import Figure, percentile
from bench.figures import Scale
from bench.stations import ATTRIBUTES, TYPE, urn
from huicheng.city import Attribute, Entity, from_micros
from huicheng.city.entity import Attributes
from huicheng.stores import Blocking, Bucket, EmbeddedStore, HistoryQuery, Rows, Transaction, Write, open_store
from huicheng.stores.history.engine import Engine
from huicheng.stores.history.files import write_file
from huicheng.stores.history.selection import Source
from huicheng.stores.history.tail import Tail, no_tail, read_tail

_START = 1_700_000_000_000_000 // 86_400_000_000 * 86_400_000_000
_EVERY = 600_000_000
_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_FILE = 4_000_000
_REPEATS = 20
#: The lake's files hold the same stations again and again.
MOST_STATIONS = 1_000

_PLAIN = """
SELECT entity, observed_at - observed_at % 3600000000 AS start, avg(number) AS mean
FROM read_parquet($files) WHERE attribute = $attribute AND observed_at >= $first AND observed_at < $last
GROUP BY ALL ORDER BY ALL
"""


def measure(folder: Path, scale: Scale) -> list[Figure]:
    """The last day of the lake, for one station and for all."""
    data = folder / "history"
    end = fill(data, scale)
    day = HistoryQuery(type=TYPE, attributes=("pm25",), start=end - _DAY, end=end)
    one = msgspec.structs.replace(day, entities=(urn(scale.stations // 2),))
    raw, means = _plainly(data, end)
    figures = []
    for name, query, most in (("one station", one, 30.0), ("all stations", day, 100.0)):
        cold, warm, buckets = _timed(data, query)
        _check(buckets, means, scale.stations if query is day else 1)
        figures.append(
            Figure(
                name=f"hourly means of 24 h over {scale.observations:,} observations, {name}",
                value=warm,
                unit="ms",
                target=f"< {most:g} ms, warm",
                met=warm < most,
                raw=raw if query is day else None,
                raw_is="the same of all stations by plain DuckDB, warm",
                ratio=warm / raw if query is day else None,
                details={"cold ms (new process state, files out of the page cache)": cold, "buckets": len(buckets)},
            )
        )
    return figures


def fill(data: Path, scale: Scale) -> int:
    """A lake in the store's own files; the instant after its last observation."""
    store = open_store(data, writer=True, database=database_of(data))
    try:
        Blocking(store).commit(
            Transaction(writes=[Write(entity=_station(n)) for n in range(scale.stations)], judged=False)
        )
        return _write_lake(store, scale)
    finally:
        Blocking(store).close()


def _station(number: int) -> Entity:
    at = from_micros(_START)
    held: Attributes = {
        name: Attribute(type="Property", value=1.0, unit_code="GQ", observed_at=at) for name in ATTRIBUTES
    }
    return Entity(id=urn(number), type=TYPE, attributes=held)


def _write_lake(store: EmbeddedStore, scale: Scale) -> int:
    """Files as compaction writes them, without the hour that as many commits would take."""
    with store.readers.snapshot() as snapshot:
        first, _ = read_tail(snapshot.rows("feed.after", 0), 10**9)
    engine = Engine(store.past.lake)
    store.past.lake.mkdir(exist_ok=True)
    instants = scale.observations // len(first)
    step = max(1, _FILE // len(first))
    for start in range(1, instants + 1, step):
        times = _START + _EVERY * np.arange(start, min(start + step, instants + 1), dtype=np.int64)
        source = Source(files=(), tail=_repeated(first, times), overlapping=False)
        written = write_file(engine, store.past.lake, source, from_micros(int(times[0])).date().isoformat())
        Blocking(store).commit(
            Transaction(rows=[Rows(statement="history.add_file", parameters=[msgspec.structs.astuple(written)])])
        )
    engine.close()
    return int(times[-1]) // _HOUR * _HOUR


def _repeated(first: Tail, times: NDArray[np.int64]) -> Tail:
    numbers = {name: np.tile(column, len(times)) for name, column in first.numbers.items()}
    dice = np.random.default_rng(int(times[0] % 2**32))
    numbers["observed_at"] = np.repeat(times, len(first))
    numbers["number"] = np.round(dice.uniform(0, 200, len(numbers["observed_at"])), 1)
    return Tail(numbers=numbers, others=no_tail().others)


def _timed(data: Path, query: HistoryQuery) -> tuple[float, float, list[Bucket]]:
    """Cold and warm (median) milliseconds, and the answer."""
    _forget_pages(data / "lake")
    store = open_store(data, writer=False, database=database_of(data))
    try:
        city = Blocking(store)

        def ask() -> list[Bucket]:
            return city.aggregate(query, _HOUR)

        cold = _milliseconds(ask)
        warm = percentile([_milliseconds(ask) for _ in range(_REPEATS)], 0.5)
        return cold, warm, ask()
    finally:
        Blocking(store).close()


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _forget_pages(lake: Path) -> None:
    """Ask the kernel to drop the files from its cache; no right is needed for clean pages."""
    for file in lake.glob("*.parquet"):
        descriptor = os.open(file, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _plainly(data: Path, end: int) -> tuple[float, dict[tuple[int, int], float]]:
    """Median milliseconds of DuckDB alone, and the means by station and hour."""
    store = open_store(data, writer=False, database=database_of(data))
    try:
        # In the files a term's code counts from 0.
        [code] = [row["id"] - 1 for row in Blocking(store).rows("term.all", (0,)) if row["text"] == "pm25"]
    finally:
        Blocking(store).close()
    files = sorted(str(file) for file in (data / "lake").glob("*.parquet"))
    values = {"files": files, "attribute": code, "first": end - _DAY, "last": end}
    with duckdb.connect(config={"threads": 2}) as database:
        taken = [_milliseconds(lambda: database.execute(_PLAIN, values).fetchnumpy()) for _ in range(_REPEATS)]
        rows = database.execute(_PLAIN, values).fetchall()
    stations = {entity: place for place, entity in enumerate(sorted({row[0] for row in rows}))}
    return percentile(taken, 0.5), {(stations[entity], start): mean for entity, start, mean in rows}


def _check(buckets: list[Bucket], means: dict[tuple[int, int], float], stations: int) -> None:
    """Every hour of every station is there, and right."""
    if len(buckets) != 24 * stations:
        raise AssertionError(f"{len(buckets)} buckets, not {24 * stations}.")
    for bucket in buckets:
        expected = means[int(bucket.entity[-7:]), bucket.start]
        if abs(bucket.avg - expected) > 1e-6:
            raise AssertionError(f"{bucket.entity} at {bucket.start}: {bucket.avg}, not {expected}.")
