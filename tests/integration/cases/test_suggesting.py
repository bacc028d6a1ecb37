"""Category and unit from a text, with how sure it is (W4.1, Q3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from people import MONDAY, Town

from huicheng.cases import learning, meanings
from huicheng.cases.engine import PLATFORM, Filing, act, open_case
from huicheng.cases.learning import TooFewCases, learn
from huicheng.cases.suggesting import suggest, suggest_unit

KIND = "environment/event"
CHOICES = [(KIND, name) for name in ("smoke", "dust", "odour", "noise")]
SENTENCES = {
    "smoke": ["有人在田里烧秸秆", "楼下烧垃圾冒黑烟", "路边有明火在烧树叶", "烟囱一直冒浓烟"],
    "dust": ["工地没盖布到处是灰", "渣土车一路撒土", "马路上尘土飞扬", "拆迁现场没有洒水"],
    "odour": ["化工厂那边臭气熏天", "下水道反味很难闻", "一股刺鼻的气味飘进家里", "养猪场的臭味"],
    "noise": ["半夜还在打桩睡不着", "广场舞音响太大", "楼上装修电钻响", "酒吧唱歌吵到凌晨"],
}


def test_this_test_has_the_model() -> None:
    assert meanings.available()


@pytest.mark.usefixtures("town")
def test_plain_sentences_find_their_category() -> None:
    named = [
        (suggest(text, CHOICES).categories[0].category, right) for right, texts in SENTENCES.items() for text in texts
    ]
    assert sum(found == right for found, right in named) >= 14
    assert all(found == right for found, right in named if right == "noise")


@pytest.mark.usefixtures("town")
def test_the_shares_are_of_one_whole_and_come_in_order() -> None:
    found = suggest("夜里工地施工噪声", CHOICES)
    sure = [one.confidence for one in found.categories]
    assert sure == sorted(sure, reverse=True)
    assert 0 < sum(sure) <= 1.000001
    assert found.by == ["words", "meaning"]
    assert found.accuracy is None


@pytest.mark.usefixtures("town")
def test_nothing_said_or_nothing_to_choose_from_suggests_nothing() -> None:
    assert suggest("  ", CHOICES).categories == []
    assert suggest("烟", []).categories == []


def closed(town: Town, category: str, text: str, unit: str) -> None:
    """A case that went through the whole table."""
    case = open_case(Filing(kind=KIND, category=category, source="portal", title=text, opened_at=MONDAY), PLATFORM)
    people = town.account("dispatcher", "oc"), town.account("handler", unit), town.account("verifier", "oc")
    for person, action, form in zip(
        people, ("dispatch", "handle", "pass"), ({"unit": unit}, {"result": "已处理"}, {}), strict=True
    ):
        case = act(case.pk, action, person, form, expected_version=case.version)


def test_the_unit_that_handled_most_cases_is_suggested_with_its_share(town: Town) -> None:
    for unit in ("eeb", "eeb", "eeb", "ucm"):
        closed(town, "smoke", "冒烟", unit)
    assert suggest_unit(KIND, "smoke") is None
    closed(town, "smoke", "冒烟", "eeb")
    found = suggest_unit(KIND, "smoke")
    assert found is not None
    assert (found.unit, found.confidence, found.cases) == ("eeb", 0.8, 5)


def test_what_officers_made_of_cases_is_learnt_and_kept_without_their_text(town: Town, data_dir: Path) -> None:
    with pytest.raises(TooFewCases):
        learn(data_dir)
    # Here people call noise 「嗡嗡」, which no description says.
    for number in range(12):
        closed(town, "noise", f"{number}号楼顶嗡嗡嗡", "ucm")
        closed(town, "odour", f"{number}号楼下一阵一阵的味道", "eeb")
    learnt = learn(data_dir)
    assert learnt.cases == 24
    assert learnt.accuracy >= 0.8
    known = learning.known(data_dir)
    assert known is not None
    assert known.classes == [f"{KIND} noise", f"{KIND} odour"]
    found = suggest("楼顶又嗡嗡嗡", CHOICES)
    assert found.categories[0].category == "noise"
    assert found.by == ["words", "meaning", "experience"]
    assert found.accuracy == known.accuracy
    assert "嗡".encode() not in (data_dir / "models" / "categories.npz").read_bytes()
