"""Parquet files of the lake: written beside, forced to the disk, then given their name."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np
from numpy.typing import NDArray

from huicheng.stores.history.engine import Engine
from huicheng.stores.history.selection import Source, for_file
from huicheng.stores.sqlite.lock import cannot_write

_UNFINISHED = ".part"
_SUMMARY = (resources.files(__package__) / "summary.sql").read_text(encoding="utf-8")


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A year, month or day (UTC): ``start <= observed_at < end`` in µs."""

    name: str
    start: int
    end: int


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A file that has reached the disk and is in no list yet."""

    path: str
    period: str
    t_min: int
    t_max: int
    observations: int
    bytes: int


def periods(times: NDArray[np.int64], most: int) -> list[Period]:
    """The periods to cut these instants into: years; where more than ``most`` fall into one, months, then days.

    So four years of a few stations are four files, and a dense day is a file of its own.
    """
    return list(_periods(times.astype("M8[us]"), "YMD", most))


def _periods(times: NDArray[np.datetime64], units: str, most: int) -> Iterator[Period]:
    unit, finer = units[0], units[1:]
    within = times.astype(f"M8[{unit}]")
    for start, count in zip(*np.unique(within, return_counts=True), strict=True):
        if count > most and finer:
            yield from _periods(times[within == start], finer, most)
        else:
            edges = np.array([start, start + 1]).astype("M8[us]").astype(np.int64)
            yield Period(name=str(start), start=int(edges[0]), end=int(edges[1]))


def write_file(engine: Engine, lake: Path, source: Source, period: str) -> Written:
    """Write the source's observations as one file, durable before this returns."""
    name = f"{period}-{uuid4().hex}.parquet"
    unfinished = lake / (name + _UNFINISHED)
    with engine.cursor(source.tables) as cursor:
        relation = cursor.sql(for_file(source), params=source.parameters)
        relation.write_parquet(str(unfinished), compression="zstd")
        n, first, last = cursor.execute(_SUMMARY, {"files": [str(unfinished)]}).fetchone()
    _force(unfinished)
    unfinished.rename(lake / name)
    _force(lake)
    size = (lake / name).stat().st_size
    return Written(path=name, period=period, t_min=first, t_max=last, observations=n, bytes=size)


def _force(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def lake_lock(lake: Path) -> Iterator[bool]:
    """Only one process compacts: ``False`` when another does."""
    try:
        lake.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(lake / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_write(lake, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def remove_orphans(lake: Path, listed: set[str], older_than: float) -> int:
    """Remove files that no list names, left by a crash before its commit; how many they were."""
    orphans = [
        file
        for pattern in ("*.parquet", "*.parquet" + _UNFINISHED)
        for file in lake.glob(pattern)
        if file.name not in listed and file.stat().st_mtime < older_than
    ]
    for file in orphans:
        file.unlink()
    return len(orphans)
