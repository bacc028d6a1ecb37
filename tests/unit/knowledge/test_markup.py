"""An article is text with a little form; it cannot bring HTML or addresses of other sorts into a page."""

from __future__ import annotations

import pytest

from huicheng.knowledge.markup import blocks


def kinds(body: str) -> list[tuple[str, int]]:
    return [(block.kind, len(block.lines)) for block in blocks(body)]


def test_headings_lists_and_paragraphs_are_told_apart() -> None:
    body = "# 办理条件\n本市户籍。\n第二行。\n\n- 身份证\n- 户口簿\n1. 取号\n2、办理\n\n另一段"
    assert kinds(body) == [("heading", 1), ("paragraph", 2), ("bullets", 2), ("numbers", 2), ("paragraph", 1)]


def test_bold_and_links_are_spans() -> None:
    [block] = blocks("请拨**12345**，或看[指南](https://example.org/a)，见 https://example.org/b。")
    assert [(span.text, span.bold, span.href) for span in block.lines[0] if span.bold or span.href] == [
        ("12345", True, ""),
        ("指南", False, "https://example.org/a"),
        ("https://example.org/b", False, "https://example.org/b"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert(1))",
        "[x](//elsewhere.example)",
        "[x](data:text/html,y)",
        "[x](JaVaScRiPt:alert)",
        "[x](/\\elsewhere.example)",
        "<a href=https:x>",
        "<script>alert(1)</script>",
    ],
)
def test_what_is_no_web_address_is_no_link(body: str) -> None:
    assert [span.href for block in blocks(body) for line in block.lines for span in line if span.href] == []
    assert "".join(span.text for block in blocks(body) for line in block.lines for span in line) == body


def test_a_link_to_a_page_of_ours_is_a_path() -> None:
    [block] = blocks("[反映](/report/)")
    assert [span.href for span in block.lines[0]] == ["/report/"]
