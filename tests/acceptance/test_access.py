"""Every page in both languages and widths: by keyboard, by contrast, and no wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import DESK, EACH_ONCE, LIVELY, PHONE, Demo, Watched, come
from playwright.sync_api import Page, expect

#: Seen with all that a simulated district shows, too.
ALSO = (LIVELY,)
PUBLIC = ("/", "/report/", "/follow/", "/search/?q=PM2.5", "/sign-in/", "/nothing-here/")
OFFICERS = ("/desk/", "/desk/rules/", "/desk/indicators/", "/desk/indicators/environment/closed-in-time/", "/account/")
ADMINISTRATORS = {
    "system-admin": "/admin/",
    "security-admin": "/admin/security/",
    "audit-admin": "/admin/audit/?check=1",
}

Axe = Callable[[Page], list[str]]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@EACH_ONCE
def test_public_pages_are_accessible(watched: Watched, axe: Axe, language: str, viewport: dict[str, int]) -> None:
    page = watched.open(viewport, language)
    for address in PUBLIC:
        page.goto(address)
        assert axe(page) == [], address
        assert fits(page), address
        assert page.locator("html").get_attribute("lang") == language


@EACH_ONCE
def test_officers_pages_are_accessible(watched: Watched, axe: Axe, language: str, viewport: dict[str, int]) -> None:
    page = watched.sign_in("dispatcher", viewport=viewport, language=language)
    for address in OFFICERS:
        page.goto(address)
        assert axe(page) == [], address
        assert fits(page), address


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_administrators_pages_are_accessible_and_apart(watched: Watched, axe: Axe, role: str) -> None:
    page = watched.sign_in(role)
    for owner, address in ADMINISTRATORS.items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == (200 if owner == role else 403), address
        assert axe(page) == [], address


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_case_alert_and_centre_are_accessible(watched: Watched, axe: Axe, demo: Demo, viewport: dict[str, int]) -> None:
    demo.observe("Guanyuan", 354)
    page = watched.sign_in("dispatcher", viewport=viewport)
    page.goto("/operations/?station=urn:ngsi-ld:AirQualityObserved:Guanyuan")
    event = page.locator("#stream .event", has_text="354 µg/m³").first
    expect(event).to_be_visible()
    assert axe(page) == []
    page.goto(str(event.get_attribute("href")))
    assert axe(page) == []
    page.goto("/desk/")
    cases = page.locator("#cases a")
    come(page, cases)
    cases.first.click()
    page.wait_for_url(re.compile(r"/desk/cases/\d+/"))
    assert axe(page) == []
    assert fits(page)
    page.goto(page.url.split("?")[0] + "clock/")
    assert axe(page) == []


def test_the_keyboard_reaches_everything_on_the_desk(watched: Watched, demo: Demo) -> None:
    demo.observe("Aotizhongxin", 355)
    page = watched.sign_in("dispatcher")
    come(page, page.locator("#cases a"))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#cases a:focus")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/cases/\d+/"))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("x")
    expect(page.locator("#act-refuse")).to_have_attribute("open", "")
    expect(page.locator("#act-refuse select")).to_be_focused()


def test_the_language_switch_keeps_the_address(watched: Watched) -> None:
    page = watched.open()
    page.goto("/search/?q=噪声")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(re.compile(r"/search/\?q=[^&]*$"))
    expect(page.locator("#q")).to_have_value("噪声")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_wall_has_larger_type_and_does_not_scroll(watched: Watched) -> None:
    page = watched.sign_in("leader")
    page.goto("/operations/?wall=1")
    expect(page.locator("#map[data-drawn]")).to_be_visible()
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 16
    expect(page.locator(".centre-foot")).to_contain_text("仅供测试")


def test_the_centre_comes_back_by_itself_after_the_network_was_lost(watched: Watched, demo: Demo) -> None:
    page = watched.sign_in("leader")
    page.goto("/operations/?wall=1")
    link = page.locator("#link")
    expect(link).to_have_attribute("data-state", "live")
    page.context.set_offline(True)
    demo.observe("Guanyuan", 33)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(link).to_have_attribute("data-state", "lost")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(link).to_have_attribute("data-state", "live")
