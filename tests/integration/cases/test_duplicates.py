"""Open cases that may say the same (W4.1, Q3): found by text, place, category and time, under the asker's policies."""

from __future__ import annotations

from typing import Any

import pytest
from people import HOUR, MONDAY, Town

from huicheng.access import EVERYTHING
from huicheng.accounts.guards import guard_for
from huicheng.accounts.subjects import ANONYMOUS
from huicheng.cases.duplicates import Matter, duplicates_of, similar
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.models import Case

PLACE = (109.19, 27.72)
#: About 98 m further east, and 2 km.
NEAR, FAR = (109.191, 27.72), (109.21, 27.72)


def filed(**changes: Any) -> Case:
    facts = {
        "kind": "environment/event",
        "category": "smoke",
        "source": "portal",
        "title": "河边有人焚烧垃圾",
        "description": "锦江边有人焚烧垃圾，烟很大",
        "place": PLACE,
        "opened_at": MONDAY,
    }
    return open_case(Filing(**{**facts, **changes}), PLATFORM)


def matter(**changes: Any) -> Matter:
    facts = {
        "kind": "environment/event",
        "category": "smoke",
        "text": "江边在烧垃圾，烟很大",
        "place": NEAR,
        "at": MONDAY + HOUR,
    }
    return Matter(**{**facts, **changes})


@pytest.mark.usefixtures("town")
def test_the_same_fire_reported_from_a_hundred_metres_away_is_found_and_says_why() -> None:
    case = filed()
    [found] = similar(matter(), EVERYTHING)
    assert found.case == case
    assert found.metres == pytest.approx(98.5, abs=1)
    assert found.text is not None
    assert found.text > 0.4
    assert found.same_category


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    "changes",
    [
        {"place": FAR},
        {"at": MONDAY + 15 * 24 * HOUR},
        {"category": "noise", "text": "夜里施工太吵"},
    ],
    ids=["too far", "too late", "another matter"],
)
def test_what_is_far_late_or_about_something_else_is_not_suggested(changes: dict[str, Any]) -> None:
    filed()
    assert similar(matter(**changes), EVERYTHING) == []


@pytest.mark.usefixtures("town")
def test_without_a_place_the_division_and_the_words_decide() -> None:
    case = filed(place=None, division="520602001001")
    filed(place=None, division="520602001002")
    [found] = similar(matter(place=None, division="520602001001"), EVERYTHING)
    assert found.case == case
    assert found.metres is None


def test_a_closed_case_is_no_duplicate(town: Town) -> None:
    case = filed()
    dispatcher = town.account("dispatcher", "oc")
    act(case.pk, "refuse", dispatcher, {"ground": "not-found", "note": "现场未见"}, expected_version=case.version)
    assert similar(matter(), EVERYTHING) == []


@pytest.mark.usefixtures("town")
def test_nobody_learns_by_asking_what_a_hidden_text_says() -> None:
    filed()
    public = guard_for(ANONYMOUS, "read")
    [hits, misses] = [
        [(one.score, one.text, one.metres) for one in similar(matter(text=text, place=PLACE), public)]
        for text in ("锦江边有人焚烧垃圾，烟很大", "完全不同的话")
    ]
    assert hits == misses
    assert all(text is None and metres is None for _, text, metres in hits)


@pytest.mark.usefixtures("town")
def test_a_case_is_not_its_own_duplicate_and_the_likeliest_comes_first() -> None:
    one = filed()
    close = filed(title="锦江边焚烧垃圾", description="有人焚烧垃圾，烟很大", place=NEAR)
    less = filed(title="冒烟", description="不知道哪里冒烟", place=NEAR)
    assert [found.case for found in duplicates_of(one, EVERYTHING)] == [close, less]
