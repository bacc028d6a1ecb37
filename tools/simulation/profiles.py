"""Works profiles of the week out of real data: ``python tools/simulation/profiles.py --data FOLDER``.

FOLDER is the one with the real data sets (docs/explanation/simulated-district.md names their sources). For each
quantity and each hour of the week (0 = Monday, 0 to 1 o'clock, local time of the set) it gives the mean, the spread
(standard deviation) and the number of values, and for the whole quantity what is left of a deviation one step later:
AR(1), the correlation of standardised deviations of one series one step apart. Series are made comparable first, as the
``scaled`` of each says. What comes out is a JSON file in a pack, read by ``huicheng.simulation.profile``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

DOMAINS = Path(__file__).resolve().parents[2] / "src" / "huicheng" / "domains"
HOURS = 168


@dataclass(frozen=True, kw_only=True)
class Quantity:
    name: str
    #: Gives series, time, value; ``{folder}`` is where the data lie.
    query: str
    #: Seconds between two values of a series.
    step: int
    scaled: str
    #: ``log``: mean and spread are of the natural logarithm.
    scale: str = "linear"


@dataclass(frozen=True, kw_only=True)
class Set:
    target: str
    source: str
    quantities: tuple[Quantity, ...]


_AIR = """
SELECT station AS series, time::TIMESTAMP AS time, ln({column}) AS value
FROM '{{folder}}/beijing_air/air_hourly.parquet' WHERE {column} > 0 ORDER BY 1, 2
"""

# The times of Aarhus's traffic are UTC, although nobody says so: read as local, its peaks were at 6 and 13 o'clock. In
# those weeks Aarhus was two hours ahead. Its garages' times are local.
SETS = (
    Set(
        target="traffic/demo/aarhus-flow.json",
        source=(
            "Aarhus traffic, 80 segments, 2014-08-11 to 2014-09-07: Open Data Aarhus / CityPulse, by "
            "CityBench (commonly given as CC BY 4.0)"
        ),
        quantities=(
            Quantity(
                name="flow",
                step=300,
                scaled="vehicles in 5 minutes over the segment's mean; segments with at least 2 on average",
                query="""
                SELECT REPORT_ID AS series, timestamp + INTERVAL 2 HOUR AS time,
                       vehicleCount / avg(vehicleCount) OVER (PARTITION BY REPORT_ID) AS value
                FROM '{folder}/aarhus_city/traffic_5min.parquet'
                QUALIFY avg(vehicleCount) OVER (PARTITION BY REPORT_ID) >= 2 ORDER BY 1, 2
                """,
            ),
            Quantity(
                name="speed",
                step=300,
                scaled="average speed over the segment's 95th percentile",
                query="""
                SELECT REPORT_ID AS series, timestamp + INTERVAL 2 HOUR AS time,
                       least(1.2, avgSpeed / quantile_cont(avgSpeed, 0.95) OVER (PARTITION BY REPORT_ID)) AS value
                FROM '{folder}/aarhus_city/traffic_5min.parquet' WHERE avgSpeed > 0 ORDER BY 1, 2
                """,
            ),
        ),
    ),
    Set(
        target="traffic/demo/birmingham-parking.json",
        source=(
            "Birmingham parking, 15 car parks, 2016-10-04 to 2016-12-19: UCI Parking Birmingham (CC BY "
            "4.0); hours in which it has none (nights): Aarhus garages, 2014-05-22 to 2014-08-31, as "
            "above"
        ),
        quantities=(
            Quantity(
                name="occupancy",
                step=1800,
                scaled="occupied over capacity, between 0 and 1",
                query="""
                SELECT SystemCodeNumber AS series, LastUpdated::TIMESTAMP AS time,
                       least(1, greatest(0, Occupancy / Capacity)) AS value
                FROM read_csv('{folder}/birmingham_parking/parking.csv.gz') ORDER BY 1, 2
                """,
            ),
            Quantity(
                name="night",
                step=1800,
                scaled="occupied over capacity, between 0 and 1",
                query="""
                SELECT garagecode AS series, updatetime AS time,
                       least(1, greatest(0, vehiclecount / totalspaces)) AS value
                FROM read_csv('{folder}/aarhus_city/parking.csv.gz') WHERE totalspaces > 0 ORDER BY 1, 2
                """,
            ),
        ),
    ),
    Set(
        target="environment/demo/beijing-chengdu-air.json",
        source=(
            "Beijing air, 6 stations, 2013-03 to 2017-02 (UCI 501), and Chengdu PM2.5, 2013 to 2015 "
            "(UCI 394), both CC BY 4.0"
        ),
        quantities=(
            Quantity(
                name="pm25",
                step=3600,
                scale="log",
                scaled="Chengdu, US post, µg/m³",
                query="""
                SELECT 'chengdu' AS series, make_timestamp(year, month, day, hour, 0, 0) AS time,
                       ln(TRY_CAST("PM_US Post" AS DOUBLE)) AS value
                FROM read_csv('{folder}/five_cities_pm25/chengdu_2013_2015.csv.gz')
                WHERE TRY_CAST("PM_US Post" AS DOUBLE) > 0 ORDER BY 2
                """,
            ),
            *(
                Quantity(name=name, step=3600, scale="log", scaled="Beijing, µg/m³", query=_AIR.format(column=column))
                for name, column in (("pm10", "PM10"), ("so2", "SO2"), ("no2", "NO2"), ("co", "CO"), ("o3", "O3"))
            ),
        ),
    ),
)


def worked_out(quantity: Quantity, folder: Path) -> dict[str, Any]:
    """Mean, spread and number of each hour of the week, and what is left of a deviation one step later."""
    found = duckdb.sql(quantity.query.replace("{folder}", str(folder))).fetchnumpy()
    values = np.asarray(found["value"], dtype=float)
    moments = found["time"].astype("datetime64[s]").astype(np.int64)
    # The epoch was a Thursday: three days after Monday.
    hours = (moments // 3600 + 72) % HOURS
    number = np.bincount(hours, minlength=HOURS)
    mean = _over(np.bincount(hours, values, minlength=HOURS), number)
    spread = np.sqrt(_over(np.bincount(hours, (values - mean[hours]) ** 2, minlength=HOURS), number))
    deviations = (values - mean[hours]) / np.where(spread[hours] > 0, spread[hours], 1.0)
    together = (found["series"][1:] == found["series"][:-1]) & (
        np.abs(np.diff(moments) - quantity.step) < quantity.step / 4
    )
    kept = float(np.corrcoef(deviations[:-1][together], deviations[1:][together])[0, 1])
    return {
        "scaled": quantity.scaled,
        "scale": quantity.scale,
        "step": quantity.step,
        "kept": round(kept, 4),
        "mean": _rounded(mean, number),
        "spread": _rounded(spread, number),
        "count": number.tolist(),
    }


def _over(sums: NDArray[np.float64], number: NDArray[np.int64]) -> NDArray[np.float64]:
    return sums / np.maximum(number, 1)


def _rounded(values: NDArray[np.float64], number: NDArray[np.int64]) -> list[float | None]:
    return [round(float(value), 4) if count else None for value, count in zip(values, number, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the real data sets")
    folder = parser.parse_args().data
    for one in SETS:
        table = {
            "source": one.source,
            "made_by": "tools/simulation/profiles.py",
            "quantities": {held.name: worked_out(held, folder) for held in one.quantities},
        }
        target = DOMAINS / one.target
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(table, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
