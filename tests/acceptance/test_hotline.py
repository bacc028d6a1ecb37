"""The hotline's seat by keys alone, and the pages beside it as people with and without sight use them (W4.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import EACH_ONCE, Watched
from playwright.sync_api import Page, expect

Axe = Callable[[Page], list[str]]


def test_a_call_is_taken_down_by_keys_alone_and_its_caller_is_known_the_next_time(watched: Watched) -> None:
    page = watched.sign_in("operator")
    expect(page).to_have_url("/desk/hotline/")
    expect(page.locator("#telephone")).to_be_focused()
    page.keyboard.type("138 0000 7788")
    page.keyboard.press("Tab")
    page.keyboard.type("王女士")
    page.keyboard.press("F3")
    page.keyboard.type("河西路夜间施工噪声扰民")
    page.keyboard.press("F7")
    page.keyboard.type("投诉")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=category][value=complaint]")).to_be_checked()
    page.locator("#f-topic").focus()
    page.keyboard.type("生态环境")
    page.locator("#f-topic").select_option("environment")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#code")).to_be_visible()
    number = page.inner_text("#number")
    expect(page.locator("[data-first]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#telephone")).to_be_focused()
    page.wait_for_load_state()
    page.keyboard.type("+8613800007788")
    page.locator("[data-history-ask]").click()
    expect(page.locator("#history")).to_contain_text(number)


def test_a_call_that_is_refused_asks_for_the_ground_and_keeps_what_was_written(watched: Watched) -> None:
    page = watched.sign_in("operator")
    page.fill("#text", "要求查询他人住址")
    page.locator("input[name=category][value=consultation]").check()
    page.locator("#f-topic").select_option("other")
    page.locator("input[name=then][value=refuse]").check()
    expect(page.locator("[data-ending=answer]")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-ending=refuse] .error").first).to_be_visible()
    expect(page.locator("#text")).to_have_value("要求查询他人住址")
    page.locator("[name=t-refuse-ground]").first.select_option("privacy")
    page.fill("[name=t-refuse-note]", "涉及他人隐私，不予受理")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".receipt")).to_contain_text("不予受理")


def test_a_seat_keeps_its_draft_until_it_is_cleared_or_signed_out(watched: Watched) -> None:
    page = watched.sign_in("operator")
    page.fill("#telephone", "13800007799")
    page.fill("#text", "河西路夜间施工噪声扰民")
    page.locator("input[name=category][value=complaint]").check()
    page.reload()
    expect(page.locator("[data-draft-says]")).to_be_visible()
    expect(page.locator("#telephone")).to_have_value("13800007799")
    expect(page.locator("#text")).to_have_value("河西路夜间施工噪声扰民")
    expect(page.locator("input[name=category][value=complaint]")).to_be_checked()
    page.locator("[data-draft-says] button").click()
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("[data-draft-says]")).to_be_hidden()
    page.fill("#text", "河西路夜间施工噪声扰民")
    page.locator("form[data-sign-out] button").click()
    expect(page).to_have_url("/")
    assert page.evaluate("Object.keys(localStorage)") == []


def test_without_scripts_a_button_looks_for_cases_that_say_the_same(watched: Watched) -> None:
    page = watched.sign_in("operator", java_script_enabled=False)
    page.fill("#text", "河西路夜间施工噪声扰民")
    page.locator("input[name=category][value=complaint]").check()
    page.locator("[name=look]").click()
    expect(page.locator("#likely")).to_be_visible()
    expect(page.locator("#text")).to_have_value("河西路夜间施工噪声扰民")
    page.goto("/report/")
    page.locator("details.kinds summary").first.click()
    page.locator("input[name=category]").first.check(force=True)
    page.fill("#description", "路边垃圾堆放三天没人清")
    page.locator("[name=look]").click()
    expect(page.locator("#likely")).to_be_visible()
    expect(page.locator("#description")).to_have_value("路边垃圾堆放三天没人清")


PAGES = {
    "operator": ["/desk/hotline/", "/desk/callbacks/", "/desk/open/", "/desk/open/city/event/"],
    "petition-officer": ["/desk/petitions/", "/desk/open/city/petition/"],
    "collector": ["/desk/collect/", "/desk/collect/#tasks", "/desk/collect/#queue"],
}


@EACH_ONCE
@pytest.mark.parametrize("role", PAGES)
def test_pages_where_cases_are_opened_are_accessible(
    watched: Watched, axe: Axe, role: str, viewport: dict[str, int], language: str
) -> None:
    page = watched.sign_in(role, viewport=viewport, language=language)
    for address in PAGES[role]:
        page.goto(address)
        expect(page.locator("h1").first).to_be_attached()
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
