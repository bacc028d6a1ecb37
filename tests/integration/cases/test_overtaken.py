"""Two at one state whose policy holds in that state only: the second is told of the first, not of policies (W4.1)."""

from __future__ import annotations

import pytest
from people import MONDAY, Town

from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.errors import Conflict
from huicheng.errors import Refused


def waiting_for_a_check(town: Town) -> int:
    """A city event that somebody has to check now; its key."""
    filing = Filing(
        kind="city/event",
        category="exposed-waste",
        source="portal",
        title="垃圾",
        place=(109.19, 27.72),
        opened_at=MONDAY,
    )
    case = open_case(filing, PLATFORM)
    steps = (
        ("operator", "oc", "file", {}),
        ("dispatcher", "oc", "dispatch", {"unit": "ucm"}),
        ("handler", "ucm", "handle", {"result": "已清理"}),
        ("dispatcher", "oc", "send-check", {}),
    )
    for role, unit, action, form in steps:
        case = act(case.pk, action, town.account(role, unit), form, expected_version=case.version)
    return case.pk


def test_a_colleague_who_comes_second_is_told_who_did_what(town: Town) -> None:
    key = waiting_for_a_check(town)
    first, second = town.account("verifier", "oc", "核查员甲"), town.account("verifier", "oc")
    seen = act(key, "rework", first, {"ground": "未清干净"}, expected_version=5).version
    with pytest.raises(Conflict) as caught:
        act(key, "pass", second, {}, expected_version=5)
    assert caught.value.details == {"who": "核查员甲", "action": "rework"}
    with pytest.raises(Refused):
        act(key, "pass", second, {}, expected_version=seen)


def test_who_never_had_the_right_learns_nothing_of_who_acted(town: Town) -> None:
    key = waiting_for_a_check(town)
    act(key, "rework", town.account("verifier", "oc"), {"ground": "未清干净"}, expected_version=5)
    with pytest.raises(Refused):
        act(key, "handle", town.account("handler", "eeb"), {"result": "x"}, expected_version=5)
    with pytest.raises(Refused):
        act(key, "pass", town.account("citizen"), {}, expected_version=5)
