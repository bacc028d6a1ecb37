"""A bulletin as PDF: the same bytes for the same content, and what is said where it cannot be printed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from huicheng.errors import Unavailable
from huicheng.indicators import printing
from huicheng.indicators.printing import bulletin_pdf

MADE = 1_795_000_000_000_000

SECTION = {
    "name": "部门评价",
    "ranked": True,
    "columns": ["排名", "单位", "应结案", "结案率", "综合得分"],
    "rows": [["1", "区综合行政执法局", "972", "93.72 %", "82.98"]],
    "total": ["", "合计", "972", "93.72 %", ""],
    "formulas": [{"name": "结案率", "words": "结案 ÷ 应结案"}],
    "notes": ["综合得分：示例权重"],
    "footnote": "方案 city/event/unit 第 1 版",
}
CONTENT: dict[str, Any] = {
    "language": "zh",
    "title": "综合评价月报",
    "issue": "2026年10月 · 第 1 期",
    "publisher": "区城市运营中心",
    "made": "2026年11月2日",
    "remarks": ["演示"],
    "summary": {
        "title": "概要",
        "columns": ["", "合计", "分子 / 分母", "环比", "同比"],
        "sections": [{"name": "部门评价", "note": "", "rows": [["结案率", "93.72 %", "911 / 972", "▲ 1.20", "–"]]}],
    },
    "sections": [
        SECTION,
        {**SECTION, "ranked": False, "columns": ["单位", "应结案"], "rows": [["甲", "1"]], "total": []},
    ],
}


def test_the_same_content_is_printed_to_the_same_bytes() -> None:
    pytest.importorskip("typst")
    first = bulletin_pdf(CONTENT, MADE)
    assert first.startswith(b"%PDF-")
    assert bulletin_pdf(CONTENT, MADE) == first
    assert bulletin_pdf({**CONTENT, "issue": "第 2 期"}, MADE) != first


def test_words_of_a_name_are_words_and_no_markup() -> None:
    pytest.importorskip("typst")
    hostile = '#panic("x") *bold* $x$ @a <b> \\ `c` [d]'
    assert bulletin_pdf({**CONTENT, "publisher": hostile}, MADE).startswith(b"%PDF-")


def test_without_a_chinese_font_it_says_what_to_install() -> None:
    typst = pytest.importorskip("typst")
    embedded = typst.Fonts(include_system_fonts=False)
    with pytest.raises(Unavailable, match="fonts-noto-cjk"):
        printing.font_of(embedded)


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)  # as where the extra is not installed
    with pytest.raises(Unavailable, match=r"huicheng\[print\]"):
        bulletin_pdf(CONTENT, MADE)
