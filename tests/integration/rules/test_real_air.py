"""A station's real year: the same episodes as an independent computation in plain SQL finds (N1, W4.7)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import duckdb
import pytest
from judging import alerts, judge_all
from packed import known

from huicheng.city import Attribute, Entity, entity_urn, from_micros, parse_instant, rfc3339
from huicheng.stores import EmbeddedStore, Transaction, Write, open_store

YEAR = """
CREATE TABLE reading AS
SELECT epoch_us(CAST(time AS TIMESTAMPTZ)) AS moment, CAST(left(time, 10) AS DATE) AS day, "PM2.5" AS value
FROM read_parquet(?)
WHERE station = 'Guanyuan' AND "PM2.5" IS NOT NULL AND time >= '2013-03-01' AND time < '2014-03-01'
"""

#: Above 300 until below 250; a stretch ends where nothing came for more than six hours.
HOURLY = """
WITH stretches AS (
  SELECT *, sum(gap) OVER (ORDER BY moment) AS stretch
  FROM (
    SELECT *, CASE WHEN moment - lag(moment) OVER (ORDER BY moment) > 6 * 3600000000 THEN 1 ELSE 0 END AS gap
    FROM reading
  )
), states AS (
  SELECT *, coalesce(last_value(CASE WHEN value > 300 THEN 1 WHEN value < 250 THEN 0 END IGNORE NULLS)
    OVER (PARTITION BY stretch ORDER BY moment), 0) AS state
  FROM stretches
), edges AS (
  SELECT *, lag(state, 1, 0) OVER (PARTITION BY stretch ORDER BY moment) AS before FROM states
)
SELECT s.moment AS started, min(e.moment) AS cleared
FROM edges AS s LEFT JOIN edges AS e ON e.stretch = s.stretch AND e.moment > s.moment AND e.before = 1 AND e.state = 0
WHERE s.before = 0 AND s.state = 1
GROUP BY s.moment ORDER BY s.moment
"""

#: Means above 75 of days with 20 values or more; a stretch ends where more than three days are missing.
DAILY = """
WITH days AS (
  SELECT day, avg(value) AS mean, count(*) AS n FROM reading GROUP BY day HAVING count(*) >= 20
), stretches AS (
  SELECT *, sum(gap) OVER (ORDER BY day) AS stretch
  FROM (SELECT *, CASE WHEN day - lag(day) OVER (ORDER BY day) > 4 THEN 1 ELSE 0 END AS gap FROM days)
), edges AS (
  SELECT *, mean > 75 AS state, coalesce(lag(mean > 75) OVER (PARTITION BY stretch ORDER BY day), FALSE) AS before
  FROM stretches
)
SELECT s.day AS started, min(e.day) AS cleared, any_value(s.mean) AS mean, any_value(s.n) AS n
FROM edges AS s LEFT JOIN edges AS e ON e.stretch = s.stretch AND e.day > s.day AND e.before AND NOT e.state
WHERE NOT s.before AND s.state
GROUP BY s.day ORDER BY s.day
"""


@pytest.fixture(scope="module")
def air(test_data: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    connection.execute(YEAR, [str(test_data / "beijing_air" / "air_hourly.parquet")])
    return connection


@pytest.fixture(scope="module")
def judged(air: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The alerts of the environment pack over that year."""
    store = open_store(tmp_path_factory.mktemp("air"), writer=True)
    rows = air.execute("SELECT moment, value FROM reading ORDER BY moment").fetchall()
    asyncio.run(_store_and_judge(store, rows))
    found = asyncio.run(alerts(store))
    asyncio.run(store.close())
    return found


async def _store_and_judge(store: EmbeddedStore, rows: list[tuple[int, float]]) -> None:
    transactions = [
        Transaction(writes=[_reading(at, value) for at, value in day], received_at=day[-1][0])
        for day in _batched(rows, 24)
    ]
    await asyncio.gather(*(store.commit(one) for one in transactions))
    after = rows[-1][0] + 2 * 3600 * 1_000_000  # the last day is over
    await judge_all(store, *known(), limit=3000, now=lambda: after, quiet=0.0)


def _batched(rows: list[tuple[int, float]], size: int) -> list[list[tuple[int, float]]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _reading(at: int, value: float) -> Write:
    held = Attribute(type="Property", value=value, unit_code="GQ", observed_at=from_micros(at))
    station = entity_urn("AirQualityObserved", "Guanyuan")
    return Write(entity=Entity(id=station, type="AirQualityObserved", attributes={"pm25": held}))


def of_rule(judged: list[dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    return [alert for alert in judged if alert["subCategory"] == rule]


def test_hourly_episodes_begin_and_end_where_plain_sql_says(
    air: duckdb.DuckDBPyConnection, judged: list[dict[str, Any]]
) -> None:
    expected = air.execute(HOURLY).fetchall()
    found = of_rule(judged, "pm25-hourly")
    assert len(expected) > 5
    assert [alert["validFrom"] for alert in found] == [rfc3339(started) for started, _ in expected]
    ended = [alert["validTo"] if alert["status"] == "ended" else None for alert in found]
    assert ended == [cleared and rfc3339(cleared) for _, cleared in expected]


def test_daily_episodes_begin_and_end_where_plain_sql_says(
    air: duckdb.DuckDBPyConnection, judged: list[dict[str, Any]]
) -> None:
    expected = air.execute(DAILY).fetchall()
    found = of_rule(judged, "pm25-daily")
    assert len(expected) > 30
    assert [alert["validFrom"] for alert in found] == [_midnight(row[0]) for row in expected]
    ended = [alert["validTo"] if alert["status"] == "ended" else None for alert in found]
    assert ended == [cleared and _midnight(cleared) for _, cleared, _, _ in expected]


def test_a_days_evidence_is_its_hourly_observations_and_their_mean(
    air: duckdb.DuckDBPyConnection, judged: list[dict[str, Any]]
) -> None:
    for (day, _, mean, n), alert in zip(air.execute(DAILY).fetchall(), of_rule(judged, "pm25-daily"), strict=True):
        start = parse_instant(_midnight(day))
        items = [one for one in alert["evidence"] if start <= parse_instant(one["observedAt"]) < start + 86_400_000_000]
        assert len(items) == n
        assert sum(one["value"] for one in items) / n == pytest.approx(mean)
        assert alert["data"]["value"] >= mean - 1e-9


def _midnight(day: Any) -> str:
    [[instant]] = duckdb.execute("SELECT epoch_us(CAST(? || 'T00:00:00+08:00' AS TIMESTAMPTZ))", [str(day)]).fetchall()
    return rfc3339(instant)
