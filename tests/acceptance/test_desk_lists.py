"""Lists of the desk by keys alone and on a telephone; one act on several cases, and its way back (W4.1)."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from browsing import EACH_ONCE, PHONE, Demo, Watched
from playwright.sync_api import Page, expect

Axe = Callable[[Page], list[str]]

PAGES = ("/desk/", "/desk/?q=%E7%A7%AF%E6%B0%B4", "/desk/board/", "/desk/map/", "/desk/bulk/", "/desk/knowledge/")
WRITING = ("/desk/knowledge/new/",)


@pytest.fixture(scope="package")
def reported(demo: Demo) -> list[str]:
    """Numbers of three city events that a program has reported; three in all, however the tests are shared out."""
    services = httpx.get(f"{demo.address}/open311/v2/services.json", timeout=60).json()
    code = next(one["service_code"] for one in services if one["service_code"].startswith("city_event_"))
    numbers = []
    for place in ("东门口", "西门口", "南门口"):
        sent = {"api_key": demo.api_key, "service_code": code, "address_string": f"{place}1号"}
        sent["description"] = f"{place}井盖旁路面积水严重 <b>请处理</b>"
        answer = httpx.post(f"{demo.address}/open311/v2/requests.json", data=sent, timeout=60)
        assert answer.status_code in {200, 201}, answer.text
        numbers.append(answer.json()[0]["service_request_id"])
    return numbers


def test_the_inbox_is_worked_by_keys_alone(watched: Watched, reported: list[str]) -> None:
    page = watched.sign_in("leader")
    page.goto("/desk/?scope=all")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("main [data-find]")).to_be_focused()
    page.keyboard.type("路面积水")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]q="))
    expect(page.locator(".row-line")).to_have_count(3)
    expect(page.locator("mark").first).to_have_text("路面积水")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".row-line").nth(1).locator("input[name=case]")).to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/cases/\d+/"))
    assert page.url.split("/")[5] in reported
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile(r"/desk/$"))


def test_several_cases_are_supervised_at_once_and_that_is_taken_back(watched: Watched, reported: list[str]) -> None:
    page = watched.sign_in("leader")
    page.goto("/desk/?q=路面积水")
    expect(page.locator("[data-bulk]")).to_be_disabled()
    page.keyboard.press("a")
    expect(page.locator("[data-chosen]")).to_have_text("3")
    page.keyboard.press("b")
    page.wait_for_url(re.compile(r"/desk/bulk/\?"))
    page.keyboard.press("s")
    supervise = page.locator("#act-supervise")
    expect(supervise.locator("[name=sure]")).to_have_count(0)
    supervise.locator("textarea").fill("今日内办结")
    supervise.locator("button[type=submit]").click()
    expect(page.locator(".pill.s-normal")).to_have_count(3)
    page.goto("/desk/?mark=supervised")
    assert sorted(_numbers(page)) == sorted(reported)
    page.go_back()
    done = page.url
    page.get_by_role("button", name="撤销").click()
    page.wait_for_url(lambda address: address != done)
    expect(page.locator(".pill.s-normal")).to_have_count(3)
    page.goto("/desk/?mark=supervised")
    expect(page.locator(".row-line")).to_have_count(0)
    page.goto(f"/desk/cases/{reported[0]}/")
    expect(page.locator(".course")).to_contain_text("督办")
    expect(page.locator(".course")).to_contain_text("解除督办")


def test_what_cannot_be_taken_back_is_asked_first(watched: Watched, reported: list[str]) -> None:
    page = watched.sign_in("leader")
    page.goto(f"/desk/bulk/?case={reported[0]}&case={reported[1]}")
    closing = page.locator("#act-forced-close")
    closing.locator("summary").click()
    closing.locator("textarea").fill("重复反映")
    closing.locator("button[type=submit]").click()
    expect(page.locator("#act-forced-close .error")).to_be_visible()
    expect(page.locator("#act-forced-close textarea")).to_have_value("重复反映")
    page.goto("/desk/?q=路面积水")
    expect(page.locator(".row-line")).to_have_count(3)


def test_a_filter_is_kept_under_a_name_and_opens_the_inbox(watched: Watched, reported: list[str]) -> None:
    page = watched.sign_in("chief")
    page.goto("/desk/?q=路面积水&kind=city/event")
    page.fill("#save-name", "路面积水事件")
    page.locator("[name=default]").check()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".saved")).to_contain_text("路面积水事件")
    page.goto("/desk/")
    expect(page).to_have_url(re.compile(r"kind=city%2Fevent"))
    expect(page.locator(".saved [aria-current]")).to_contain_text("路面积水事件")
    assert sorted(_numbers(page)) == sorted(reported)


def test_on_a_telephone_the_filters_are_folded_and_a_case_is_chosen_with_a_finger(
    watched: Watched, reported: list[str]
) -> None:
    page = watched.sign_in("leader", viewport=PHONE)
    page.goto("/desk/?q=路面积水")
    expect(page.locator("#by-kind")).to_be_hidden()
    page.locator(".facets summary").click()
    expect(page.locator("#by-kind")).to_be_visible()
    page.locator(".facets summary").click()
    pick = page.locator(".row-line .pick").first
    box = pick.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    pick.click()
    expect(page.locator("[data-bulk]")).to_be_enabled()
    page.locator(".row-line .item").first.click()
    page.wait_for_url(re.compile(r"/desk/cases/\d+/"))
    assert page.url.split("/")[5] in reported


def test_a_board_is_walked_by_columns_and_the_map_draws_what_has_a_place(watched: Watched, reported: list[str]) -> None:
    page = watched.sign_in("leader")
    page.goto("/desk/board/city/event/")
    page.keyboard.press("l")
    expect(page.locator(".column .item").first).to_be_focused()
    assert set(_numbers(page)) >= set(reported)
    page.goto("/desk/map/")
    expect(page.locator("#cases-map")).to_have_attribute("data-drawn", re.compile(r"\d+"))


@pytest.mark.usefixtures("reported")
@EACH_ONCE
def test_lists_are_accessible_and_fit(watched: Watched, axe: Axe, language: str, viewport: dict[str, int]) -> None:
    page = watched.sign_in("chief", viewport=viewport, language=language)
    for address in (*PAGES, *WRITING):
        page.goto(address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def _numbers(page: Page) -> list[str]:
    items = page.locator(".list .item").evaluate_all("items => items.map(item => item.getAttribute('href'))")
    return [item.split("/")[3] for item in items]
