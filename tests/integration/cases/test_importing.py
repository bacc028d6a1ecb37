"""Cases from files: rows of another system, opened and closed at their own times, nothing twice (W4.1, G4)."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from packed import known
from people import Town

from huicheng import platform
from huicheng.cases.engine import take_over
from huicheng.cases.errors import NoSuchAction
from huicheng.cases.history import first_break
from huicheng.cases.importing import CaseFile, Counts
from huicheng.cases.models import Case
from huicheng.city import from_micros
from huicheng.errors import Invalid
from huicheng.packs import Pack
from huicheng.platform import Platform

SF311 = Path(__file__).resolve().parents[2] / "packs" / "sf311"
SOURCE = "sf311/requests"
HEAD = (
    "unique_key,created_date,closed_date,category,complaint_type,descriptor,agency_name,status_notes,"
    "incident_address,source,latitude,longitude"
)
DONE = (
    "1,2014-01-01 09:00:00+00:00,2014-01-03 09:00:00+00:00,Sewer Issues,Flooding,On_street,DPW,fixed,MAIN ST,"
    "Phone,37.7,-122.4"
)
OPEN = "2,2014-01-01 09:00:00+00:00,,Elsewhere,Odor,,DPW,,,Twitter,0.0,0.0"


@pytest.fixture(scope="module")
def packs() -> tuple[Pack, ...]:
    return known(SF311)


@pytest.fixture(autouse=True)
def bay(town: Town, packs: tuple[Pack, ...]) -> Iterator[Town]:
    """The town with the example's pack."""
    platform.install(Platform(data=town.data, store=town.platform.store, packs=packs))
    yield town
    platform.install(town.platform)


def written(folder: Path, *rows: str, name: str = "requests.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    return path


def brought(path: Path) -> Counts:
    return CaseFile(path, SOURCE).bring_in()


def test_a_closed_row_is_opened_and_closed_at_its_own_times(tmp_path: Path) -> None:
    assert brought(written(tmp_path, DONE)) == Counts(rows=1, opened=1, closed=1)
    case = Case.objects.get()
    assert (case.number[:6], case.state, case.category, case.source) == ("140101", "closed", "sewer", "file")
    assert case.title == "Flooding · On_street"
    assert case.description == "On_street\nDPW"
    assert from_micros(case.opened_at).isoformat() == "2014-01-01T09:00:00+00:00"
    assert case.closed_at is not None
    assert from_micros(case.closed_at).isoformat() == "2014-01-03T09:00:00+00:00"
    assert (case.in_time, case.longitude, case.latitude) == (True, -122.4, 37.7)
    assert (case.answers, case.marks) == ({"channel": "phone"}, [])
    where = {"file": "requests.csv", "line": 2}
    opened, closed = case.events.order_by("seq")
    assert (opened.actor, opened.form) == ("platform", {"channel": "phone", **where})
    assert (closed.actor, closed.action, closed.form) == ("platform", "resolve", {"notes": "fixed", **where})
    assert first_break(case) is None


def test_a_row_without_position_is_kept_and_marked(tmp_path: Path) -> None:
    assert brought(written(tmp_path, OPEN)) == Counts(rows=1, opened=1, unplaced=1)
    case = Case.objects.get()
    assert (case.state, case.category, case.longitude, case.marks) == ("open", "other", None, ["no-place"])
    assert case.due_at is not None


def test_the_same_file_again_files_nothing_twice_and_goes_on_where_it_was(tmp_path: Path) -> None:
    brought(written(tmp_path, DONE))
    assert brought(written(tmp_path, DONE, OPEN)) == Counts(rows=2, known=1, opened=1, unplaced=1)
    assert brought(written(tmp_path, DONE, OPEN)) == Counts(rows=2, known=2)
    assert Case.objects.count() == 2


def test_a_case_that_was_open_is_closed_by_a_later_file(tmp_path: Path) -> None:
    brought(written(tmp_path, OPEN))
    later = OPEN.replace("+00:00,,", "+00:00,2014-02-20 09:00:00+00:00,")
    assert brought(written(tmp_path, later, name="later.csv")) == Counts(rows=1, known=1, closed=1)
    case = Case.objects.get()
    assert (case.state, case.in_time) == ("closed", False)
    assert case.events.get(action="resolve").form == {"file": "later.csv", "line": 2}


def test_a_number_that_stands_twice_in_a_file_is_one_case(tmp_path: Path) -> None:
    assert brought(written(tmp_path, DONE, DONE)) == Counts(rows=2, opened=1, known=1, closed=1)


#: What is exchanged in a good row, and the reason that the reject list gives.
WRONG = [
    ("1,2014", ",2014", "The cell is empty."),
    ("2014-01-01 09:00:00+00:00", "", "The cell is empty."),
    ("2014-01-01 09:00:00+00:00", "yesterday", "This is not a time."),
    ("2014-01-01 09:00:00+00:00", "2014-01-01 09:00:00", "The time has no zone."),
    ("2014-01-03", "2013-01-03", "It was closed before it was opened."),
    ("37.7,", "north,", "This is not a number."),
    ("37.7,", "97.7,", "This is no place on the earth."),
    ("fixed", "x" * 5000, "Some fields are missing or wrong"),
]


@pytest.mark.parametrize(("old", "new", "reason"), WRONG, ids=[row[2] for row in WRONG])
def test_a_row_that_is_no_case_is_rejected_with_line_and_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    file = CaseFile(written(tmp_path, OPEN, DONE.replace(old, new, 1)), SOURCE)
    assert file.bring_in() == Counts(rows=2, opened=1, unplaced=1, rejects=1)
    assert file.rejected is not None
    with file.rejected.open(encoding="utf-8-sig", newline="") as listed:
        [reject] = csv.DictReader(listed)
    assert reject["line"] == "3"
    assert reason in reject["reason"]
    assert Case.objects.count() == 1


def test_an_import_that_no_pack_declares_and_a_file_without_a_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no import “sf311/none”"):
        CaseFile(written(tmp_path, DONE), "sf311/none")
    short = tmp_path / "short.csv"
    short.write_text("unique_key,category\n1,Sewer Issues\n", "utf-8")
    with pytest.raises(Invalid, match="no column"):
        CaseFile(short, SOURCE)


def test_json_lines_are_rows_too(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text(json.dumps(dict(zip(HEAD.split(","), DONE.split(","), strict=True))) + "\n", "utf-8")
    assert brought(path) == Counts(rows=1, opened=1, closed=1)


def told_rightly(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Those that were not closed before they were opened."""
    return [row for row in rows if not row["closed_date"] or _at(row, "closed_date") >= _at(row, "created_date")]


def counted(rows: list[dict[str, str]]) -> Counts:
    """By hand, from the file and nothing of ours."""
    good = told_rightly(rows)
    return Counts(
        rows=len(rows),
        opened=len(good),
        closed=sum(bool(row["closed_date"]) for row in good),
        unplaced=sum(float(row["latitude"]) == 0 for row in good),
        rejects=len(rows) - len(good),
    )


def _at(row: dict[str, str], column: str) -> datetime:
    return datetime.fromisoformat(row[column])


def read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compare(rows: list[dict[str, str]], came: Counts) -> None:
    assert came == counted(rows)
    assert Case.objects.filter(closed_at=None).count() == came.opened - came.closed
    good = told_rightly(rows)
    sewers = sum(row["category"] == "Sewer Issues" for row in good)
    assert Case.objects.filter(category="sewer").count() == sewers
    marked = sum(case.marks == ["no-place"] for case in Case.objects.all())
    assert marked == came.unplaced == Case.objects.filter(longitude=None).count()
    channels = Counter(case.answers.get("channel") for case in Case.objects.all())
    assert channels["phone"] == sum(row["source"] == "Phone" for row in good)


def test_a_fortieth_of_san_francisco_comes_in_as_it_is_counted_by_hand(test_data: Path, tmp_path: Path) -> None:
    rows = read(test_data / "sf_311" / "sf311.csv.gz")[::40]
    path = tmp_path / "some.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    compare(rows, brought(path))


@pytest.mark.soak
def test_san_francisco_comes_in_as_it_is_counted_by_hand(test_data: Path) -> None:
    path = test_data / "sf_311" / "sf311.csv.gz"
    rows = read(path)
    came = brought(path)
    compare(rows, came)
    assert came.unplaced / came.opened == pytest.approx(0.42, abs=0.01)


def test_an_act_of_elsewhere_follows_the_table(tmp_path: Path) -> None:
    brought(written(tmp_path, DONE))
    case = Case.objects.get()
    with pytest.raises(NoSuchAction):
        take_over(case, "resolve", case.opened_at, {}, {})
