"""What is wrong with a kind of case is told with its line, before anybody opens one (W4.1, G4)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from works import PACK

from huicheng.packs import installed, survey

#: What stands there, what is written instead, what is told.
SPOILT = [
    ("stage: check}", "stage: checks}", "There is no stage “checks”."),
    ("stage: check}", "stage: work}", "No state is in stage “check”."),
    ("{yellow: 0.5, red: 0.75,", "{yellow: 0.75, red: 0.5,", "0 < yellow < red <= 1"),
    ("{yellow: 0.5, red: 0.75,", "{yellow: 0.5, red: 1.5,", "0 < yellow < red <= 1"),
    ("at: 1.5, steps: 2", "at: 1, steps: 2", "later than the one before"),
    ("at: 1.5, steps: 2", "at: 1.5, steps: 0", "An escalation goes up"),
    ("limit: {value: 3, type: work_day", "limit: {value: 2.5, type: work_day", "must be whole"),
    ("within: {value: 2, type", "within: {value: 0, type", "longer than nothing"),
    ("opens: {kind: works/part, category: help}", "opens: {kind: works/piece, category: help}", "no kind of case"),
    ("opens: {kind: works/part, category: help}", "opens: {kind: works/part, category: held}", "no category “held”"),
    ("      opens: {kind: works/part, category: help}\n", "", "need each other"),
    ("kind: units}", "kind: unit}", "need each other"),
    ("reopens: true\n      restarts_clock", "restarts_clock", "“closed” is final, but can be left."),
    ("from: [closed]\n      to: new", "from: [closed, doing]\n      to: new", "Only a closed case can be reopened."),
    ("en: Split}, reopens: true}", "en: Split}}", "“merged” is final, but can be left."),
    ("from: [merged], undoes: merge", "from: [merged], to: new", "be undone"),
    ("from: [merged], undoes: merge", "from: [merged], undoes: melt", "no action “melt”"),
    ("from: [merged], undoes: merge", "from: [merged], to: new, undoes: merge", "starts where that one ends"),
    ("from: [doing], undoes: send", "from: [doing], undoes: share", "cannot be taken back"),
    ("unless: [share, pause]", "unless: [share, paws]", "no action “paws”"),
    ("from: [new, doing]\n      to: merged", "from: [new, doing]\n      to: checking", "must end"),
    (
        "ground: {name: {zh-hans: 理由, en: Ground}}\n    resume",
        "ground: {name: {zh-hans: 理由, en: Ground}, required: false}\n    resume",
        "“pause” pauses the clock without a ground.",
    ),
    ("en: Post}, kind: number", "en: Post}, kind: units", "cannot be asked here"),
    ("en: Note}, required: false}", "en: Note}, required: false, projected: true}", "A text is not projected"),
    ("kind: choice, choices: {mend", "kind: text, choices: {mend", "Choices belong to"),
    ('"Sent to {unit}"', '"Sent to {person}"', "no name “person”"),
    (
        "person: {name: {zh-hans: 人员, en: Officer}, kind: person,",
        "person: {name: {zh-hans: 人员, en: Officer}, kind: unit,",
        "2 fields of kind unit",
    ),
    (
        "rate:\n      from: [closed]",
        "rate:\n      from: [new]\n      within: {value: 1, type: work_day, source: t}",
        "counts",
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACK, tmp_path / "works"))


@pytest.mark.parametrize("row", SPOILT, ids=[row[2] for row in SPOILT])
def test_each_fault_of_a_kind_is_told(folder: Path, row: tuple[str, str, str]) -> None:
    old, new, says = row
    file = folder / "cases.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    _, faults = survey((*installed(), folder))
    told = [fault for fault in faults if says in fault.problem]
    assert told, faults
    assert told[0].remedy
    assert told[0].line > 1


def test_the_kinds_of_the_tests_have_no_fault() -> None:
    assert not survey((*installed(), PACK))[1]
