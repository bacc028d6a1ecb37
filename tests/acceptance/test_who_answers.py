"""Parts, standards, responsibilities, units and deputies in a real browser, on a phone and at a desk (W4.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from browsing import DESK, PHONE, Watched
from playwright.sync_api import Page, expect

Axe = Callable[[Page], list[str]]

STEWARD = (
    "/desk/parts/",
    "/desk/parts/5206020108000001/",
    "/desk/standards/",
    "/desk/standards/city/part/manhole/?condition=missing",
    "/desk/standards/city/part/manhole/preview/?condition=missing&value=4&type=work_hour",
    "/desk/responsibilities/",
    "/desk/absences/",
)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "zh-hans"), (DESK, "en")], ids=["phone", "desk"])
def test_a_stewards_pages_are_accessible(watched: Watched, axe: Axe, viewport: dict[str, int], language: str) -> None:
    page = watched.sign_in("steward", viewport=viewport, language=language)
    for address in STEWARD:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert axe(page) == [], address
        assert fits(page), address


def test_the_reporting_line_is_accessible_on_a_phone(watched: Watched, axe: Axe) -> None:
    page = watched.sign_in("security-admin", viewport=PHONE)
    page.goto("/admin/units/")
    assert axe(page) == []
    assert fits(page)


def test_a_part_is_found_and_a_case_is_reported_about_it(watched: Watched) -> None:
    page = watched.sign_in("dispatcher")
    page.goto("/desk/parts/")
    page.get_by_role("searchbox").fill("5206020108000001")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]q=5206020108000001"))
    page.locator("#parts a").click()
    expect(page.locator(".case-map")).to_have_attribute("data-drawn", "yes")
    page.get_by_role("link", name="就此部件立案").click()
    expect(page.locator("#entity")).to_have_value("urn:ngsi-ld:CityPart:5206020108000001")


def test_a_limit_is_tried_without_being_changed(watched: Watched) -> None:
    page = watched.sign_in("steward")
    page.goto("/desk/standards/city/part/manhole/?condition=missing")
    page.get_by_text("修改标准").click()
    page.locator("#value").fill("6")
    page.get_by_role("button", name="用上月案件试算").click()
    expect(page.locator("h2", has_text="6 紧急工作时")).to_be_visible()
    page.goto("/desk/standards/city/part/manhole/?condition=missing")
    expect(page.locator("#versions li")).to_have_count(1)


def test_an_officer_chooses_a_deputy(watched: Watched) -> None:
    page, now = watched.sign_in("handler"), datetime.now(ZoneInfo("Asia/Shanghai"))
    page.goto("/account/")
    page.get_by_role("link", name="我要请假").click()
    page.locator("#deputy").select_option(label="处置人员（执法局） · 区综合行政执法局")
    page.locator("#f-start").fill(f"{now - timedelta(minutes=2):%Y-%m-%dT%H:%M}")
    page.locator("#f-until").fill(f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#absences")).to_contain_text("进行中")
    page.get_by_role("button", name="立即结束").click()
    expect(page.locator("#absences")).to_contain_text("已结束")
