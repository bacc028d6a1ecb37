"""Real sets come in by the packs' mapping files: counts, and one figure that DuckDB computes by itself (Q1, N1)."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from packed import known

from huicheng.city import Observation, entity_urn, parse_instant
from huicheng.ingest import Ingest, Job, Progress, ingest_history
from huicheng.packs import entity_types
from huicheng.stores import EntityQuery, HistoryQuery, open_store


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
    packs = known()
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


@pytest.fixture(params=["seven months", pytest.param("two years", marks=pytest.mark.soak)])
def river(request: pytest.FixtureRequest, tmp_path: Path, test_data: Path) -> tuple[Path, int]:
    """What a site at a river has measured from 2016 on, and how many rows that are."""
    whole = test_data / "usgs_river" / "site01581752_15min_2016_2017.parquet"
    if request.param == "two years":
        return whole, 70_156
    beginning = tmp_path / "beginning.parquet"
    with duckdb.connect(":memory:") as connection:
        measured = connection.from_parquet(str(whole)).filter("time_utc < '2016-08-01T00:00:00Z'")
        measured.write_parquet(str(beginning))
    return beginning, 20_428


def test_a_site_of_water_quality_every_fifteen_minutes(tmp_path: Path, river: tuple[Path, int]) -> None:
    file, rows = river
    july = Asked("USGS-01581752", "temperature", "2016-07-01T00:00:00Z", "2016-08-01T00:00:00Z")
    taken = take(tmp_path, file, "environment/water-quarter-hourly", july)
    assert (taken.counts.rows, taken.counts.rejected) == (rows, 0)
    n, mean = figure(
        "SELECT count(water_temp_c), avg(water_temp_c) FROM read_parquet(?)"
        " WHERE time_utc >= '2016-07-01T00:00:00Z' AND time_utc < '2016-08-01T00:00:00Z'",
        file,
    )
    assert len(taken.observed) == n
    assert taken.mean() == pytest.approx(mean)


def test_stage_and_discharge_of_a_river_are_converted_into_metres(tmp_path: Path, river: tuple[Path, int]) -> None:
    file, rows = river
    year = Asked("USGS-01581752", "waterLevel", "2016-01-01T00:00:00Z", "2018-01-01T00:00:00Z")
    taken = take(tmp_path, file, "water/stage-quarter-hourly", year)
    assert (taken.counts.rows, taken.counts.rejected) == (rows, 0)
    [highest] = figure("SELECT max(gage_height_ft) * 0.3048 FROM read_parquet(?)", file)
    assert max(float(one.value) for one in taken.observed) == pytest.approx(highest)


def test_car_parks_with_the_few_rows_that_no_gate_could_have_counted(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "birmingham_parking" / "parking.csv.gz"
    days = Asked("BHMBCCMKT01", "occupiedSpotNumber", "2016-10-04T00:00:00+01:00", "2016-10-11T00:00:00+01:00")
    taken = take(tmp_path, file, "traffic/car-parks", days)
    assert (taken.counts.rows, taken.counts.rejected) == (17_970, 0)
    distinct, n, mean = figure(
        "WITH rows AS (SELECT DISTINCT * FROM read_csv(?)) SELECT count(*),"
        " count(*) FILTER (SystemCodeNumber = 'BHMBCCMKT01' AND LastUpdated < '2016-10-11'),"
        " avg(Occupancy) FILTER (SystemCodeNumber = 'BHMBCCMKT01' AND LastUpdated < '2016-10-11') FROM rows",
        file,
    )
    assert taken.counts.accepted == distinct
    assert len(taken.observed) == n
    assert taken.mean() == pytest.approx(mean)


def test_road_segments_have_a_course_made_of_four_columns(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "aarhus_city" / "traffic_sensors.csv"
    day = Asked("190126", "location", "2014-08-10T00:00:00Z", "2014-08-12T00:00:00Z")
    taken = take(tmp_path, file, "traffic/segments", day)
    assert (taken.counts.accepted, taken.counts.rejected) == (80, 0)
    course = figure(
        "SELECT POINT_1_LNG, POINT_1_LAT, POINT_2_LNG, POINT_2_LAT FROM read_csv(?) WHERE REPORT_ID = 190126", file
    )
    [one] = taken.observed
    assert [part for point in one.value["coordinates"] for part in point] == pytest.approx(list(course))


#: Feed → its stops, routes, trips and stop times (README of the set).
FEEDS = {"cairns_gtfs.zip": (416, 22, 1_339, 37_790), "caltrain-2017-07-24.zip": (64, 4, 188, 2_697)}


@pytest.mark.parametrize("feed", ["caltrain-2017-07-24.zip", pytest.param("cairns_gtfs.zip", marks=pytest.mark.soak)])
def test_a_timetable_comes_in_file_by_file(tmp_path: Path, test_data: Path, feed: str) -> None:
    file = test_data / "gtfs" / feed
    sources = ("traffic/gtfs-stops", "traffic/gtfs-routes", "traffic/gtfs-trips", "traffic/gtfs-stop-times")
    for source, count in zip(sources, FEEDS[feed], strict=True):
        taken = take(tmp_path, file, source, Asked("x", "name", "2014-05-01T00:00:00Z", "2014-06-01T00:00:00Z"))
        assert (taken.counts.accepted, taken.counts.rejected) == (count, 0), source


def test_departures_of_a_stop_are_those_of_its_timetable(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "gtfs" / "caltrain-2017-07-24.zip"
    take(
        tmp_path, file, "traffic/gtfs-stop-times", Asked("x", "refStop", "2014-05-01T00:00:00Z", "2014-06-01T00:00:00Z")
    )
    with zipfile.ZipFile(file) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("stop_times.txt"), "utf-8-sig")))
    stop = Counter(row["stop_id"] for row in rows).most_common(1)[0][0]
    departures = sorted(row["departure_time"] for row in rows if row["stop_id"] == stop)
    assert asyncio.run(_departures(tmp_path, f"urn:ngsi-ld:GtfsStop:{stop}")) == departures


async def _departures(folder: Path, stop: str) -> list[str]:
    store = open_store(folder, writer=True)
    try:
        page = await store.query(EntityQuery(types=["GtfsStopTime"], limit=10_000))
        found = [one.entity.attributes for one in page.entities]
        return sorted(str(one["departureTime"].content) for one in found if one["refStop"].content == stop)
    finally:
        await store.close()


@pytest.mark.soak
def test_a_month_of_eighty_road_segments(tmp_path: Path, test_data: Path) -> None:
    file = test_data / "aarhus_city" / "traffic_5min.parquet"
    day = Asked("178713", "averageVehicleSpeed", "2014-08-12T00:00:00+02:00", "2014-08-13T00:00:00+02:00")
    taken = take(tmp_path, file, "traffic/flow-five-minutes", day)
    distinct, n, mean = figure(
        "WITH rows AS (SELECT DISTINCT * FROM read_parquet(?)) SELECT count(*),"
        " count(*) FILTER (REPORT_ID = 178713 AND CAST(timestamp AS DATE) = '2014-08-12'),"
        " avg(avgSpeed) FILTER (REPORT_ID = 178713 AND CAST(timestamp AS DATE) = '2014-08-12') FROM rows",
        file,
    )
    assert (taken.counts.rows, taken.counts.rejected, taken.counts.accepted) == (585_632, 0, distinct)
    assert len(taken.observed) == n
    assert taken.mean() == pytest.approx(mean)
