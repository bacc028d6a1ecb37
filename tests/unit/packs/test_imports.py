"""imports.yaml: an import names a kind, an action, categories and fields that there are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from huicheng.packs import built_in, survey

SF311 = Path(__file__).resolve().parents[2] / "packs" / "sf311"

#: Old, new, and what the fault says.
SPOILT = [
    ("kind: request", "kind: requests", "There is no kind “requests”."),
    ("closes: resolve", "closes: close", "There is no action “close”."),
    ("notes: {column", "note: {column", "There is no field “note”."),
    ("otherwise: other\n  answers", "otherwise: others\n  answers", "There is no category “others”."),
    ("Phone: phone", "Phone: telephone", "There is no choice “telephone”."),
    ("opened: created_date", "opened: created_date\n  zone: America/SanFrancisco", "is not a time zone"),
    ("channel:\n", "chanel:\n", "There is no field “chanel”."),
    ("  key: unique_key\n", "", "“key” is missing."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for pack in ("platform", "environment"):
        shutil.copytree(built_in() / pack, tmp_path / pack)
    shutil.copytree(SF311, tmp_path / "sf311")
    return tmp_path


def test_the_example_has_no_fault(folder: Path) -> None:
    assert survey(folder)[1] == ()


@pytest.mark.parametrize(("old", "new", "says"), SPOILT, ids=[row[2] for row in SPOILT])
def test_an_import_of_what_there_is_not_is_a_fault(folder: Path, old: str, new: str, says: str) -> None:
    file = folder / "sf311" / "imports.yaml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    _, faults = survey(folder)
    assert [fault for fault in faults if says in fault.problem], faults


def test_what_closes_leads_from_the_first_state_to_a_final_one(folder: Path) -> None:
    file = folder / "sf311" / "cases.yaml"
    file.write_text(file.read_text("utf-8").replace("to: closed\n", 'to: ""\n', 1), "utf-8")
    _, faults = survey(folder)
    assert "“resolve” does not lead from the first state to a final one." in {fault.problem for fault in faults}
