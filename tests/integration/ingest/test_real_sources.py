"""Real sets come in by the packs' mapping files: counts, and one figure that DuckDB computes by itself (Q1, N1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from huicheng.city import Observation, entity_urn, parse_instant
from huicheng.ingest import Ingest, Job, Progress, ingest_history
from huicheng.packs import entity_types, read_packs
from huicheng.stores import HistoryQuery, open_store


class Asked(NamedTuple):
    """One attribute of one entity, from one moment until before another."""

    entity: str
    attribute: str
    start: str
    end: str


class Taken(NamedTuple):
    """What came of one file."""

    counts: Progress
    observed: Sequence[Observation]

    def mean(self) -> float:
        """Of all observations that were asked for."""
        return sum(float(one.value) for one in self.observed) / len(self.observed)


def take(folder: Path, file: Path, name: str, asked: Asked) -> Taken:
    """Read the file as that source into a new store, and ask."""
    return asyncio.run(_take(folder, file, name, asked))


async def _take(folder: Path, file: Path, name: str, asked: Asked) -> Taken:
    packs = read_packs()
    [source] = [pack.sources[key] for pack in packs for key in pack.sources if f"{pack.id}/{key}" == name]
    store = open_store(folder, writer=True)
    try:
        way_in = Ingest(store, entity_types(packs))
        [summary] = await ingest_history(Job(way_in, name, source, folder), [file])
        query = HistoryQuery(
            type=source.entity_type,
            entities=[entity_urn(source.entity_type, asked.entity)],
            attributes=[asked.attribute],
            start=parse_instant(asked.start),
            end=parse_instant(asked.end),
        )
        return Taken(summary.progress, await store.history(query))
    finally:
        await store.close()


def figure(statement: str, file: Path) -> Any:
    with duckdb.connect(":memory:") as connection:
        return connection.execute(statement, [str(file)]).fetchone()


def test_a_station_whose_time_stands_in_four_columns(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "five_cities_pm25" / "chengdu_2013_2015.csv.gz"
    january = Asked("Chengdu-US-Post", "pm25", "2014-01-01T00:00:00+08:00", "2014-02-01T00:00:00+08:00")
    taken = take(tmp_path, file, "environment/us-post-hourly", january)
    assert (taken.counts.rows, taken.counts.rejected) == (26_280, 0)
    n, mean = figure(
        'SELECT count("PM_US Post"), avg("PM_US Post") FROM read_csv(?) WHERE year = 2014 AND month = 1', file
    )
    assert len(taken.observed) == n
    assert taken.mean() == pytest.approx(mean)


def test_a_site_of_water_quality_every_fifteen_minutes(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "usgs_river" / "site01581752_15min_2016_2017.parquet"
    july = Asked("USGS-01581752", "temperature", "2016-07-01T00:00:00Z", "2016-08-01T00:00:00Z")
    taken = take(tmp_path, file, "environment/water-quarter-hourly", july)
    assert (taken.counts.rows, taken.counts.rejected) == (70_156, 0)
    n, mean = figure(
        "SELECT count(water_temp_c), avg(water_temp_c) FROM read_parquet(?)"
        " WHERE time_utc >= '2016-07-01T00:00:00Z' AND time_utc < '2016-08-01T00:00:00Z'",
        file,
    )
    assert len(taken.observed) == n
    assert taken.mean() == pytest.approx(mean)
