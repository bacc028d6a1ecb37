"""Files into history: counted right, once each, resumed, with rejects (issue 2, number 3)."""

from __future__ import annotations

import asyncio
import csv
import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from huicheng.city import from_micros
from huicheng.errors import HuichengError, Invalid
from huicheng.ingest import Job, Summary, Tick, ingest_history
from huicheng.stores import Blocking, HistoryQuery

from .conftest import SOURCE

HEADER = "station,time,PM2.5,PM10,CO,wd\n"
STATION = "urn:ngsi-ld:AirQualityObserved:Aotizhongxin"

Jobs = Callable[..., Job]


def hour(number: int) -> str:
    return f"2013-03-{1 + number // 24:02}T{number % 24:02}:00:00+08:00"


def row(number: int, pm25: object = "", pm10: object = "", co: object = "", wd: str = "") -> str:
    return f"Aotizhongxin,{hour(number)},{pm25},{pm10},{co},{wd}\n"


def written(folder: Path, *rows: str, name: str = "air.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def ingested(job: Job, *paths: Path) -> list[Summary]:
    return asyncio.run(ingest_history(job, paths))


def counts(summary: Summary) -> tuple[int, int, int, int, int, int]:
    """Rows, accepted, duplicates, rejected, empty, observations."""
    found = summary.progress
    return (found.rows, found.accepted, found.duplicates, found.rejected, found.empty, found.observations)


def test_each_value_is_an_observation_and_a_hole_is_none(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = written(tmp_path, row(0, 4, 5, 300, "NNW"), row(1, 8), row(2), row(3, "NA", 7))
    [summary] = ingested(job(), path)
    assert counts(summary) == (4, 3, 0, 0, 1, 6)
    found = [
        (one.attribute, from_micros(one.observed_at).isoformat(), one.value, one.unit_code)
        for one in city.history(HistoryQuery(type="AirQualityObserved"))
    ]
    assert sorted(found) == [
        ("co", "2013-02-28T16:00:00+00:00", pytest.approx(0.3), "GP"),
        ("pm10", "2013-02-28T16:00:00+00:00", 5.0, "GQ"),
        ("pm10", "2013-02-28T19:00:00+00:00", 7.0, "GQ"),
        ("pm25", "2013-02-28T16:00:00+00:00", 4.0, "GQ"),
        ("pm25", "2013-02-28T17:00:00+00:00", 8.0, "GQ"),
        ("windDirection", "2013-02-28T16:00:00+00:00", 337.5, "DD"),
    ]


def test_history_is_judged_by_nobody(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    ingested(job(), written(tmp_path, row(0, 4)))
    assert not city.window(0).observations.judged.any()


def test_the_state_keeps_the_newest_value_whatever_the_order_of_rows(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    ingested(job(), written(tmp_path, row(5, 50), row(1, 10, 11), row(3, 30)))
    stored = city.get(STATION)
    assert stored is not None
    values = {name: held.content for name, held in stored.entity.attributes.items()}  # type: ignore[union-attr] # one instance each
    assert values == {"pm25": 50.0, "pm10": 11.0}
    assert len(city.history(HistoryQuery())) == 4


def test_the_same_file_again_is_recognised_even_under_another_name(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = written(tmp_path, row(0, 4), row(1, 5))
    ingested(job(), path)
    head = city.head()
    [again] = ingested(job(), Path(shutil.copy(path, tmp_path / "copy.csv")))
    assert again.known
    assert city.head() == head


def test_the_same_rows_in_another_file_are_duplicates(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    ingested(job(), written(tmp_path, row(0, 4), row(1, 5)))
    [summary] = ingested(job(), written(tmp_path, row(0, "4.0"), row(1, 5), row(2, 6), name="more.csv"))
    assert counts(summary) == (3, 1, 2, 0, 0, 1)
    assert len(city.history(HistoryQuery())) == 3


def test_the_same_row_twice_in_one_file_is_stored_once(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    [summary] = ingested(job(), written(tmp_path, row(0, 4), row(0, 4), row(0, 4, 5), row(0, 9)))
    assert counts(summary) == (4, 3, 1, 0, 0, 3)
    assert sorted(one.value for one in city.history(HistoryQuery(attributes=("pm25",)))) == [4.0, 9.0]


def test_of_a_row_that_is_known_in_part_only_the_new_values_are_stored(
    job: Jobs, city: Blocking, tmp_path: Path
) -> None:
    ingested(job(), written(tmp_path, row(0, 4)))
    [summary] = ingested(job(), written(tmp_path, row(0, 4, 5), name="more.csv"))
    assert counts(summary) == (1, 1, 0, 0, 0, 1)
    assert len(city.history(HistoryQuery())) == 2


def test_with_again_a_file_is_read_once_more_and_its_rows_are_found_stored(job: Jobs, tmp_path: Path) -> None:
    path = written(tmp_path, row(0, 4), row(1, 5))
    ingested(job(), path)
    [summary] = ingested(job(again=True), path)
    assert counts(summary) == (2, 0, 2, 0, 0, 0)


def test_bad_rows_are_listed_with_line_column_reason_and_remedy_and_the_good_ones_stored(
    job: Jobs, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        row(0, 4),
        row(1, "four", 5, 6, "XYZ"),
        "Nowhere,2013-03-01T00:00:00+08:00,4,,,\n",
        "Aotizhongxin,yesterday,4,,,\n",
        "Aotizhongxin,2999-01-01T00:00:00Z,4,5,,\n",
        row(2, -3),
        "too,short\n",
        row(3, 5),
    )
    [summary] = ingested(job(), path)
    assert counts(summary) == (8, 2, 0, 6, 0, 2)
    assert summary.rejects is not None
    with summary.rejects.open(encoding="utf-8-sig", newline="") as stream:
        found = [(one["line"], one["column"], one["value"]) for one in csv.DictReader(stream)]
    assert found == [
        ("3", "PM2.5", "four"),
        ("3", "wd", "XYZ"),
        ("4", "station", "Nowhere"),
        ("5", "time", "yesterday"),
        ("6", "time", "2999-01-01T00:00:00Z"),
        ("7", "PM2.5", "-3"),
        ("8", "", ""),
    ]
    assert "is in the future" in summary.rejects.read_text("utf-8-sig")


def test_a_truncated_file_keeps_its_rows_and_the_whole_one_goes_on_as_another(
    job: Jobs, city: Blocking, tmp_path: Path
) -> None:
    text = HEADER + "".join(row(n, n * 7919 % 997, n) for n in range(700)) * 20
    packed = gzip.compress(text.encode())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(packed[:-200])
    with pytest.raises(Invalid, match="cannot be read on after line"):
        ingested(job(), cut)
    stored = len(city.history(HistoryQuery()))
    assert 0 < stored <= 1_400
    whole = tmp_path / "whole.csv.gz"
    whole.write_bytes(packed)
    [summary] = ingested(job(), whole)
    assert summary.progress.rows == 14_000
    assert len(city.history(HistoryQuery())) == 1_400


def test_a_file_without_rows_is_no_error(job: Jobs, tmp_path: Path) -> None:
    [summary] = ingested(job(), written(tmp_path))
    assert counts(summary) == (0, 0, 0, 0, 0, 0)


def test_wrong_columns_are_refused_with_those_that_are_missing(job: Jobs, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("when,where,what\n1,2,3\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"other\.csv: The columns station, time, .* are missing; there are when, where"):
        ingested(job(), path)


def test_columns_that_a_file_lacks_are_named(job: Jobs, tmp_path: Path) -> None:
    [summary] = ingested(job(), written(tmp_path, row(0, 4)))
    assert "SO2" in summary.lacking
    assert "PM2.5" not in summary.lacking


def test_two_readers_of_one_file_do_not_both_store_it(job: Jobs, city: Blocking, tmp_path: Path) -> None:
    path = written(tmp_path, *(row(n, n) for n in range(700)))

    async def both() -> list[object]:
        return await asyncio.gather(
            ingest_history(job(), [path]), ingest_history(job(), [path]), return_exceptions=True
        )

    first, second = asyncio.run(both())
    assert [str(one) for one in (first, second) if isinstance(one, HuichengError)] == [
        (
            f"{SOURCE}: Another process reads this file at the same time."
            " Wait until it has come to its end; the same command then goes on where it is."
        )
    ]
    assert len(city.history(HistoryQuery())) == 700


def test_who_watches_is_told_rows_rejects_and_how_far_it_is(job: Jobs, tmp_path: Path) -> None:
    ticks: list[Tick] = []
    first = written(tmp_path, *(row(n, n) for n in range(500)), "short\n")
    second = written(tmp_path, *(row(n, "", n) for n in range(500)), name="b.csv")
    ingested(job(watch=ticks.append), first, second)
    assert [(one.rows, one.rejected) for one in ticks] == [(501, 1), (1001, 1)]
    assert [round(one.fraction, 1) for one in ticks] == [0.5, 1.0]
