"""The course of an air route is drawn on the map or written, and both say the same (W1.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import DESK, PHONE, Watched
from playwright.sync_api import Page, expect

ADDRESS = "/desk/open/infrastructure/air-route/"


def press(page: Page, across: float, down: float) -> None:
    """Press the map at a share of its width and height."""
    drawn = page.locator(".course-map svg")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box is not None
    drawn.click(position={"x": box["width"] * across, "y": box["height"] * down})


@pytest.mark.parametrize(("viewport", "language"), [(DESK, "zh-hans"), (PHONE, "en")])
def test_a_course_is_drawn_by_pressing_undone_and_written(
    watched: Watched, axe: Callable[[Page], list[str]], viewport: dict[str, int], language: str
) -> None:
    page = watched.sign_in("dispatcher", viewport=viewport, language=language)
    page.goto(ADDRESS)
    expect(page.locator(".course-map[data-drawn]")).to_be_visible()
    undo, close = page.locator("[data-course-undo]"), page.locator("[data-course-close]")
    expect(undo).to_be_disabled()
    text, corners = page.locator("textarea[name$=course]"), page.locator(".course-map .corner")
    for across, down in ((0.3, 0.4), (0.5, 0.6), (0.6, 0.3)):
        press(page, across, down)
    expect(corners).to_have_count(3)
    assert len(text.input_value().splitlines()) == 3
    undo.click()
    expect(corners).to_have_count(2)
    assert len(text.input_value().splitlines()) == 2
    # By keyboard: what is written is drawn, what is half written is not.
    text.press("End")
    text.press_sequentially("\n109.2,27.7\n109.")
    expect(corners).to_have_count(3)
    text.fill("109.19,27.70\n109.21,27.70\n109.20,27.72")
    close.focus()
    close.press("Enter")
    expect(page.locator(".course-map .course.area")).to_be_attached()
    assert text.input_value().splitlines()[-1] == "109.19,27.70"
    expect(page.locator("[data-course-says]")).to_contain_text("3")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert axe(page) == []
