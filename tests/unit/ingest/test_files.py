"""Files are read row by row, and what is wrong with a row is said with its line (Q1; bad input of issue 2)."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from huicheng.errors import Invalid
from huicheng.ingest.batches import batched
from huicheng.ingest.formats import open_table
from huicheng.ingest.rows import Row

COLUMNS = ("station", "time", "PM2.5")
HEADER = "station,time,PM2.5\n"
ROW = "A,2013-03-01T00:00:00+08:00,4\n"


def rows_of(path: Path, *, encoding: str | None = None, skip: int = 0) -> list[Row]:
    table = open_table(path, encoding)
    try:
        return list(table.rows(COLUMNS, skip))
    finally:
        table.close()


def written(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_csv_row_knows_its_line_and_its_cells_in_the_order_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "PM2.5,other,station,time\n4,x,A,t1\n5,y,B,t2\n")
    assert rows_of(path) == [Row(2, ["A", "t1", "4"]), Row(3, ["B", "t2", "5"])]


def test_a_quoted_line_break_does_not_shift_the_numbers_of_lines(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + '"A\nB",t1,4\nC,t2,5\n')
    assert [row.line for row in rows_of(path)] == [2, 4]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters_are_recognised_by_the_header(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, (HEADER + ROW).replace(",", delimiter))
    assert rows_of(path) == [Row(2, ["A", "2013-03-01T00:00:00+08:00", "4"])]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"], ids=["plain", "with a mark", "16", "GBK", "18030"]
)
def test_chinese_text_is_read_in_the_encodings_that_offices_use(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, (HEADER + "碧江站,t1,4\n").encode(encoding))
    assert rows_of(path) == [Row(2, ["碧江站", "t1", "4"])]


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + "Zürich,t1,4\n").encode("latin-1"))
    assert rows_of(path, encoding="latin-1") == [Row(2, ["Zürich", "t1", "4"])]
    with pytest.raises(Invalid, match="no encoding “klingon”"):
        open_table(path, "klingon")


def test_bytes_that_do_not_fit_the_encoding_spoil_their_row_only(tmp_path: Path) -> None:
    padding = ROW.encode() * 3_000
    path = written(tmp_path, HEADER.encode() + padding + b"\xff\xfe,t,4\n" + ROW.encode())
    rows = rows_of(path)
    assert [row.line for row in rows if row.flawed] == [3_002]
    assert len(rows) == 3_002


def test_a_row_of_another_width_is_flawed_and_an_empty_line_is_no_row(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, HEADER + "A,t1\n\nB,t2,4,5\nC,t3,6\n"))
    assert [(row.line, row.flawed is not None) for row in rows] == [(2, True), (4, True), (5, False)]
    assert rows[0].flawed is not None
    assert rows[0].flawed.details == {"cells": 2, "columns": 3}


def test_a_cell_beyond_all_bounds_spoils_its_row_only(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, HEADER + "A,t1," + "9" * 200_000 + "\nB,t2,4\n"))
    assert [(row.cells, row.flawed is not None) for row in rows] == [((), True), (["B", "t2", "4"], False)]


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress((HEADER + ROW).encode()), "data.csv")
    assert len(rows_of(path)) == 1


def test_json_lines_are_rows_and_a_broken_one_is_told_with_its_line(tmp_path: Path) -> None:
    lines = '{"station": "A", "time": "t1", "PM2.5": 4}\n\n{"station": "B", \n[1]\n{"PM2.5": NaN}\n{"time": "t2"}\n'
    rows = rows_of(written(tmp_path, lines, "file.jsonl"))
    assert rows[0] == Row(1, ["A", "t1", 4])
    assert [row.line for row in rows if row.flawed] == [3, 4, 5]
    assert rows[-1] == Row(6, [None, "t2", None])


def test_deeply_nested_json_is_a_flawed_row_and_no_crash(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, '{"PM2.5": ' + "[" * 100_000 + "\n", "file.jsonl"))
    assert [row.flawed is not None for row in rows] == [True]


def parquet(path: Path, query: str) -> Path:
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_rows_are_numbered_and_times_keep_their_zone(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        "SELECT 'A' AS station, TIMESTAMPTZ '2013-03-01 00:00:00+08' AS time, 4.5 AS \"PM2.5\""
        " UNION ALL SELECT 'B', NULL, NULL",
    )
    first, second = rows_of(path)
    assert [cell.isoformat() if hasattr(cell, "isoformat") else cell for cell in first.cells] == [
        "A",
        "2013-02-28T16:00:00+00:00",
        4.5,
    ]
    assert second == Row(2, ("B", None, None))


def test_a_parquet_file_may_have_a_name_with_brackets_and_stars(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", "SELECT 'A' AS station, 't' AS time, 1 AS \"PM2.5\"")
    odd = path.rename(tmp_path / "a[1]*?.parquet")
    assert rows_of(odd) == [Row(1, ("A", "t", 1))]


@pytest.mark.parametrize("skip", [0, 1, 9_999, 10_000, 10_001, 25_000, 30_000])
def test_reading_goes_on_after_any_row(tmp_path: Path, skip: int) -> None:
    query = "SELECT 'A' AS station, i::VARCHAR AS time, i AS \"PM2.5\" FROM range(25000) AS t(i)"
    whole = parquet(tmp_path / "a.parquet", query)
    text = written(tmp_path, HEADER + "".join(f"A,{n},{n}\n" for n in range(25_000)))
    assert [int(row.cells[2]) for row in rows_of(whole, skip=skip)] == list(range(skip, 25_000))
    assert [int(row.cells[2]) for row in rows_of(text, skip=skip)] == list(range(skip, 25_000))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "is empty"),
        ("rubbish.parquet", b"rubbish" * 100, "not readable Parquet"),
        ("cut.parquet", b"PAR1" + b"x" * 100, "not readable Parquet"),
        ("cut.csv.gz", gzip.compress(b"a,b\n" * 10, mtime=0)[:15], "cannot be unpacked"),
        ("array.json", b'[{"station": "A"}]', "one JSON object a line"),
        ("image.csv", bytes(range(128, 256)) * 20, "neither UTF-8 nor UTF-16 nor GB 18030"),
    ],
)
def test_a_file_that_is_none_of_the_formats_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        rows_of(written(tmp_path, content, name))
    assert name in refused.value.place


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        open_table(tmp_path / "nothing.csv")
    with pytest.raises(Invalid, match="not a file"):
        open_table(tmp_path)


def test_a_truncated_gzip_gives_the_rows_before_the_cut_and_then_says_where_it_ends(tmp_path: Path) -> None:
    lines = "".join(f"A,{n},{n * 7919 % 1000}\n" for n in range(200_000))
    packed = gzip.compress((HEADER + lines).encode())
    table = open_table(written(tmp_path, packed[: len(packed) // 2], "cut.csv.gz"))
    seen: list[int] = []
    with pytest.raises(Invalid, match=r"cannot be read on after line \d+"):
        seen.extend(len(batch) for batch in batched(table.rows(COLUMNS), 1_000))
    table.close()
    assert 50_000 < sum(seen) < 150_000
    assert seen[-1] < 1_000, "the last, partial batch was given before the fault"


def test_batches_are_whole_and_the_last_one_holds_the_rest() -> None:
    assert list(batched(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched(iter(()), 2)) == []


def test_a_fault_in_the_middle_comes_after_what_was_read() -> None:
    def rows() -> Iterator[int]:
        yield from range(3)
        raise Invalid(why="cut")

    batches = batched(rows(), 2)
    assert list(itertools.islice(batches, 2)) == [[0, 1], [2]]
    with pytest.raises(Invalid, match="cut"):
        next(batches)
