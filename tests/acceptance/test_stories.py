"""The mission's stories, told on systems of their own by people in real browsers, through a power cut (S2)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huicheng.stories import tell
from huicheng.stories.people import StoryFailed


@pytest.mark.soak
def test_s2_a_report_and_a_call_become_one_case_that_two_units_dispute(tmp_path: Path) -> None:
    """Ten people, two of them with telephones; the system dies on the eve of a holiday."""
    evidence = tell("S2", tmp_path / "data", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "evidence.json").read_text("utf-8"))
    assert told["passed"] is True
    assert [step["number"] for step in told["steps"]] == list(range(1, len(evidence.steps) + 1))
    assert len({step["who"] for step in told["steps"]}) >= 9
    pictures = [tmp_path / "out" / step["screenshot"] for step in told["steps"] if step["screenshot"]]
    assert len(pictures) >= 15
    assert all(picture.stat().st_size > 5_000 for picture in pictures)
    [course] = [step["facts"]["acts"] for step in told["steps"] if "acts" in step["facts"]]
    for way in ("dispute → decide", "rework → handle", "close → reopen", "close → rate"):
        assert way in course
    [counted] = [step["facts"] for step in told["steps"] if "after" in step["facts"]]
    assert counted["before"] != counted["after"]


@pytest.mark.soak
def test_a_story_that_does_not_go_as_told_leaves_what_it_saw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unhappy end of stories themselves: no word is taken for said that is not on the page."""
    monkeypatch.setattr("huicheng.stories.dispute._DUE_DAY", "2月30日")
    with pytest.raises(StoryFailed):
        tell("S2", tmp_path / "data", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "evidence.json").read_text("utf-8"))
    assert told["passed"] is False
    assert told["steps"]


@pytest.mark.soak
def test_s1_a_flood_is_answered_by_pumps_that_two_people_order(tmp_path: Path) -> None:
    """One pump answers, one does not; the system dies in between; the incident is closed by another."""
    tell("S1", tmp_path / "data", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "evidence.json").read_text("utf-8"))
    assert told["passed"] is True
    facts = {name: value for step in told["steps"] for name, value in step["facts"].items()}
    assert {"fillRatio", "pump", "fallback", "answered", "task", "inTime"} <= facts.keys()
    assert facts["acts"].split(" → ") == ["open", "respond", "assign", "conclude", "close"]
    pictures = [tmp_path / "out" / step["screenshot"] for step in told["steps"] if step["screenshot"]]
    assert len(pictures) >= 14
    assert all(picture.stat().st_size > 5_000 for picture in pictures)
