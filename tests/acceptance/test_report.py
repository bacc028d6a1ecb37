"""A citizen reports by place and photograph, without an account, and follows it by number (W8.4, Q4)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from browsing import PHONE, Watched, come
from PIL import Image
from playwright.sync_api import Page, expect

WORDS = {
    "zh-hans": {"smoke": "冒烟、露天焚烧", "send": "提交", "show": "查看", "state": "已受理"},
    "en": {"smoke": "Smoke or open burning", "send": "Send the report", "show": "Show", "state": "Received"},
}


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    held = BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(held, "JPEG")
    path = tmp_path / "smoke.jpg"
    path.write_bytes(held.getvalue())
    return path


def received(page: Page) -> tuple[str, str]:
    expect(page.locator("#number")).to_be_visible()
    return page.inner_text("#number"), page.inner_text("#code")


def followed(page: Page, number: str, code: str, show: str) -> None:
    page.goto(f"/follow/?number={number}")
    page.fill("[name=code]", code)
    page.get_by_role("button", name=show, exact=True).click()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_report_with_place_and_photograph_is_followed_by_number(
    watched: Watched, photograph: Path, language: str
) -> None:
    words = WORDS[language]
    page = watched.open(PHONE, language)
    page.goto("/")
    page.locator("a.entry-first").click()
    page.locator("details.kinds", has=page.get_by_label(words["smoke"])).locator("summary").click()
    page.get_by_label(words["smoke"]).check()
    page.fill("[name=description]", "河西桥头有人焚烧垃圾，烟很大")
    page.locator(".place[data-drawn] svg").click(position={"x": 150, "y": 130})
    expect(page.locator("[name=longitude]")).not_to_have_value("")
    page.locator("input[type=file]").first.set_input_files(photograph)
    expect(page.locator(".photo img")).to_be_visible()
    page.get_by_role("button", name=words["send"]).click()
    number, code = received(page)
    followed(page, number, code, words["show"])
    expect(page.locator("main")).to_contain_text(words["state"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    officer = watched.sign_in("dispatcher", language=language)
    officer.goto(f"/desk/cases/{number}/")
    come(officer, officer.locator(".sights img"))  # the worker looks at the photograph first
    expect(officer.locator(".sights img")).to_be_visible()
    expect(officer.locator(".sights img")).to_have_js_property("complete", True)  # noqa: FBT003 - playwright's signature
    assert officer.locator(".sights img").evaluate("one => one.naturalWidth") > 0


def test_a_report_needs_no_javascript(watched: Watched, photograph: Path) -> None:
    page = watched.open(PHONE, java_script_enabled=False)
    page.goto("/report/")
    page.locator("details.kinds", has=page.get_by_label("扬尘、渣土", exact=True)).locator("summary").click()
    page.get_by_label("扬尘、渣土", exact=True).check()
    page.fill("[name=address]", "锦江北路工地东门")
    page.locator("button[type=submit]").last.click()
    expect(page.locator(".error").first).to_be_visible()
    expect(page.locator("[name=address]")).to_have_value("锦江北路工地东门")
    page.fill("[name=description]", "工地扬尘很大，没有喷淋")
    page.locator("input[type=file]").first.set_input_files(photograph)
    page.locator("button[type=submit]").last.click()
    number, code = received(page)
    followed(page, number, code, "查看")
    expect(page.locator("main")).to_contain_text("区综合行政执法局")


def test_a_wrong_code_shows_nothing(watched: Watched) -> None:
    page = watched.open(PHONE)
    followed(page, "2611220001", "AAAAA-BBBBB", "查看")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".course")).to_have_count(0)


def test_the_search_finds_what_can_be_reported_and_says_what_is_not_searched(watched: Watched) -> None:
    page = watched.open(PHONE)
    page.goto("/")
    page.fill("#q", "噪声")
    page.locator("form.search button").click()
    expect(page.get_by_role("link", name="噪声扰民")).to_be_visible()
    page.fill("#q", "婚姻登记")
    page.locator("form.search button").click()
    expect(page.locator("main")).to_contain_text("没有找到")
