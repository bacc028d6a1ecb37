"""A scheme that could not be counted, or that ranks by invented weights, does not start (N5, W8.7)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from huicheng.packs import installed, survey

FILE = "city/cases/event-evaluation.yaml"

#: What is exchanged (where it stands first) for what, and what the fault says.
SPOILT = [
    ("count: >-\n            acts.file > 0", "count: acts.fiel > 0", "no name under acts “fiel”"),
    ("acts.rework > 0", "marks.forced > 0", "true or false is needed here"),
    ("answers.satisfied IN", "answers.contentment IN", "no name under answers “contentment”"),
    ("last.handle < period_end", "last.handl < period_end", "no name under last “handl”"),
    ("mean: seconds.handle", "mean: seconds.handel", "no name under seconds “handel”"),
    ("closedAt < period_end AND inTime", "closedAt < period_ende AND inTime", "no name “period_ende”"),
    ("closedAt < period_end AND inTime", "closedAt < period_end AND reporter = 'x'", "no name “reporter”"),
    ("kinds: [city/event, city/part]", "kinds: [city/event, city/prat]", "no kind of case “city/prat”"),
    ("actions: [handle, return,", "actions: [handle, returns,", "no action “returns”"),
    ("subject: town", "subject: person", "no one person who did it"),
    ("closed * 0.4 +", "closd * 0.4 +", "no name “closd”"),
    ("      score_words:", "      # score_words:", "The score has no source, or no words."),
    ("subject: town", "subject: citizen", "“citizen” is none of the words"),
    ("mean: seconds.handle", "mean: seconds.handle\n          of: marks.forced", "a rate or a mean, not both"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the built-in packs, to be spoilt."""
    for pack in installed():
        shutil.copytree(pack, tmp_path / pack.name)
    return tmp_path


@pytest.mark.parametrize(("old", "new", "says"), SPOILT, ids=lambda value: value[:32].strip())
def test_a_faulty_scheme_is_told_with_its_file(folder: Path, old: str, new: str, says: str) -> None:
    path = folder / FILE
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    _drafts, faults = survey(folder)
    assert [one for one in faults if says in str(one) and "event-evaluation.yaml" in one.file], list(map(str, faults))


def test_a_scheme_may_read_no_fact_about_a_reporter(folder: Path) -> None:
    """Offices and officers are evaluated; nothing that stands on a citizen is a name."""
    text = (folder / FILE).read_text("utf-8")
    for name in ("reporter", "title", "description", "address", "phone"):
        (folder / FILE).write_text(text.replace("marks.supervised", f"{name} IS NOT NULL", 1), "utf-8")
        assert any(f"no name “{name}”" in str(one) for one in survey(folder)[1])
