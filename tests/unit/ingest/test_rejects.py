"""Rows that were not taken are listed with line, column, reason and remedy (bad input of issue 2)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from huicheng.ingest import rejects
from huicheng.ingest.rejects import Reject, RejectFile, harmless


def reject(line: int, value: str = "x") -> Reject:
    return Reject(line=line, column="PM2.5", value=value, reason="“x” is not a number.", remedy="Write digits.")


def lines_of(file: RejectFile) -> list[list[str]]:
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_rejects_are_a_table_that_a_spreadsheet_opens(tmp_path: Path) -> None:
    file = RejectFile(tmp_path, "air 小时.csv", "environment/air-hourly")
    file.write([reject(7)])
    assert file.path == tmp_path / "air-小时.csv-environment-air-hourly.csv"
    assert lines_of(file) == [
        ["line", "column", "value", "reason", "remedy"],
        ["7", "PM2.5", "x", "“x” is not a number.", "Write digits."],
    ]


def test_without_rejects_there_is_no_file(tmp_path: Path) -> None:
    file = RejectFile(tmp_path, "a.csv", "p/s")
    assert file.write([]) == 0
    assert not file.path.exists()


def test_after_a_kill_the_list_goes_on_where_the_last_commit_left_it(tmp_path: Path) -> None:
    first = RejectFile(tmp_path, "a.csv", "p/s")
    size = first.write([reject(1)])
    first.write([reject(2)])  # never committed
    second = RejectFile(tmp_path, "a.csv", "p/s", size=size)
    second.write([reject(2), reject(3)])
    assert [line[0] for line in lines_of(second)] == ["line", "1", "2", "3"]


def test_a_new_reading_begins_a_new_list(tmp_path: Path) -> None:
    RejectFile(tmp_path, "a.csv", "p/s").write([reject(1)])
    again = RejectFile(tmp_path, "a.csv", "p/s")
    again.write([reject(9)])
    assert [line[0] for line in lines_of(again)] == ["line", "9"]


def test_the_list_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "MOST_BYTES", 200)
    file = RejectFile(tmp_path, "a.csv", "p/s")
    sizes = [file.write([reject(n)]) for n in range(50)]
    assert file.full
    assert sizes[-1] == file.path.stat().st_size < 300


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@x", "'@x"),
        ("-18.8", "-18.8"),
        ("+8e3", "+8e3"),
        ("-1+cmd", "'-1+cmd"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(value: str, written: str) -> None:
    assert harmless(value) == written
