"""A file within a zip archive, as GTFS delivers them, is read like any other (W4.2)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from huicheng.errors import Invalid
from huicheng.ingest import open_table


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stops.txt", "stop_id,stop_name\n1,桥头\n2,河滨\n")
        archive.writestr("empty.txt", "")
    return path


def test_its_rows_are_those_of_the_file(feed: Path) -> None:
    table = open_table(feed, member="stops.txt")
    assert [tuple(row.cells) for row in table.rows(("stop_id", "stop_name"))] == [("1", "桥头"), ("2", "河滨")]
    assert table.fraction == 1.0
    table.close()


def test_an_empty_one_has_no_rows(feed: Path) -> None:
    table = open_table(feed, member="empty.txt")
    assert list(table.rows(("stop_id",))) == []
    table.close()


def test_one_that_is_not_there_is_named_with_those_that_are(feed: Path) -> None:
    with pytest.raises(Invalid, match=r"no readable “trips.txt”; it has stops.txt, empty.txt"):
        open_table(feed, member="trips.txt")


def test_what_is_no_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "stops.txt").write_text("stop_id\n1\n")
    with pytest.raises(Invalid, match="zip archive, and this is none"):
        open_table(tmp_path / "stops.txt", member="stops.txt")


def test_a_damaged_one_ends_with_the_line(feed: Path) -> None:
    whole = feed.read_bytes()
    at = whole.index(b"stops.txt") + len(b"stops.txt") + 2
    feed.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    with pytest.raises(Invalid, match="cannot be"):
        list(open_table(feed, member="stops.txt").rows(("stop_id",)))
